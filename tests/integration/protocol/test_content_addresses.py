"""Where a server may send us for its finished video: its own host, public ones, what the connection names."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, ContentError, ServerFaultError
from airflow_provider_sora.protocol.http.connection import read_connection
from airflow_provider_sora.web import guard
from tests.integration.protocol.peer import Peer, Reply
from tests.integration.protocol.test_content import CONTENT, KEY, MP4, VIDEO, fetch, session

_ASK = socket.getaddrinfo


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name server answers, one answer after the other; the last one stays."""
    known: dict[str, list[str]] = {}

    def ask(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        answers = known.get(str(host))
        if answers:
            host = answers.pop(0) if len(answers) > 1 else answers[0]
        return _ASK(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return known


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0", "10.0.0.7", "192.168.1.1"],
)
def test_an_address_within_our_network_is_not_asked(peer: Peer, names, host: str) -> None:
    elsewhere = session(peer)
    names["gateway.example"] = ["127.0.0.1"]
    elsewhere.settings = type(elsewhere.settings)(base_url=peer.url.replace("127.0.0.1", "gateway.example"), key=KEY)
    elsewhere.client.settings = elsewhere.settings
    port = peer.url.rsplit(":", 1)[1].partition("/")[0]
    for reply in (
        Reply(200, {"url": f"http://{host}:{port}/secret"}),
        Reply(302, b"", {"Location": f"http://{host}:{port}/secret"}),
    ):
        peer.on("GET", CONTENT, reply)
        peer.on("GET", "/secret", Reply(200, MP4, VIDEO))
        with pytest.raises(ContentError, match=r"leads to .* non-public address.*content_hosts.*nothing is paid again"):
            fetch(elsewhere)
    assert "/secret" not in [seen.path for seen in peer.seen]


def test_a_host_that_the_connection_names_is_asked(peer: Peer, names) -> None:
    names["minio.internal"] = ["127.0.0.1"]
    names["gateway.example"] = ["127.0.0.1"]
    root = peer.url.removesuffix("/v1").replace("127.0.0.1", "minio.internal")
    peer.on("GET", CONTENT, Reply(200, {"url": f"{root}/1.mp4"}))
    peer.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
    settings = read_connection(
        conn_id="c",
        host=peer.url.replace("127.0.0.1", "gateway.example"),
        extra={"content_hosts": "cdn.example, MinIO.internal"},
    )
    calls = session(peer)
    calls.settings = calls.client.settings = settings
    assert fetch(calls) == MP4


def test_the_address_that_was_judged_is_the_one_that_is_asked(peer: Peer, names, monkeypatch) -> None:
    """The name server says a public address first, and another one once it was judged."""
    names["cdn.example"] = ["127.0.0.1", "127.0.0.99"]
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")
    root = peer.url.removesuffix("/v1").replace("127.0.0.1", "cdn.example")
    peer.on("GET", CONTENT, Reply(200, {"url": f"{root}/1.mp4?sig=x"}))
    peer.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
    assert fetch(session(peer)) == MP4
    asked = peer.seen[-1]
    assert asked.headers["host"] == root.removeprefix("http://") and "authorization" not in asked.headers


def test_a_host_that_cannot_be_found_is_asked_for_again(peer: Peer, names) -> None:
    names["cdn.example"] = ["no.such.name.invalid"]
    peer.on("GET", CONTENT, Reply(200, {"url": "https://cdn.example/1.mp4"}))
    with pytest.raises(ServerFaultError, match=r"'cdn\.example', cannot be found.*Next: try again"):
        fetch(session(peer))


@pytest.mark.parametrize("wrong", ["http://minio.internal", "minio.internal:9000", "minio.internal/x"])
def test_a_content_host_is_a_name(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"content_hosts.*is no host name"):
        read_connection(conn_id="c", host="http://h/v1", extra={"content_hosts": wrong})
