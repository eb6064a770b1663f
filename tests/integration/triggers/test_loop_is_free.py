"""The triggerer's loop is never held up: not by a slow server, a page of megabytes, or a slow secrets backend."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from airflow.secrets.environment_variables import EnvironmentVariablesBackend

from airflow_provider_sora.hooks.sora import SoraHook
from tests.integration.protocol.peer import Peer, Reply, Seen
from tests.integration.triggers.test_watching import Listed, connect, fired, job, latest_tick, trigger

__all__ = ["connect"]


async def longest_stretch(work: Any) -> tuple[Any, float]:
    """What ``work`` gives, and the most CPU that this thread spent between two ticks, in seconds.

    Unlike the clock this does not count what other processes or the server's threads take.
    """
    stretches = [0.0]

    async def ticker() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            stretches.append(time.thread_time() - before)

    tick = asyncio.create_task(ticker())
    try:
        return await work, max(stretches)
    finally:
        tick.cancel()


def test_a_slow_server_holds_up_no_loop(connect: Any) -> None:
    async def run() -> tuple[list[dict[str, Any]], float]:
        await fired(trigger(0))  # what is imported for the first request is not what is measured
        slow.append(4.0)
        return await latest_tick(asyncio.gather(*(fired(trigger(number)) for number in range(20))))

    slow: list[float] = []

    def answer(seen: Seen) -> Reply:
        time.sleep(slow[0] if slow else 0.0)
        return Reply(200, job(seen.path.rpartition("/")[2], "completed"))

    with Peer() as peer:
        peer.otherwise = answer
        peer.on("GET", "/v1/videos", Reply(404))
        connect(peer, request_timeout=30)
        events, late = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    assert late < 2.0, "an answer takes four seconds"


def test_a_page_of_ten_megabytes_is_read_in_slices(connect: Any) -> None:
    others = [job(f"other_{number}", "in_progress", prompt="a mug " * 80) for number in range(18_000)]

    async def run() -> tuple[list[dict[str, Any]], float]:
        await fired(trigger(0))
        listed.ends_at = time.monotonic() + 3.0
        return await longest_stretch(asyncio.gather(*(fired(trigger(number)) for number in range(100))))

    with Peer() as peer:
        listed = Listed(peer, 100, 0.0)
        small = listed.page

        def page(seen: Seen) -> Reply:
            found = small(seen).body
            return Reply(200, json.dumps({**found, "data": others + found["data"]}).encode())

        peer.on("GET", "/v1/videos", page)
        connect(peer, request_timeout=60)
        assert len(page(Seen("GET", "/v1/videos", {}, b"")).payload()) > 10_000_000
        events, stretch = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    print(f"longest stretch {1000 * stretch:.0f} ms")
    assert stretch < 0.1


def test_the_secrets_backend_is_asked_once_for_all_and_holds_up_nobody(
    connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = EnvironmentVariablesBackend.get_conn_value

    def slowly(self: Any, conn_id: str, *rest: Any, **more: Any) -> Any:
        asked.append(conn_id)
        time.sleep(3.0)
        return read(self, conn_id, *rest, **more)

    async def run() -> tuple[list[dict[str, Any]], float]:
        await fired(trigger(0))
        asked.clear()
        return await latest_tick(asyncio.gather(*(fired(trigger(number)) for number in range(50))))

    monkeypatch.setattr(EnvironmentVariablesBackend, "get_conn_value", slowly)
    with Peer() as peer:
        Listed(peer, 50, 0.0)
        connect(peer, request_timeout=30)
        events, late = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    assert asked == ["sora_default"]
    assert late < 1.5


def test_kills_share_the_line_of_those_who_wait(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = SoraHook.aload

    async def counted(self: SoraHook) -> Any:
        read.append(self.sora_conn_id)
        return await load(self)

    async def run() -> list[dict[str, Any]]:
        waits = [asyncio.create_task(fired(trigger(number))) for number in range(3)]
        await asyncio.sleep(1.0)
        await asyncio.gather(*(trigger(number, cancel_on_kill=True).on_kill() for number in range(10)))
        assert not any(wait.done() for wait in waits), "who goes does not close it for the others"
        return await asyncio.gather(*waits)

    monkeypatch.setattr(SoraHook, "aload", counted)
    with Peer() as peer:
        Listed(peer, 10, 6.0)
        connect(peer, dialect="litellm", request_timeout=30)
        events = asyncio.run(run())
        looks = {number: of_job(peer, f"video_{number}") for number in range(3, 10)}
    assert {event["status"] for event in events} == {"completed"}
    assert all(looks.values()), "each kill looks first"
    assert read == ["sora_default"]


def of_job(peer: Peer, name: str) -> int:
    return sum(request.path.endswith(name) for request in peer.seen)
