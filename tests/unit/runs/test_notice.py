"""Notices: a body that pings nobody, an address that is never logged, a failure that fails nothing."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from airflow_provider_sora.runs.reporting.notice import notice_body, post_notice


class Chat(BaseHTTPRequestHandler):
    seen: list[tuple[str, str | None, dict]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Chat.seen.append((self.path, self.headers.get("Authorization"), json.loads(body)))
        self.send_response(Chat.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[str]:
    Chat.seen, Chat.status = [], 200
    with HTTPServer(("127.0.0.1", 0), Chat) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def connect(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "http", **fields}))


def test_the_body_pings_nobody() -> None:
    body = notice_body("Desk <!channel>", ["<@U1> & \x07co", "x" * 5000], "https://b/index.html?a=1&b=2")
    text = json.dumps(body)
    assert "<!channel>" not in text and "<@U1>" not in text and "\\u0007" not in text
    assert "https://b/index.html?a=1&amp;b=2" in body["text"]
    assert len(body["blocks"][1]["text"]["text"]) <= 2900


def test_the_link_opens_in_a_browser_and_is_there_however_long_the_reasons_are() -> None:
    body = notice_body("Desk", ["x" * 500] * 10, "gs://bucket/desk/2026/11/22/_runs/0900-a b/index.html")
    link = "https://storage.cloud.google.com/bucket/desk/2026/11/22/_runs/0900-a%20b/index.html"
    section = body["blocks"][1]["text"]["text"]
    assert section.splitlines()[0] == link and body["text"].splitlines()[:2] == ["Desk", link]
    assert len(section) == 2900


def test_slack_style_and_basic_authentication(chat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, host=f"{chat}/services", password="T0/B0/secret")
    assert post_notice("chat", {"text": "hello"})
    connect(monkeypatch, host=chat, login="desk", password="word", extra={"endpoint": "/hook"})
    assert post_notice("chat", {"text": "again"})
    (first_path, first_auth, body), (second_path, second_auth, _) = Chat.seen
    assert (first_path, first_auth, body["text"]) == ("/services/T0/B0/secret", None, "hello")
    assert second_path == "/hook" and second_auth.startswith("Basic ")


def test_what_cannot_be_delivered_is_a_warning_without_the_address(
    chat: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Chat.status = 500
    connect(monkeypatch, host=chat, password="secret")
    with caplog.at_level(logging.WARNING):
        assert not post_notice("chat", {"text": "x"})
        connect(monkeypatch, host="http://127.0.0.1:1", password="secret")
        assert not post_notice("chat", {"text": "x"})
        assert not post_notice("no_such_connection", {"text": "x"})
    said = "".join(record.getMessage() for record in caplog.records if record.name.endswith("runs.reporting.notice"))
    assert "HTTP 500" in said and "ConnectError" in said and "AirflowNotFoundException" in said and "secret" not in said
