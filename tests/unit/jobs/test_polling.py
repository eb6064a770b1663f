"""One look at a job at a time: what it means, for both ways of waiting."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    PolicyRefusalError,
    PollingFailedError,
    RateLimitedError,
    ServerFaultError,
    SoraError,
    UnsupportedByServerError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
    VideoNotFoundError,
    VideoTimeoutError,
)
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Seen, Watch, judge
from airflow_provider_sora.jobs.waiting.wait import wait_for
from airflow_provider_sora.protocol.answers.job import JobError, JobStatus, VideoJob, parse_job

WATCH = Watch("v1", deadline=1000.0, poll_interval=10.0)


def job(word: str, **fields: object) -> VideoJob:
    return parse_job({"id": "v1", "status": word, **fields})


@pytest.mark.parametrize("word", ["queued", "in_progress", "NOT_START", "unknown", "", "dreaming"])
def test_every_other_word_is_running(word: str) -> None:
    assert judge(WATCH, Seen(), job(word), 0.0) == KeepWaiting(10.0, Seen())


@pytest.mark.parametrize("word", ["completed", "Succeeded", "finished"])
def test_done(word: str) -> None:
    assert isinstance(judge(WATCH, Seen(), job(word), 0.0), Completed)


@pytest.mark.parametrize(
    ("word", "error", "cls"),
    [
        ("failed", {"code": 500, "message": "out of memory"}, VideoFailedError),
        ("failed", "plain text", VideoFailedError),
        ("failed", None, VideoFailedError),
        ("failed", {"code": "moderation_blocked", "message": "no"}, PolicyRefusalError),
        ("canceled", None, VideoCancelledError),
        ("expired", None, VideoExpiredError),
        ("deleted", None, VideoExpiredError),
    ],
)
def test_ends_without_a_video(word: str, error: object, cls: type[Exception]) -> None:
    verdict = judge(WATCH, Seen(), job(word, error=error), 0.0)
    assert isinstance(verdict, Ended) and type(verdict.error) is cls and verdict.error.video_id == "v1"


def test_past_the_deadline_a_finished_job_still_counts() -> None:
    assert isinstance(judge(WATCH, Seen(), job("completed"), 2000.0), Completed)
    late = judge(WATCH, Seen(), job("queued"), 2000.0)
    assert isinstance(late, Ended) and isinstance(late.error, VideoTimeoutError)


def test_never_sleeps_past_the_deadline() -> None:
    assert judge(WATCH, Seen(), job("queued"), 995.0) == KeepWaiting(5.0, Seen())


def test_failures_back_off_and_end_with_the_job_left_in_place() -> None:
    seen, delays = Seen(), []
    for _ in range(9):
        verdict = judge(Watch("v1", 1e9, 10.0), seen, ServerFaultError("502"), 0.0)
        assert isinstance(verdict, KeepWaiting)
        seen = verdict.seen
        delays.append(verdict.delay)
    assert delays == [10, 20, 40, 80, 120, 120, 120, 120, 120]
    end = judge(Watch("v1", 1e9, 10.0), seen, ServerFaultError("502"), 0.0)
    assert isinstance(end, Ended) and isinstance(end.error, PollingFailedError)
    assert "left in place" in end.error.message and end.job is None


def test_one_answer_forgives_all_failures() -> None:
    assert judge(WATCH, Seen(failures=9), job("queued"), 0.0) == KeepWaiting(10.0, Seen())


@pytest.mark.parametrize("cls", [VideoNotFoundError, AuthenticationFailedError])
def test_a_miss_is_no_verdict_until_the_grace_is_over(cls: type) -> None:
    first = judge(WATCH, Seen(), cls("no"), 100.0)
    assert isinstance(first, KeepWaiting) and first.seen.first_miss_at == 100.0
    assert isinstance(judge(WATCH, first.seen, cls("no"), 159.0), KeepWaiting)
    end = judge(WATCH, first.seen, cls("no"), 160.0)
    assert isinstance(end, Ended) and type(end.error) is cls and end.error.video_id == "v1"


def test_a_rate_limit_waits_as_told_and_is_no_failure() -> None:
    verdict = judge(WATCH, Seen(), RateLimitedError("slow down", retry_after=44.0), 0.0)
    assert verdict == KeepWaiting(44.0, Seen(), "the server limits our rate")


def script(*answers: object):
    left = list(answers)

    def look(video_id: str) -> VideoJob:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    return look


def test_a_wait_tells_each_change_once_and_ends_with_what_the_server_said(caplog: pytest.LogCaptureFixture) -> None:
    answers = [
        job("queued", progress=0),
        job("queued", progress=0),
        ServerFaultError("502"),
        job("in_progress", progress=40),
        VideoJob("v1", JobStatus.FAILED, "failed", error=JobError("500", "boom")),
    ]
    with caplog.at_level("INFO", logger="wait"):
        outcome = wait_for(
            script(*answers),
            WATCH,
            log=logging.getLogger("wait"),
            started_at=0.0,
            now=lambda: 5.0,
            sleep=lambda _: None,
        )
    assert isinstance(outcome, Ended) and isinstance(outcome.error, VideoFailedError)
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if "queued" in line] == ["Job v1 is queued, 0 % after 5 s."]
    assert any("502" in line for line in lines) and any("40 %" in line for line in lines)


def test_a_server_that_cannot_be_asked_ends_the_wait_at_once() -> None:
    end = judge(WATCH, Seen(), UnsupportedByServerError("no get call."), 0.0)
    assert isinstance(end, Ended) and type(end.error) is VideoExpiredError and "on_clear='new'" in end.error.message


@pytest.mark.parametrize(
    ("observation", "watch"),
    [
        (ServerFaultError("bad gateway"), Watch("v1", deadline=1000.0, max_failures=1)),
        (VideoNotFoundError("no such video"), Watch("v1", deadline=1000.0, miss_grace=0.0)),
        (AuthenticationFailedError("bad key"), Watch("v1", deadline=1000.0, miss_grace=0.0)),
        (UnsupportedByServerError("no such call"), WATCH),
    ],
)
def test_what_ends_a_wait_keeps_its_cause(observation: SoraError, watch: Watch) -> None:
    def look(video_id: str) -> VideoJob:
        raise observation

    verdict = wait_for(look, watch, log=logging.getLogger(__name__), started_at=0.0, now=lambda: 0.0)
    assert isinstance(verdict, Ended) and verdict.error.__cause__ is observation
