"""The end of a wait says what was last seen, what became of job and money, and the setting that would help."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    PolicyRefusalError,
    PollingFailedError,
    QuotaExceededError,
    ServerFaultError,
    SoraError,
    VideoFailedError,
    VideoNotFoundError,
    VideoTimeoutError,
    error_from_details,
)
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Seen, Watch, judge
from airflow_provider_sora.jobs.waiting.verdict import error_of
from airflow_provider_sora.jobs.waiting.wait import wait_for
from airflow_provider_sora.protocol.answers.job import VideoJob, parse_job

WATCH = Watch("v1", deadline=100.0, poll_interval=10.0)
SENSOR = Watch("v1", deadline=100.0, poll_interval=10.0, ours=False)


def job(word: str, **fields: object) -> VideoJob:
    return parse_job({"id": "v1", "status": word, **fields})


def end(*looks: VideoJob | SoraError, watch: Watch = WATCH) -> SoraError:
    """The error after these looks, the last of them past the deadline."""
    seen = Seen()
    for number, look in enumerate(looks):
        verdict = judge(watch, seen, look, 200.0 if number == len(looks) - 1 else 10.0)
        if isinstance(verdict, KeepWaiting):
            seen = verdict.seen
    assert isinstance(verdict, Ended)
    return verdict.error


def test_a_running_job_may_still_complete() -> None:
    error = end(job("in_progress", progress=40))
    assert isinstance(error, VideoTimeoutError)
    assert "last said 'in_progress' at 40 %" in error.message
    assert "may still complete" in error.message
    assert "larger timeout" in error.message


@pytest.mark.parametrize("word", ["rejected", "timeout", "incomplete", "REJECTED"])
def test_a_word_that_only_looks_final_is_named_with_the_setting_that_helps(word: str) -> None:
    error = end(job(word))
    assert f"last said {word!r}" in error.message
    assert f'{{"status_words": {{"{word.lower()}": "failed"}}}}' in error.message
    assert "may still complete" not in error.message


def test_a_404_on_every_look_is_a_not_found() -> None:
    error = end(VideoNotFoundError("no such job"), VideoNotFoundError("no such job"))
    assert isinstance(error, VideoNotFoundError)
    assert "may still complete" not in error.message


def test_a_404_after_good_looks_says_both() -> None:
    error = end(job("queued"), VideoNotFoundError("HTTP 404: gone fishing."))
    assert isinstance(error, VideoTimeoutError)
    assert "last said 'queued'" in error.message and "gone fishing" in error.message


def test_outages_say_the_last_word_before_them() -> None:
    looks = [job("in_progress"), *[ServerFaultError("HTTP 502 bad gateway.")] * 10]
    seen, verdict = Seen(), None
    for look in looks:
        verdict = judge(Watch("v1", 1e9), seen, look, 0.0)
        seen = verdict.seen if isinstance(verdict, KeepWaiting) else seen
    assert isinstance(verdict, Ended) and isinstance(verdict.error, PollingFailedError)
    assert "last said 'in_progress'" in verdict.error.message and "502" in verdict.error.message


def test_an_error_beside_a_running_word_is_told() -> None:
    assert "quota is low" in end(job("in_progress", error={"message": "quota is low"})).message


def said_in_the_log(caplog: pytest.LogCaptureFixture, *looks: VideoJob) -> list[str]:
    left = list(looks)
    with caplog.at_level("WARNING", logger="wait"):
        outcome = wait_for(
            lambda _: left.pop(0),
            Watch("v1", 1e12),
            log=logging.getLogger("wait"),
            started_at=0.0,
            now=lambda: 5.0,
            sleep=lambda _: None,
        )
    assert isinstance(outcome, Completed)
    return [record.getMessage() for record in caplog.records]


def test_an_unknown_word_with_a_video_is_said_at_once_and_once(caplog: pytest.LogCaptureFixture) -> None:
    odd = job("rendered_ok", url="https://x/1.mp4")
    lines = said_in_the_log(caplog, odd, odd, job("completed"))
    assert len(lines) == 1
    assert "'rendered_ok'" in lines[0] and '{"status_words": {"rendered_ok": "completed"}}' in lines[0]


def test_an_ordinary_unknown_word_is_not_made_a_fuss_of(caplog: pytest.LogCaptureFixture) -> None:
    assert said_in_the_log(caplog, job("warming_up"), job("completed")) == []


#: Refusals of a made job in the vendors' own words.
REFUSED: list[dict[str, Any]] = [
    {"error": {"code": "content_filter", "message": "m"}},
    {"error": {"code": "PROHIBITED_CONTENT", "message": "m"}},
    {"error": {"code": "OutputVideoSensitiveContentDetected.PolicyViolation", "message": "m sensitive content"}},
    {"error": {"code": "InputTextSensitiveContentDetected", "message": "m"}},
    {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."},
    {"failureCode": "SAFETY.INPUT.TEXT", "failure": "m"},
    {"raiMediaFilteredReasons": ["Veo could not generate videos because the input image violates usage guidelines."]},
    {"error": {"code": "1301", "message": "System detected potentially unsafe or sensitive content in input"}},
    {"fail_reason": "Failure to pass the risk control system"},
    {"base_resp": {"status_code": 1026, "status_msg": "video description involves sensitive content"}},
    {"error": "Your request was blocked by our moderation system"},
    {"error": {"code": 1200, "message": "Content Moderation"}},
    {"status": "done", "video": {"url": "", "respect_moderation": False}},
]


@pytest.mark.parametrize("fields", REFUSED, ids=str)
def test_a_refused_prompt_is_not_sent_again(fields: dict[str, Any]) -> None:
    error = error_of(parse_job({"id": "v1", "status": "failed", **fields}))
    assert type(error) is PolicyRefusalError and error.never_retry
    assert "does not retry" in error.message


@pytest.mark.parametrize(
    "fields",
    [
        {"error": {"code": "insufficient_balance", "message": "m"}},
        {"fail_reason": "You exceeded your current quota, please check your plan"},
        {"error": {"code": "AccountOverdueError", "message": "m"}},
        {"error": {"code": "Arrearage", "message": "m"}},
        {"error": "insufficient user quota"},
    ],
    ids=str,
)
def test_an_empty_account_is_not_tried_again(fields: dict[str, Any]) -> None:
    error = error_of(job("failed", **fields))
    assert type(error) is QuotaExceededError and error.never_retry


@pytest.mark.parametrize(
    "fields", [{"error": {"code": 500, "message": "CUDA out of memory"}}, {"fail_reason": "upstream timeout"}, {}]
)
def test_an_ordinary_failure_is(fields: dict[str, Any]) -> None:
    error = error_of(job("failed", **fields))
    assert type(error) is VideoFailedError and not error.never_retry


def test_the_servers_own_bill_is_told() -> None:
    error = error_of(job("failed", cost=0.4))
    assert error is not None and "billed $0.4" in error.message


@pytest.mark.parametrize(
    "looks",
    [
        [job("failed", error="x")], [job("cancelled")], [job("expired")], [job("queued")],
        [VideoNotFoundError("no")], [job("failed", **REFUSED[0])],
    ],
    ids=["failed", "cancelled", "expired", "running", "missing", "refused"],
)  # fmt: skip
def test_a_watcher_does_not_talk_as_if_it_had_paid(looks: list[Any]) -> None:
    text = end(*looks, watch=SENSOR).message
    for ours in (
        "is paid for",
        "on_clear",
        "A retry submits",
        "was submitted again",
        "the task does not retry",
    ):
        assert ours not in text
    assert end(*looks).message != text


def test_an_event_of_a_newer_triggerer_is_read() -> None:
    error = error_from_details({"type": "VideoFailedError", "message": "m", "video_id": "v", "novelty": {"x": 1}})
    assert type(error) is VideoFailedError and (error.message, error.video_id) == ("m", "v")
    assert str(error_from_details({"type": 7, "message": None})) == "unknown error"
