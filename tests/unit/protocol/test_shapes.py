"""Job, id, status, video and reason are found wherever servers put them, and nothing else is taken for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_sora import exceptions as errors
from airflow_provider_sora.protocol.answers.errors import Call
from airflow_provider_sora.protocol.answers.job import JobStatus, parse_job
from airflow_provider_sora.protocol.answers.reading import read_polled, read_submitted
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialects import PLAIN

PAID = Call("creating the video", "S", paid=True)
GET = Call("asking for the job", "S", video_id="task_12345")
LINK = "https://files.example/1.mp4"


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        {"url": LINK}, {"output": {"url": LINK}}, {"outputs": [{"url": LINK}]}, {"video": {"url": LINK}},
        {"result": {"video_url": LINK}}, {"data": [{"url": LINK}]}, {"output": LINK}, {"output": [LINK]},
        {"video_url": LINK}, {"content": {"video_url": LINK}}, {"task_result": {"videos": [{"url": LINK}]}},
        {"video_result": [{"url": LINK}]}, {"unsigned_urls": [LINK]}, {"assets": {"video": LINK}},
        {"response": {"generateVideoResponse": {"generatedSamples": [{"video": {"uri": LINK}}]}}},
    ],
    ids=str,
)  # fmt: skip
def test_the_video_lies_in_many_places(body: dict[str, Any]) -> None:
    assert parse_job({"id": "v", "status": "completed", **body}).content_url == LINK


def test_a_dialect_names_any_other_place_of_video_and_id() -> None:
    dialect = resolve_dialect({"content_at": ["result.files.0.link"], "id_at": ["meta.handle"]})
    assert dialect is not None
    body = {
        "meta": {"handle": "h-1"},
        "status": "completed",
        "url": "https://x/poll",
        "result": {"files": [{"link": LINK}]},
    }
    job = read_submitted(answer(body), PAID, dialect)
    assert (job.id, job.content_url) == ("h-1", LINK)


@pytest.mark.parametrize(
    ("body", "video_id", "status"),
    [
        ({"code": 0, "msg": "success", "data": {"id": "v1"}}, "v1", JobStatus.IN_PROGRESS),
        ({"code": 0, "request_id": "r", "data": {"task_id": "k1", "task_status": "submitted"}}, "k1", JobStatus.QUEUED),
        ({"request_id": "r", "output": {"task_id": "d1", "task_status": "PENDING"}}, "d1", JobStatus.QUEUED),
        ({"code": "success", "data": {"task_id": "n1", "status": "NOT_START"}}, "n1", JobStatus.QUEUED),
        ({"id": "req-1", "status": "success", "data": {"id": "v1", "status": "queued"}}, "v1", JobStatus.QUEUED),
        ({"data": [{"id": "v1", "status": "queued"}]}, "v1", JobStatus.QUEUED),
        ({"request_id": "x1"}, "x1", JobStatus.IN_PROGRESS),
        ({"task_id": 42, "base_resp": {"status_code": 0, "status_msg": "success"}}, "42", JobStatus.IN_PROGRESS),
    ],
    ids=str,
)
def test_a_paid_job_in_an_envelope_is_kept(body: dict[str, Any], video_id: str, status: JobStatus) -> None:
    job = read_submitted(answer(body), PAID, PLAIN)
    assert (job.id, job.status) == (video_id, status)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"ok": True, "payload": {"renderUuid": "4f1c"}}, "payload.renderUuid=4f1c"),
        ({"error": None, "request_id": "r-1", "message": "accepted"}, "request_id=r-1"),
    ],
)
def test_what_looks_like_an_id_is_named_when_the_answer_cannot_be_read(body: Any, named: str) -> None:
    with pytest.raises(errors.AmbiguousSubmitError) as caught:
        read_submitted(answer(body), PAID, PLAIN)
    assert named in str(caught.value)


def test_an_id_in_a_page_of_text_is_named_too() -> None:
    with pytest.raises(errors.AmbiguousSubmitError, match="task_0a1b2c3d"):
        read_submitted(Answer(200, {}, b"<p>queued as task_0a1b2c3d</p>"), PAID, PLAIN)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": -1, "msg": "insufficient credits"}, errors.QuotaExceededError),
        ({"code": -1, "msg": "insufficient credits", "request_id": "r-1", "data": None}, errors.QuotaExceededError),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, errors.QuotaExceededError),
        ({"base_resp": {"status_code": 1026, "status_msg": "input has sensitive content"}}, errors.PolicyRefusalError),
        ({"error": {"code": "content_filter", "message": "no"}}, errors.PolicyRefusalError),
        # Neither says that nothing was made.
        ({"code": -1, "msg": "internal error"}, errors.AmbiguousSubmitError),
        ({"code": -1, "msg": "insufficient credits", "data": {"taskUuid": "t-1"}}, errors.AmbiguousSubmitError),
        ({"msg": "success"}, errors.AmbiguousSubmitError),
    ],
    ids=str,
)
def test_a_refusal_inside_a_200(body: Any, kind: type[errors.SoraError]) -> None:
    with pytest.raises(errors.SoraError) as caught:
        read_submitted(answer(body), PAID, PLAIN)
    assert type(caught.value) is kind
    said = body.get("msg") or (body.get("error") or body.get("base_resp") or {}).get("message", "")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"fail_reason": "worker died"}, "worker died"),
        ({"failure_reason": "worker died"}, "worker died"),
        ({"error": None, "message": "worker died"}, "worker died"),
        ({"error": {"message": "E1"}, "fail_reason": "worker died"}, "E1; worker died"),
        ({"failure": "worker died", "failureCode": "INTERNAL.X"}, "worker died"),
        ({"task_status_msg": "worker died"}, "worker died"),
        ({"raiMediaFilteredReasons": ["one", "two"]}, "one; two"),
    ],
    ids=str,
)
def test_every_field_that_may_hold_a_reason_is_read(body: dict[str, Any], said: str) -> None:
    job = read_polled(answer({"id": "task_12345", "status": "FAILURE", **body}), GET, PLAIN)
    assert job.status is JobStatus.FAILED and job.error is not None and job.error.message == said


def test_a_running_jobs_message_is_no_error() -> None:
    assert parse_job({"id": "v", "status": "queued", "message": "success"}).error is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", JobStatus.QUEUED), ("succeed", JobStatus.COMPLETED), ("aborted", JobStatus.CANCELLED),
        ("errored", JobStatus.FAILED), ("TASK_STATUS_SUCCEED", JobStatus.COMPLETED), ("In Queue", JobStatus.QUEUED),
        ("TASK_STATUS_PROCESSING", JobStatus.IN_PROGRESS), ("JOB_STATE_FAILED", JobStatus.FAILED),
    ],
)  # fmt: skip
def test_words(word: str, status: JobStatus) -> None:
    job = parse_job({"id": "v", "status": word})
    assert (job.status, job.word_known) == (status, True)


@pytest.mark.parametrize("word", ["done", "ready"])
def test_a_word_that_may_mean_an_end_needs_proof(word: str) -> None:
    bare = parse_job({"id": "v", "status": word})
    assert (bare.status, bare.word_known) == (JobStatus.IN_PROGRESS, False)
    assert parse_job({"id": "v", "status": word, "completed_at": 0}).status is JobStatus.IN_PROGRESS
    assert parse_job({"id": "v", "status": word, "completed_at": 1_700_000_000}).status is JobStatus.COMPLETED
    assert parse_job({"id": "v", "status": word, "video": {"url": LINK}}).status is JobStatus.COMPLETED


def test_a_dialects_own_words_win() -> None:
    words = {"done": "failed", "rendering_4k": "in_progress"}
    assert parse_job({"id": "v", "status": "Done", "url": LINK}, words).status is JobStatus.FAILED
    assert parse_job({"id": "v", "status": "rendering_4k"}, words).word_known


def test_an_empty_202_is_not_yet() -> None:
    job = read_polled(Answer(202, {}, b""), GET, PLAIN)
    assert (job.id, job.status) == ("task_12345", JobStatus.IN_PROGRESS)
