"""The webhook route in Airflow's own API server: who knocks without the secret changes nothing and learns nothing."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from airflow_provider_sora.webhooks.marks import read_keys, short
from tests.support.animatic import AnimaticServer
from tests.support.web_ui import api_server, store_connection

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()


class Airflow:
    """A running API server, and what lies in its database."""

    def __init__(self, root: str, home: Path) -> None:
        self.root = root
        self.http = httpx.Client(base_url=f"{root}/sora", trust_env=False, timeout=60)
        self._home = home

    def connect(self, conn_id: str, conn_type: str = "sora", **extra: object) -> None:
        host, more = "http://127.0.0.1:9/v1", json.dumps(extra)
        store_connection(self._home, conn_id, conn_type=conn_type, host=host, extra=more)

    def marks(self, conn_id: str) -> list[str]:
        with sqlite3.connect(f"file:{self._home}/airflow.db?mode=ro", uri=True) as database:
            keys = [row[0] for row in database.execute("SELECT key FROM variable")]
        return [mark.video for mark in read_keys(conn_id, keys).values()]

    @property
    def log(self) -> str:
        return (self._home / "api.log").read_text()

    def post(self, conn_id: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        return self.http.post(f"/webhooks/{conn_id}", headers=headers, content=body)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("webhooks")
    with api_server(home) as root:
        found = Airflow(root, home)
        found.connect("video", webhook_secret=f"{OTHER} {SECRET}")
        found.connect("no_secret")
        found.connect("chat", conn_type="http", webhook_secret=SECRET)
        yield found


def signed(video_id: str, *, name: str, secret: str = SECRET, ago: float = 0) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"id": name, "object": "event", "type": "video.completed", "data": {"id": video_id}}).encode()
    at = datetime.now(tz=UTC) - timedelta(seconds=ago)
    signature = Webhook(secret).sign(name, at, body.decode())
    stamp = str(int(at.timestamp()))
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}, body


def test_a_signed_one_leaves_a_mark_once(airflow: Airflow) -> None:
    headers, body = signed("video_once", name="evt_once")
    assert [airflow.post("video", headers, body).status_code for _ in range(3)] == [204, 409, 409]
    assert airflow.marks("video").count(short("video_once")) == 1


def test_the_other_secret_counts_too(airflow: Airflow) -> None:
    assert airflow.post("video", *signed("video_rotated", name="evt_rotated", secret=OTHER)).status_code == 204


def test_two_at_once_leave_two_marks(airflow: Airflow) -> None:
    sent = [signed(f"video_{n}", name=f"evt_at_once_{n}") for n in range(8)]
    threads = [threading.Thread(target=airflow.post, args=("video", *one)) for one in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {short(f"video_{n}") for n in range(8)} <= set(airflow.marks("video"))


def test_what_is_not_signed_leaves_none(airflow: Airflow) -> None:
    before = airflow.marks("video")
    stranger = "whsec_" + base64.b64encode(b"s" * 24).decode()
    headers, body = signed("video_1", name="evt_1")
    answers = {
        "forged": airflow.post("video", *signed("video_1", name="evt_2", secret=stranger)),
        "old": airflow.post("video", *signed("video_1", name="evt_3", ago=400)),
        "ahead": airflow.post("video", *signed("video_1", name="evt_4", ago=-400)),
        "altered": airflow.post("video", headers, body.replace(b"video_1", b"video_2")),
        "unsigned": airflow.post("video", {}, body),
        "empty": airflow.post("video", {}, b""),
        "other id": airflow.post("video", headers | {"webhook-id": "evt_5"}, body),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert all(answer.content == b"" for answer in answers.values()), "a stranger learns a number and nothing else"
    assert airflow.marks("video") == before


def test_whoever_has_no_secret_is_not_there(airflow: Airflow) -> None:
    for conn_id in ("no_secret", "nowhere", "chat", "..video", "x" * 3000, "%00", "%ff"):
        answer = airflow.post(conn_id, *signed("video_1", name=f"evt_{conn_id[:20]}"))
        assert (answer.status_code, answer.content) == (404, b""), conn_id[:30]


def test_a_large_body_is_not_read(airflow: Airflow) -> None:
    assert airflow.post("video", {}, bytes(70_000)).status_code == 413

    def blocks() -> Iterator[bytes]:
        for _ in range(70):
            yield bytes(1000)

    dripped = airflow.http.post("/webhooks/video", content=blocks())
    assert dripped.status_code == 413


def test_other_events_leave_none(airflow: Airflow) -> None:
    before = airflow.marks("video")
    body = json.dumps({"type": "video.in_progress", "data": {"id": "video_9"}}).encode()
    now = datetime.now(tz=UTC)
    headers = {"webhook-id": "evt_other", "webhook-timestamp": str(int(now.timestamp()))}
    headers["webhook-signature"] = Webhook(SECRET).sign("evt_other", now, body.decode())
    assert airflow.post("video", headers, body).status_code == 204
    assert airflow.marks("video") == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_nothing_else_is_open(airflow: Airflow, method: str) -> None:
    assert airflow.http.request(method, "/webhooks/video").status_code == 405
    for path in ("/", "/openapi.json", "/docs", "/webhooks"):
        assert airflow.http.get(path).status_code == 404, path


def test_all_is_logged_and_no_secret_is(airflow: Airflow) -> None:
    headers, body = signed("video_logged", name="evt_logged")
    airflow.post("video", headers, body)
    airflow.post("video", {}, body)
    said = airflow.log
    assert "video.completed of video 'video_logged'" in said and "Missing required headers" in said
    for secret in (SECRET, OTHER, headers["webhook-signature"]):
        assert secret not in said and secret.removeprefix("whsec_") not in said


def test_the_bundled_server_s_webhooks_arrive_with_each_fault(airflow: Airflow) -> None:
    wanted = {"never": [None], "forged": [401], "stale": [401], "twice": [204, 409], "late": [204], "plain": [204]}
    with AnimaticServer(
        webhook_url=f"{airflow.root}/sora/webhooks/video", webhook_secret=SECRET, render="lazy"
    ) as server:
        for action in ("never", "forged", "stale", "twice", "late"):
            server.fault(on="webhook", action=action, match=f"A {action} wave", seconds=400 if action == "stale" else 1)
        ids = {create(server, f"A {name} wave."): name for name in wanted}
        seen = wait_until(lambda: told(server, ids), wanted)
    assert seen == wanted
    marked = airflow.marks("video")
    assert {name for video_id, name in ids.items() if short(video_id) in marked} == {"twice", "late", "plain"}


def create(server: AnimaticServer, prompt: str) -> str:
    answer = httpx.post(
        f"{server.url}/videos",
        json={"prompt": prompt, "model": "sora-2", "seconds": "4", "size": "720x1280"},
        headers={"authorization": f"Bearer {server.key}"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def told(server: AnimaticServer, ids: dict[str, str]) -> dict[str, list[int | None]]:
    """What was answered to each job's webhooks."""
    seen: dict[str, list[int | None]] = {}
    for entry in server.webhooks():
        seen.setdefault(ids[entry["video_id"]], []).append(entry["status"])
    return seen


def wait_until(look: Callable[[], Any], wanted: Any, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
