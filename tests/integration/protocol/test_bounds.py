"""A look ends in time and stays small, whatever the server does, on the worker and in the triggerer."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ServerFaultError, SoraError, VideoTimeoutError
from airflow_provider_sora.jobs.waiting.polling import Ended, Seen, Watch, judge
from airflow_provider_sora.jobs.waiting.wait import wait_for
from airflow_provider_sora.protocol.asession import open_session
from airflow_provider_sora.protocol.http.bounds import ending_at
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.dialects import OPENAI
from airflow_provider_sora.protocol.session import VideosSession
from tests.integration.protocol.peer import Peer, Reply

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MB = 1 << 20


class Raw:
    """A server that writes whatever ``talk`` writes, on plain sockets or TLS."""

    def __init__(self, talk: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self._talk, self._tls = talk, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(sock, server_side=True) if self._tls else sock as open_socket:
                open_socket.recv(65536)
                self._talk(open_socket)
        except OSError:
            pass  # the client has had enough

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    made: list[Raw] = []

    def make(talk: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Raw:
        made.append(Raw(talk, tls))
        return made[-1]

    yield make
    for one in made:
        one.close()


@contextmanager
def peak_below(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
    finally:
        tracemalloc.stop()


def drip(before: bytes) -> Callable[[socket.socket], None]:
    def talk(sock: socket.socket) -> None:
        sock.sendall(before)
        while True:
            sock.sendall(b"x")
            time.sleep(0.05)

    return talk


def settings(url: str, **fields: Any) -> ConnectionSettings:
    return ConnectionSettings(base_url=url, key="k", dialect="openai", **fields)


def look(url: str, way: str, **fields: Any) -> Any:
    made = settings(url, **fields)
    if way == "sync":
        return VideosSession(made, OPENAI, VideosClient(made)).get_video("v1")

    async def ask() -> Any:
        async with open_session(made) as session:
            return await session.get_video("v1")

    return asyncio.run(ask())


WAYS = pytest.mark.parametrize("way", ["sync", "async"])


@WAYS
@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD + b"\r\n", HEAD.replace(b"200 OK", b"500 No") + b"\r\n"],
    ids=["status line", "headers", "body", "body of an error"],
)  # fmt: skip
def test_one_byte_at_a_time_ends_in_time(raw: Any, way: str, before: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(SoraError) as caught:
        look(raw(drip(before)).url, way, request_timeout=1.0)
    assert isinstance(caught.value, ServerFaultError)
    assert time.monotonic() - began < 6.0


@WAYS
def test_a_wait_keeps_its_deadline_though_one_request_might_take_longer(
    raw: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_sora.protocol.http.bounds.SHORTEST_LOOK", 0.5)
    made, began = settings(raw(drip(HEAD + b"\r\n")).url), time.monotonic()
    watch, log = Watch("v1", time.time() + 1.0), logging.getLogger("wait")
    if way == "sync":
        session = VideosSession(made, OPENAI, VideosClient(made))
        outcome = wait_for(session.get_video, watch, log=log, started_at=0.0)
    else:

        async def looked() -> None:
            async with open_session(made) as asession:
                with ending_at(watch.deadline):  # as the triggerer's watcher looks
                    await asession.get_video(watch.video_id)

        with pytest.raises(SoraError) as caught:
            asyncio.run(looked())
        outcome = judge(watch, Seen(), caught.value, time.time())
    assert time.monotonic() - began < 10.0  # request_timeout is 120 s
    assert isinstance(outcome, Ended) and isinstance(outcome.error, VideoTimeoutError)
    assert "did not end its answer" in outcome.error.message and "may still complete" not in outcome.error.message


def endless(sock: socket.socket) -> None:
    sock.sendall(HEAD + b'\r\n{"id": "v1", "status": "queued", "junk": "')
    for _ in range(400):
        sock.sendall(b"x" * MB)


@WAYS
def test_400_megabytes_of_a_job_are_not_read(raw: Any, way: str) -> None:
    server = raw(endless)
    with peak_below(20), pytest.raises(ServerFaultError, match="larger than 1048576 bytes"):
        look(server.url, way)


@WAYS
def test_a_small_packed_error_is_not_unpacked_to_memory(peer: Peer, way: str) -> None:
    bomb = gzip.compress(b"x" * (200 * MB))
    peer.on("GET", "/v1/videos/v1", Reply(500, bomb, {"Content-Encoding": "gzip"}))
    with peak_below(100), pytest.raises(SoraError):
        look(peer.url, way)


def test_a_page_of_jobs_may_be_larger_than_a_look(peer: Peer) -> None:
    jobs = [{"id": f"v{number}", "status": "queued", "prompt": "x" * 32_000} for number in range(100)]
    peer.on("GET", "/v1/videos", Reply(200, {"data": jobs}))
    made = settings(peer.url)
    assert len(VideosSession(made, OPENAI, VideosClient(made)).list_videos().jobs) == 100


def test_an_alarm_leaves_nothing_running(peer: Peer) -> None:
    peer.on("GET", "/v1/videos/v1", Reply(200, {"id": "v1", "status": "queued"}))
    made = settings(peer.url)
    session, before = VideosSession(made, OPENAI, VideosClient(made)), threading.active_count()
    for _ in range(20):
        session.get_video("v1")
    for _ in range(100):
        if threading.active_count() <= before + 2:  # the peer's own, which end by themselves
            return
        time.sleep(0.05)
    pytest.fail(f"{threading.active_count()} threads, {before} before")
