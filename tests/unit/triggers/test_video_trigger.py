"""The trigger only looks: what it asks, what it fires, and what it does when its task is killed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    PolicyRefusalError,
    ServerFaultError,
    ServerUnreachableError,
    SoraError,
    UnsupportedByServerError,
    VideoFailedError,
    VideoTimeoutError,
    error_from_details,
)
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, ended
from airflow_provider_sora.protocol.answers.job import JobError, JobStatus, VideoJob
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, event_of, outcome_of
from airflow_provider_sora.triggers.watching.line import Line

Answer = VideoJob | SoraError


class Session:
    """Answers looks in turn, the last one for ever, and writes down every call."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.calls: list[str] = []
        self.cancel: SoraError | None = None

    async def get_video(self, video_id: str) -> VideoJob:
        self.calls.append("get")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SoraError):
            raise answer
        return answer

    clock_offset: float | None = None

    async def list_text(self, *_: Any) -> Any:
        raise UnsupportedByServerError("This server has no list call.")

    async def cancel_video(self, video_id: str) -> None:
        self.calls.append("cancel")
        if self.cancel:
            raise self.cancel


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    made = Session()

    async def opened(line: Line) -> Session:
        assert line.conn_id == "gateway"
        if line.session is None:
            made.calls.append("open")
            line.session = made  # type: ignore[assignment]
        return made

    async def closed(line: Line) -> None:
        made.calls.append("close")

    monkeypatch.setattr(Line, "ready", opened)
    monkeypatch.setattr(Line, "close", closed)
    yield made


def trigger(**changes: Any) -> VideoCompletionTrigger:
    given: dict[str, Any] = {"deadline": time.time() + 3600, "poll_interval": 0.001, "first_poll_after": 0.0}
    return VideoCompletionTrigger(video_id="video_1", sora_conn_id="gateway", **{**given, **changes})


def job(status: JobStatus, **fields: Any) -> VideoJob:
    return VideoJob("video_1", status, **fields)


async def events(made: VideoCompletionTrigger) -> list[dict[str, Any]]:
    return [event.payload async for event in made.run()]


def test_it_survives_being_stored_and_read_again() -> None:
    from airflow.models.trigger import Trigger

    made = trigger(submitted_at=1.5, cancel_on_kill=True)
    path, kwargs = made.serialize()
    stored = Trigger.from_object(made)
    assert (stored.classpath, stored.kwargs) == (path, kwargs)
    assert VideoCompletionTrigger(**stored.kwargs).serialize() == (path, kwargs)
    module, _, name = path.rpartition(".")
    assert getattr(__import__(module, fromlist=[name]), name) is VideoCompletionTrigger
    assert set(kwargs) == {
        "video_id", "sora_conn_id", "deadline", "poll_interval", "first_poll_after", "submitted_at", "cancel_on_kill",
    }  # fmt: skip


async def test_it_looks_until_the_job_is_completed_and_fires_once(session: Session) -> None:
    session.answers = [
        job(JobStatus.QUEUED),
        job(JobStatus.IN_PROGRESS, raw_status="warming_up"),
        ServerFaultError("away"),
        job(JobStatus.COMPLETED, model="sora-2", seconds=4.0),
    ]
    (event,) = await events(trigger())
    assert (event["status"], event["video_id"], event["job"]["seconds"]) == ("completed", "video_1", 4.0)
    assert session.calls == ["open", "get", "get", "get", "get", "close"]


async def test_past_its_deadline_it_fires_once_and_asks_nobody(session: Session) -> None:
    (event,) = await events(trigger(deadline=time.time() - 1, first_poll_after=10.0))
    error = error_from_details(event["error"])
    assert isinstance(error, VideoTimeoutError)
    assert "left in place" in error.message
    assert session.calls == []


async def test_the_deadline_ends_a_wait_before_its_first_look(session: Session) -> None:
    (event,) = await events(trigger(deadline=time.time() + 0.05, first_poll_after=3600.0))
    assert event["error"]["type"] == "VideoTimeoutError"
    assert session.calls == []


async def test_errors_keep_their_type_in_the_event(session: Session) -> None:
    session.answers = [job(JobStatus.FAILED, error=JobError("moderation_blocked", "blocked by moderation"))]
    (event,) = await events(trigger())
    assert isinstance(error_from_details(event["error"]), PolicyRefusalError)
    assert event["job"]["status"] == "failed"


async def test_a_server_that_stops_answering_ends_the_wait_without_a_verdict(session: Session) -> None:
    session.answers = [ServerFaultError("away")]
    (event,) = await events(trigger())
    assert event["error"]["type"] == "PollingFailedError"
    assert "left in place" in event["error"]["message"]
    assert event["job"] is None, "only a server's own verdict lets a retry pay again"


async def test_a_connection_that_cannot_be_used_is_an_event_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hook:
        def __init__(self, conn_id: str) -> None:
            pass

        async def aload(self) -> None:
            raise ServerUnreachableError("no connection")

    monkeypatch.setattr("airflow_provider_sora.hooks.sora.SoraHook", Hook)
    (event,) = await events(trigger())
    assert event["error"]["type"] == "ServerUnreachableError"


