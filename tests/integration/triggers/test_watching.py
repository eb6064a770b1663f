"""Many triggers in one event loop, against servers that misbehave: real sockets, and a loop that must not wait."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_sora.triggers.video import VideoCompletionTrigger
from airflow_provider_sora.triggers.watching import registry
from tests.integration.protocol.peer import Peer, Reply, Seen


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def connect(peer: Peer, **extra: Any) -> None:
        given = {"dialect": "openai", "request_timeout": 2, **extra}
        connection = {"conn_type": "sora", "host": peer.url, "password": "test-key-0123456789", "extra": given}
        monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))

    return connect


def job(video_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"id": video_id, "object": "video", "status": status, "model": "m", "created_at": 5, **more}


def trigger(number: int, **changes: Any) -> VideoCompletionTrigger:
    given: dict[str, Any] = {"deadline": time.time() + 60, "poll_interval": 0.4, "first_poll_after": 0.0}
    return VideoCompletionTrigger(video_id=f"video_{number}", sora_conn_id="sora_default", **{**given, **changes})


async def fired(made: VideoCompletionTrigger) -> dict[str, Any]:
    (event,) = [event.payload async for event in made.run()]
    return event


async def latest_tick(work: Any) -> tuple[Any, float]:
    """What ``work`` gives, and how late a tick of 10 ms was at worst meanwhile, in seconds."""
    late = [0.0]

    async def ticker() -> None:
        while True:
            due = time.perf_counter() + 0.01
            await asyncio.sleep(0.01)
            late.append(time.perf_counter() - due)

    tick = asyncio.create_task(ticker())
    try:
        return await work, max(late)
    finally:
        tick.cancel()


class Listed:
    """A server whose list shows every job; ``ends_at`` is when all of them are completed."""

    def __init__(self, peer: Peer, jobs: int, seconds: float) -> None:
        self.names = [f"video_{number}" for number in range(jobs)]
        self.ends_at = time.monotonic() + seconds
        self.padding = ""
        peer.otherwise = self.answer
        peer.on("GET", "/v1/videos", self.page)

    def told(self, name: str) -> dict[str, Any]:
        done = time.monotonic() >= self.ends_at
        return job(name, "completed" if done else "in_progress", completed_at=9 if done else None, prompt=self.padding)

    def answer(self, seen: Seen) -> Reply:
        return Reply(200, self.told(seen.path.rpartition("/")[2]))

    def page(self, seen: Seen) -> Reply:
        after = seen.path.partition("after=")[2].partition("&")[0]
        start = self.names.index(after) + 1 if after else 0
        shown = self.names[start : start + 100]
        more = start + 100 < len(self.names)
        body = {"data": [self.told(name) for name in shown], "has_more": more, "last_id": shown[-1]}
        return Reply(200, body)


def of(peer: Peer, what: str) -> int:
    return sum((request.path.partition("?")[0] == "/v1/videos") == (what == "list") for request in peer.seen)


def test_two_hundred_jobs_are_read_from_two_pages_a_round(connect: Any) -> None:
    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(fired(trigger(number, poll_interval=1.0)) for number in range(200)))

    with Peer() as peer:
        Listed(peer, 200, 4.0)
        connect(peer, request_timeout=20)
        began = time.monotonic()
        events = asyncio.run(run())
        rounds = time.monotonic() - began
    assert {event["status"] for event in events} == {"completed"}
    assert [event["video_id"] for event in events] == [f"video_{number}" for number in range(200)]
    assert of(peer, "list") <= 2 * rounds + 8
    assert of(peer, "single") <= 0.1 * 200 * rounds, "a tenth of one GET a job and round"


def test_no_client_and_no_watcher_is_left_behind(connect: Any) -> None:
    async def run() -> int:
        await fired(trigger(0))
        return len(asyncio.all_tasks())

    with Peer() as peer:
        Listed(peer, 1, 0.0)
        connect(peer)
        for _ in range(2):  # as in dag.test(): a loop for each trigger
            assert asyncio.run(run()) == 1
        gc.collect()
        assert not any(registry._loops.values())


def test_a_server_that_hangs_holds_up_no_loop_and_no_deadline(connect: Any) -> None:
    async def run() -> tuple[list[dict[str, Any]], float]:
        made = (trigger(number, deadline=time.time() + 1.0) for number in range(30))
        return await latest_tick(asyncio.gather(*(fired(one) for one in made)))

    with Peer() as peer:
        peer.otherwise = Reply(hang=True)
        connect(peer, request_timeout=30)
        began = time.monotonic()
        events, late = asyncio.run(run())
        took = time.monotonic() - began
    assert {event["error"]["type"] for event in events} == {"VideoTimeoutError"}
    assert late < 2.0
    assert took < 12, "a deadline and the last look's five seconds"


def test_one_jobs_odd_answers_cost_the_others_nothing(connect: Any) -> None:
    answers = {
        "video_0": Reply(500, {"error": {"message": "broken"}}),
        "video_1": Reply(200, b"<html>"),
        "video_2": Reply(200, job("video_2", "completed")),
        "video_3": Reply(200, job("video_3", "failed", error={"code": "x", "message": "why"})),
    }

    async def run() -> list[dict[str, Any]]:
        made = (trigger(number, deadline=time.time() + 3) for number in range(4))
        return await asyncio.gather(*(fired(one) for one in made))

    with Peer() as peer:
        peer.otherwise = lambda seen: answers[seen.path.rpartition("/")[2]]
        peer.on("GET", "/v1/videos", Reply(404, {"error": {"message": "no list"}}))
        connect(peer)
        events = asyncio.run(run())
    assert [event["status"] for event in events] == ["error", "error", "completed", "error"]
    assert [event["error"]["type"] for event in events if event["error"]] == [
        "VideoTimeoutError", "VideoTimeoutError", "VideoFailedError",
    ]  # fmt: skip


def test_a_limit_is_obeyed_once_for_all(connect: Any) -> None:
    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(fired(trigger(number)) for number in range(40)))

    limited: list[float] = []

    def answer(seen: Seen) -> Reply:
        if not limited or time.monotonic() < limited[0] + 2:
            limited.append(time.monotonic())
            return Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "2"})
        return Reply(200, job(seen.path.rpartition("/")[2], "completed"))

    with Peer() as peer:
        peer.otherwise = answer
        peer.on("GET", "/v1/videos", Reply(404))
        connect(peer)
        events = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    assert len(limited) <= 16, "what was under way when the first was refused, and no more"


def test_a_cancelled_trigger_leaves_and_the_others_go_on(connect: Any) -> None:
    async def run() -> tuple[dict[str, Any], int]:
        one, other = asyncio.create_task(fired(trigger(0))), asyncio.create_task(fired(trigger(1)))
        await asyncio.sleep(1.0)
        one.cancel()
        await asyncio.wait([one])
        assert one.cancelled()
        before = sum(request.path.endswith("video_0") for request in peer.seen)
        found = await other
        return found, sum(request.path.endswith("video_0") for request in peer.seen) - before

    with Peer() as peer:
        Listed(peer, 2, 3.0)
        connect(peer)
        event, more = asyncio.run(run())
    assert event["status"] == "completed"
    assert more <= 1


def test_a_list_that_stands_still_is_found_out(connect: Any) -> None:
    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(fired(trigger(number)) for number in range(50)))

    with Peer() as peer:
        listed = Listed(peer, 50, 1.0)
        frozen = [job(name, "in_progress") for name in listed.names]
        peer.on("GET", "/v1/videos", Reply(200, {"data": frozen, "has_more": False}))
        connect(peer)
        events = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}


def test_a_nudge_looks_at_once(connect: Any) -> None:
    async def run() -> float:
        waiting = asyncio.create_task(fired(trigger(0, poll_interval=300.0)))
        while not peer.seen:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        listed.ends_at = 0.0
        assert not waiting.done()
        began = time.monotonic()
        registry.watcher_of("sora_default").nudges.look_now("video_0")
        assert (await waiting)["status"] == "completed"
        return time.monotonic() - began

    with Peer() as peer:
        listed = Listed(peer, 1, 300.0)
        connect(peer)
        assert asyncio.run(run()) < 5.0


def test_a_job_that_no_page_shows_is_asked_for_by_its_id(connect: Any) -> None:
    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(fired(trigger(number, poll_interval=1.0)) for number in range(50)))

    with Peer() as peer:
        listed = Listed(peer, 50, 4.0)
        listed.names.remove("video_7")
        connect(peer, request_timeout=20)
        events = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    assert of(peer, "list") >= 2


@pytest.mark.parametrize("page", [Reply(500, {"error": {"message": "x"}}), Reply(200, b'{"data": [{"id": "vi')])
def test_a_page_that_fails_costs_the_waits_nothing(connect: Any, page: Reply) -> None:
    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(fired(trigger(number)) for number in range(50)))

    with Peer() as peer:
        Listed(peer, 50, 2.0)
        peer.on("GET", "/v1/videos", page)
        connect(peer, request_timeout=20)
        events = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    assert of(peer, "list") <= 2, "it is left alone for a while"


def test_an_outage_is_one_line_a_minute(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> list[dict[str, Any]]:
        made = (trigger(number, deadline=time.time() + 6.0) for number in range(60))
        return await asyncio.gather(*(fired(one) for one in made))

    with Peer() as peer:
        peer.otherwise = Reply(503, {"error": {"message": "down"}})
        peer.on("GET", "/v1/videos", Reply(404))
        connect(peer)
        with caplog.at_level("WARNING", "airflow_provider_sora.triggers.watching.watcher"):
            events = asyncio.run(run())
    assert {event["status"] for event in events} == {"error"}
    assert len([line for line in caplog.messages if "waited for here" in line]) == 1


class Slow(Listed):
    """Each of its pages takes a second; more than ``most`` at a time are refused. It keeps how many were under way."""

    def __init__(self, peer: Peer, jobs: int, seconds: float, most: int = 100) -> None:
        super().__init__(peer, jobs, seconds)
        self._most = most
        self._now = 0
        self._guard = threading.Lock()
        #: Of each request for a page: how many there were then, itself among them, and whether it was refused.
        self.under_way: list[int] = []
        self.refused: list[bool] = []

    def page(self, seen: Seen) -> Reply:
        with self._guard:
            self._now += 1
            refused = self._now > self._most
            self.under_way.append(self._now)
            self.refused.append(refused)
        try:
            if refused:
                return Reply(429, {"error": {"message": "slow down"}})
            time.sleep(1.0)
            return super().page(seen)
        finally:
            with self._guard:
                self._now -= 1


def test_slow_pages_are_read_several_at_a_time_and_what_they_lack_is_asked_for(connect: Any) -> None:
    async def one(number: int) -> dict[str, Any]:
        while number > 100 and not slow.under_way:  # as a triggerer starts them, not all at once
            await asyncio.sleep(0.1)
        return await fired(trigger(number, poll_interval=2.0, deadline=time.time() + 200))

    async def run() -> list[dict[str, Any]]:
        return await asyncio.gather(*(one(number) for number in range(1200)))

    with Peer() as peer:
        slow = Slow(peer, 1200, 14.0)
        slow.names.pop(1100)
        connect(peer, request_timeout=20)
        events = asyncio.run(run())
    print(f"pages under way: {slow.under_way}, {of(peer, 'single')} single looks")
    assert {event["status"] for event in events} == {"completed"}, "that which no page shows, too"
    assert 4 <= max(slow.under_way) <= 8
    alone = next(number for number, pages in enumerate(slow.under_way) if pages > 2)
    assert alone < 11, "a reading that began for a hundred jobs makes those who came after it wait for no twelve pages"


def test_a_limit_in_a_reading_rests_and_goes_on_where_it_was(connect: Any) -> None:
    limited: list[tuple[float, str]] = []

    async def run() -> list[dict[str, Any]]:
        made = (trigger(number, poll_interval=6.0, deadline=time.time() + 200) for number in range(600))
        return await asyncio.gather(*(fired(one) for one in made))

    with Peer() as peer:
        listed = Listed(peer, 600, 4.0)

        def page(seen: Seen) -> Reply:
            if "after=video_199" in seen.path and len(limited) < 2:  # the third page of a reading
                limited.append((time.monotonic(), seen.path))
                return Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "2"})
            return listed.page(seen)

        peer.on("GET", "/v1/videos", page)
        connect(peer, request_timeout=20)
        events = asyncio.run(run())
    assert {event["status"] for event in events} == {"completed"}
    (first, path), (again, same) = limited
    assert again - first >= 2.0 and same == path
    assert of(peer, "single") <= 300, "a server that limits the rate is not asked for each job instead"


def test_a_server_that_takes_two_pages_at_a_time_is_asked_for_no_more_in_the_end(connect: Any) -> None:
    async def run() -> list[dict[str, Any]]:
        made = (trigger(number, poll_interval=2.0, deadline=time.time() + 200) for number in range(800))
        return await asyncio.gather(*(fired(one) for one in made))

    with Peer() as peer:
        slow = Slow(peer, 800, 25.0, most=2)
        connect(peer, request_timeout=20)
        events = asyncio.run(run())
    later = slow.refused[10:]
    print(f"{sum(slow.refused)} of {len(slow.refused)} pages refused, of the later {sum(later)} of {len(later)}")
    assert {event["status"] for event in events} == {"completed"}
    assert any(slow.refused), "it was asked for more at first"
    assert sum(later) <= len(later) / 5
