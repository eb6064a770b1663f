"""From whole answers to jobs, pages and verdicts. Pure; shared by the sync and the async session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_sora.exceptions import AuthenticationFailedError, ServerFaultError, UnreadableAnswerError
from airflow_provider_sora.protocol.answers.errors import Call, answer_error, unreadable
from airflow_provider_sora.protocol.answers.job import JobPage, JobStatus, VideoJob, parse_job, parse_page
from airflow_provider_sora.protocol.http.reading.envelope import Answer, job_object
from airflow_provider_sora.protocol.http.reading.redaction import redact, redact_all
from airflow_provider_sora.protocol.http.reading.shapes import ID_FIELDS, is_id, is_job
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.litellm_ids import same_job


def read_submitted(answer: Answer, call: Call, dialect: Dialect) -> VideoJob:
    """The job that a paid POST made.

    :raises AmbiguousSubmitError: the answer does not tell whether there is a job.
    :raises SoraError: a certain refusal; nothing was paid.
    """
    found = answer.json()
    if answer.status >= 300 and not (answer.status >= 500 and is_job(found)):
        raise answer_error(answer, call)
    return _job(found, answer, call, dialect)


def read_polled(answer: Answer, call: Call, dialect: Dialect) -> VideoJob:
    """The job that a GET asked for; a failed job inside an error status is a job, not an outage.

    :raises VideoNotFoundError: the server does not know the id.
    :raises AuthenticationFailedError: 401 or 403.
    :raises ServerFaultError: an outage, or an answer about another job; safe to ask again.
    :raises UnreadableAnswerError: the answer is no job.
    """
    if answer.status == 202 and not answer.body.strip():
        # "Accepted", and no word more: the job is not there yet, and nothing is broken.
        return VideoJob(id=call.video_id or "", status=JobStatus.IN_PROGRESS, raw_status="HTTP 202, empty")
    found = job_object(answer) if answer.status >= 300 else answer.json()
    if found is None and answer.status >= 300:
        raise answer_error(answer, call)
    job = _job(found, answer, call, dialect)
    if answer.status >= 300 and not job.status.is_final:
        job = replace(job, status=JobStatus.FAILED)
    if call.video_id is None:
        return job
    if not _is_about(call.video_id, job, found):
        other = redact(job.id, call.secrets)[:240]
        raise ServerFaultError(
            f"{call.server} was asked for job {call.video_id} and answered with job {other}: that is no answer. "
            "Any job was left as it is.",
            step="try again; if it stays so, the server or a cache before it is at fault.",
            video_id=call.video_id,
            status_code=answer.status,
        )
    # The id that was asked for stays the job's id: LiteLLM answers a poll with another spelling of it, one that
    # has lost its routing and leads the next call astray.
    return replace(job, id=call.video_id)


def _job(found: Any, answer: Answer, call: Call, dialect: Dialect) -> VideoJob:
    """Every job from a server comes in here, through the gate for secrets."""
    try:
        return parse_job(
            found,
            dialect.status_words,
            secrets=call.secrets,
            content_at=dialect.content_at,
            id_at=dialect.id_at,
            known_id=None if call.paid else call.video_id,
        )
    except UnreadableAnswerError as error:
        raise unreadable(answer, call, _without_stop(error)) from error


def _is_about(video_id: str, job: VideoJob, found: Any) -> bool:
    """Whether an answer is about the job that was asked for: by any of its ids, however a gateway spells them."""
    outer = found if isinstance(found, Mapping) else {}
    around = (str(outer[name]) for name in ID_FIELDS if is_id(outer.get(name)))
    return any(same_job(video_id, one) for one in (job.id, *job.ids, *around))


def read_listed(answer: Answer, call: Call, dialect: Dialect) -> JobPage:
    """One page of the list.

    :raises SoraError: as for :func:`read_polled`.
    """
    if answer.status >= 300:
        raise answer_error(answer, call)
    try:
        return parse_page(answer.json(), dialect.status_words, secrets=call.secrets)
    except UnreadableAnswerError as error:
        raise unreadable(answer, call, _without_stop(error)) from error


def read_deleted(answer: Answer, call: Call) -> bool:
    """True when the server says that the video is gone: ``deleted: true``, a status ``deleted``, or no body.

    :raises SoraError: as for :func:`read_polled`.
    """
    if answer.status >= 300:
        raise answer_error(answer, call)
    found = answer.json()
    if isinstance(found, Mapping) and ("deleted" in found or "status" in found):
        return found.get("deleted") is True or str(found.get("status", "")).lower() == "deleted"
    return answer.status == 204 or not answer.body.strip() or found == {}


def read_object(answer: Answer, call: Call) -> dict[str, Any]:
    """A plain JSON object (a character).

    :raises SoraError: as for :func:`read_polled`.
    """
    if answer.status >= 300:
        raise answer_error(answer, call)
    found = answer.json()
    if not isinstance(found, dict):
        raise unreadable(answer, call, "that is no JSON object")
    safe: dict[str, Any] = redact_all(found, call.secrets)
    return safe


def read_models(answer: Answer, call: Call) -> tuple[str, ...]:
    """The models' names; empty where the server lists none.

    :raises AuthenticationFailedError: 401 or 403.
    """
    if answer.status >= 400:
        error = answer_error(answer, call)
        if isinstance(error, AuthenticationFailedError):
            raise error
        return ()
    found = answer.json()
    data = found.get("data") if isinstance(found, Mapping) else None
    entries = data if isinstance(data, list) else []
    return tuple(
        redact(entry["id"], call.secrets)
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
    )


def _without_stop(error: UnreadableAnswerError) -> str:
    text = error.message.rstrip(".")
    return text[:1].lower() + text[1:]