async def test_two_copies_at_once_fire_the_same_and_disturb_nobody(session: Session) -> None:
    session.answers = [job(JobStatus.QUEUED), job(JobStatus.IN_PROGRESS), job(JobStatus.COMPLETED)]
    one, other = await asyncio.gather(events(trigger()), events(trigger()))
    assert one == other
    assert len(one) == 1
    assert session.calls == ["open", "get", "get", "get", "close"], "both wait for one job, which is asked for once"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ended(VideoFailedError("漢" * 100_000, code="c" * 5000)),
        lambda: Ended(VideoFailedError("\U0001f3ac" * 100_000, video_id="v" * 238, code="\x00" * 999)),
        lambda: ended(job(JobStatus.FAILED, error=JobError("e" * 9999, "trace\n" * 99_999))),
        lambda: Completed(job(JobStatus.COMPLETED, model="m" * 99_999, size="漢" * 9999)),
    ],
)
def test_an_event_stays_under_four_kilobytes(make: Callable[[], Completed | Ended]) -> None:
    event = event_of(make(), "v" * 238)
    assert len(json.dumps(event)) < 4096
    assert event["video_id"] == "v" * 238


def test_a_long_reason_does_not_push_the_next_step_out() -> None:
    event = event_of(ended(job(JobStatus.FAILED, error=JobError(None, "trace\n" * 99_999))), "video_1")
    assert event["error"]["message"].endswith("A retry submits one new job.")


async def test_a_kill_leaves_the_job_alone_unless_asked(session: Session) -> None:
    await trigger().on_kill()
    assert session.calls == []


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.IN_PROGRESS])
async def test_a_kill_looks_first_and_cancels_an_unfinished_job(session: Session, status: JobStatus) -> None:
    session.answers = [job(status)]
    await trigger(cancel_on_kill=True).on_kill()
    assert session.calls == ["open", "get", "cancel", "close"]


async def test_a_kill_goes_on_when_the_triggerer_cancels_it_once_more(session: Session) -> None:
    session.answers = [job(JobStatus.QUEUED)]
    looked, go_on = asyncio.Event(), asyncio.Event()
    first = session.get_video

    async def slowly(video_id: str) -> VideoJob:
        looked.set()
        await go_on.wait()
        return await first(video_id)

    session.get_video = slowly  # type: ignore[method-assign]
    killed = asyncio.ensure_future(trigger(cancel_on_kill=True).on_kill())
    await looked.wait()
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed
    go_on.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert session.calls == ["open", "get", "cancel", "close"]


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED])
async def test_a_kill_that_is_none_does_not_touch_a_finished_job(session: Session, status: JobStatus) -> None:
    session.answers = [job(status)]
    await trigger(cancel_on_kill=True).on_kill()
    assert session.calls == ["open", "get", "close"]


async def test_a_kill_never_cancels_what_it_could_not_look_at(session: Session) -> None:
    session.answers = [ServerFaultError("away")]
    await trigger(cancel_on_kill=True).on_kill()
    assert session.calls == ["open", "get", "close"]


async def test_a_server_without_a_cancel_call_keeps_the_job(session: Session, caplog: Any) -> None:
    session.answers = [job(JobStatus.QUEUED)]
    session.cancel = UnsupportedByServerError("This server has no cancel call.")
    made = trigger(cancel_on_kill=True)
    said: list[str] = []
    made.__dict__["_log"] = type("Log", (), {"warning": lambda self, text, *args: said.append(text % args)})()
    await made.on_kill()
    assert "has no cancel call" in said[0]
    assert "left in place" in said[0]


def test_an_event_of_the_release_before_is_read_as_the_outcome_that_it_was() -> None:
    facts = {"status": "completed", "model": "sora-2", "size": "1280x720", "seconds": 4.0, "created_at": 1.0}
    facts |= {"completed_at": 2.0, "expires_at": None, "cost_usd": 0.4}
    found = outcome_of({"status": "completed", "video_id": "v1", "job": facts, "error": None})
    assert isinstance(found, Completed) and found.job.id == "v1" and found.job.completed_at == 2.0
    assert event_of(found, "v1")["job"] == facts

    error = {"type": "PolicyRefusalError", "message": "no", "video_id": "v1", "code": "moderation_blocked"}
    ended = outcome_of({"status": "error", "video_id": "v1", "job": {**facts, "status": "failed"}, "error": error})
    assert isinstance(ended, Ended) and ended.job is not None and ended.job.status is JobStatus.FAILED
    assert type(ended.error).__name__ == "PolicyRefusalError" and ended.error.code == "moderation_blocked"


@pytest.mark.parametrize(
    "event", [{"status": "error", "video_id": "v1", "job": {"status": "melted"}}, {"status": "odd"}]
)
def test_an_event_that_nobody_knows_is_no_verdict_of_the_server(event: dict[str, Any]) -> None:
    found = outcome_of(event)
    assert isinstance(found, Ended) and found.job is None and "Unknown event" in str(found.error)
