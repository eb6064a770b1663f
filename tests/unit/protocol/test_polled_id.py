"""The id a job was submitted under is the one every later call uses, and an answer about another job is none."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ServerFaultError
from airflow_provider_sora.protocol.answers.errors import Call
from airflow_provider_sora.protocol.answers.job import JobStatus
from airflow_provider_sora.protocol.answers.reading import read_polled
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.servers.dialects import LITELLM, PLAIN


def litellm_id(model: str, upstream: str = "video_68f1") -> str:
    plain = f"litellm:custom_llm_provider:openai;model_id:{model};video_id:{upstream}"
    return "video_" + base64.b64encode(plain.encode()).decode()


def polled(asked: str, body: Any, status: int = 200, dialect: Any = PLAIN) -> Any:
    answer = Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())
    return read_polled(answer, Call(name="asking", server="S", paid=False, video_id=asked), dialect)


@pytest.mark.parametrize(
    "answered",
    [litellm_id(""), litellm_id("other-deployment"), "video_68f1", litellm_id("m")],
    ids=["routing lost", "another deployment", "the upstream's own", "the same"],
)
def test_litellm_spells_the_id_anew_and_does_not_rename_the_job(answered: str) -> None:
    asked = litellm_id("m")
    assert polled(asked, {"id": answered, "status": "completed"}, dialect=LITELLM).id == asked


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ("task_123456", {"id": "sora-2:task_123456", "status": "queued"}),
        ("sora-2:task_123456", {"id": "task_123456", "status": "queued"}),
        ("task_123456", {"id": "row-17", "task_id": "task_123456", "status": "queued"}),
        ("7123456", {"id": 7123456, "status": "queued"}),
        ("task_123456", {"code": 0, "request_id": "r-1", "data": {"task_id": "task_123456", "task_status": "queued"}}),
        ("task_123456", {"status": "pending"}),
    ],
    ids=str,
)
def test_other_spellings_of_the_same_job(asked: str, body: Any) -> None:
    job = polled(asked, body)
    assert (job.id, job.status) == (asked, JobStatus.QUEUED)


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("word", ["completed", "failed", "queued"])
def test_an_answer_about_another_job_is_a_fault_of_the_server(status: int, word: str) -> None:
    with pytest.raises(ServerFaultError, match="asked for job video_a and answered with job video_b"):
        polled("video_a", {"id": "video_b", "status": word}, status)


def test_an_answer_that_names_no_job_ends_none() -> None:
    """An outage that is dressed as a job must not let a retry pay again."""
    from airflow_provider_sora.exceptions import UnreadableAnswerError

    with pytest.raises(UnreadableAnswerError, match="not of which job"):
        polled("video_a", {"status": "error", "message": "temporarily unavailable"})
