"""The notifiers of Airflow itself tell of a clip: real ones, against a mail server and a web server of the test."""

from __future__ import annotations

import email
import email.policy
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.kit import notices
from testbed.ports import free_port
from tests.support.animatic import KEY

for _module in ("aiosmtpd", "airflow.providers.slack", "airflow.providers.http"):
    pytest.importorskip(_module, reason=f"{_module} is not installed")

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "notify.py"
TITLE = "Mug & <b>cup</b>"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What a mail server on the loopback got."""
    from aiosmtpd.controller import Controller

    got: list[Any] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            return "250 OK"

    port = free_port()
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    extra = {"disable_ssl": True, "disable_tls": True, "timeout": 10, "retry_limit": 1}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
    yield got
    controller.stop()


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What a web server on the loopback got, by path: it plays Slack, and a system of the desk's own."""
    got: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got[self.path] = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    slack = {"conn_type": "slackwebhook", "host": f"{root}/services", "password": "T000/B000/XXX"}
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_DEFAULT", json.dumps(slack))
    monkeypatch.setenv("AIRFLOW_CONN_DESK_SYSTEM", json.dumps({"conn_type": "http", "host": root}))
    yield got
    server.shutdown()
    server.server_close()


def test_mail_slack_and_http_tell_of_the_clip_with_its_picture_and_its_page(
    animatic, gcs_server, gcs_bucket, mails, posts, run_dag, sora_connection, monkeypatch
) -> None:
    pytest.importorskip("av", reason="thumbnails need [media]")
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}}, default_model="sora-2")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com/")
    text = EXAMPLE.read_text("utf-8").replace("my-bucket", gcs_bucket).replace("Cypress mug", TITLE)
    text = text.replace('DAG("notify", schedule=None, user_defined_macros=dict(MACROS)):', HEAD)
    result = run_dag(text.replace("deferrable=True", 'seconds=4, size="1280x720", poll_interval=0.2'))
    assert result.state == "success", result.states()
    kept = result.xcom("keep")

    (mail,) = mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "desk@example.com",
        "airflow@example.com",
        f"New clip: {TITLE}",
    )
    (page,) = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
    link = page.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert kept["video_id"] in page and "0.4 USD" in page
    (picture,) = list(mail.iter_attachments())
    assert picture["Content-ID"] == "<thumbnail.webp>" and 'src="cid:thumbnail.webp"' in page
    with Image.open(io.BytesIO(picture.get_content())) as opened:
        assert opened.format == "WEBP" and opened.width / opened.height == pytest.approx(16 / 9, rel=0.02)

    asked = urlsplit(link)
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == "https://airflow.example.com/sora/gallery"
    whose = {"dag_id": result.dag_run.dag_id, "run_id": result.dag_run.run_id, "task_id": "keep", "map_index": "-1"}
    assert parse_qs(asked.query) == {key: [value] for key, value in whose.items()}

    slack = posts["/services/T000/B000/XXX"]
    section, image, actions = slack["blocks"]
    assert slack["text"] == "New clip: Mug &amp; &lt;b&gt;cup&lt;/b&gt;"
    assert section["text"]["text"].startswith("*Mug &amp; &lt;b&gt;cup&lt;/b&gt;*")
    assert image["image_url"] == f"https://clips.example.com/{kept['video_id']}/thumbnail.webp"
    assert actions["elements"][0]["url"] == link

    assert posts["/clips"] == {
        "video_id": kept["video_id"],
        "uri": kept["uri"],
        "thumbnail_uri": kept["thumbnail_uri"],
        "receipt_uri": kept["receipt_uri"],
        "gallery": link,
    }


HEAD = 'DAG("DAG_ID", schedule=None, user_defined_macros=dict(MACROS)) as dag:'


class Ti:
    task_id, map_index, dag_id, run_id = "keep", 3, "shop", "manual__2026-11-27"

    def __init__(self, video: Any) -> None:
        self.video = video
        self.task = type("Task", (), {"archive_options": None})()

    def xcom_pull(self, **asked: Any) -> Any:
        assert asked == {"task_ids": "keep", "map_indexes": 3}
        return self.video


@pytest.mark.parametrize(
    ("video", "said"), [(None, "returned no video"), ({"video_id": "video_1"}, "video_1 is not archived")]
)
def test_what_cannot_be_told_of_says_so(video: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        notices.attachment(Ti(video))


def test_a_clip_without_stills_is_told_of_with_its_receipt_and_old_files_go(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old = tmp_path / "sora-notice-old"
    old.mkdir()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    archive = tmp_path / "clips" / "video_1"
    archive.mkdir(parents=True)
    (archive / "receipt.json").write_text("{}")
    video = {"video_id": "video_1", "thumbnail_uri": None, "receipt_uri": f"file://{archive}/receipt.json"}
    path = Path(notices.attachment(Ti(video)))
    assert path.name == "receipt.json" and path.read_text() == "{}"
    assert not old.exists() and path.exists()
