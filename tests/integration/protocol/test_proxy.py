"""The environment's proxies: the key never crosses one in clear unless the connection says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.asession import open_session
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings, read_connection
from airflow_provider_sora.protocol.servers.dialects import OPENAI
from airflow_provider_sora.protocol.session import VideosSession
from tests.integration.protocol.peer import Peer, Reply

KEY = "sk-test-0123456789"
JOB = {"id": "v1", "status": "queued"}
WAYS = pytest.mark.parametrize("way", ["sync", "async"])


@pytest.fixture
def proxy() -> Iterator[Peer]:
    with Peer() as running:
        running.otherwise = Reply(200, {**JOB, "model": "through the proxy"})
        yield running


def look(peer: Peer, way: str, **fields: Any) -> Any:
    made = ConnectionSettings(base_url=peer.url, key=KEY, dialect="openai", **fields)
    if way == "sync":
        return VideosSession(made, OPENAI, VideosClient(made)).get_video("v1")

    async def ask() -> Any:
        async with open_session(made) as session:
            return await session.get_video("v1")

    return asyncio.run(ask())


@WAYS
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_plain_http_server_is_reached_directly(
    peer: Peer, proxy: Peer, monkeypatch: pytest.MonkeyPatch, way: str, name: str
) -> None:
    monkeypatch.setenv(name, proxy.root)
    peer.on("GET", "/v1/videos/v1", Reply(200, JOB))
    assert look(peer, way).model is None
    assert proxy.seen == [] and peer.seen[0].headers["authorization"] == f"Bearer {KEY}"


@WAYS
def test_a_connection_may_ask_for_the_proxy(peer: Peer, proxy: Peer, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.root)
    assert look(peer, way, egress="environment").model == "through the proxy"
    # What the documents warn of: it reads the key.
    assert proxy.seen[0].headers["authorization"] == f"Bearer {KEY}" and peer.seen == []


def test_an_https_server_is_reached_through_a_tunnel(proxy: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.root)
    made = ConnectionSettings(base_url="https://videos.example/v1", key=KEY, dialect="openai")
    with pytest.raises(Exception, match="No connection"):
        VideosSession(made, OPENAI, VideosClient(made)).get_video("v1")
    assert [request.method for request in proxy.seen] == ["CONNECT"]
    assert KEY not in str(proxy.seen)


@WAYS
def test_a_socks_proxy_without_its_package_is_a_clear_error(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match=r'install socksio.*set proxy to "none"') as caught:
        look(peer, way)
    assert "ALL_PROXY" in str(caught.value) and "Nothing was paid" in str(caught.value)
    assert peer.seen == []
    peer.on("GET", "/v1/videos/v1", Reply(200, JOB))
    assert look(peer, way, egress="none").id == "v1"


def test_the_connections_word_is_checked() -> None:
    assert read_connection(conn_id="c", host="http://s/v1").egress == "https"
    assert read_connection(conn_id="c", host="http://s/v1", extra={"egress": "environment"}).egress == "environment"
    with pytest.raises(ConfigurationError, match="egress: 'yes' is not possible"):
        read_connection(conn_id="c", host="http://s/v1", extra={"egress": "yes"})
