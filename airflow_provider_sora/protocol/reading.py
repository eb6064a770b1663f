"""From whole answers to jobs, pages and verdicts. Pure; shared by the sync and the async session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_sora.exceptions import AuthenticationFailedError, UnreadableAnswerError
from airflow_provider_sora.protocol.answers import Call, answer_error, unreadable
from airflow_provider_sora.protocol.dialect import Dialect
from airflow_provider_sora.protocol.envelope import Answer, is_job, job_object
from airflow_provider_sora.protocol.job import JobPage, JobStatus, VideoJob, parse_job, parse_page


def read_submitted(answer: Answer, call: Call, dialect: Dialect) -> VideoJob:
    """The job that a paid POST made.

    :raises AmbiguousSubmitError: the answer does not tell whether there is a job.
    :raises SoraError: a certain refusal; nothing was paid.
    """
    found = answer.json()
    if answer.status >= 300 and not (answer.status >= 500 and is_job(found)):
        raise answer_error(answer, call)
    try:
        return parse_job(found, dialect.status_words)
    except UnreadableAnswerError as error:
        raise unreadable(answer, call, _without_stop(error)) from error


def read_polled(answer: Answer, call: Call, dialect: Dialect) -> VideoJob:
    """The job that a GET asked for; a failed job inside an error status is a job, not an outage.

    :raises VideoNotFoundError: the server does not know the id.
    :raises AuthenticationFailedError: 401 or 403.
    :raises ServerFaultError: an outage; safe to ask again.
    :raises UnreadableAnswerError: the answer is no job.
    """
    found = job_object(answer) if answer.status >= 300 else answer.json()
    if found is None and answer.status >= 300:
        raise answer_error(answer, call)
    inner = found.get("data") if isinstance(found, Mapping) and not is_job(found) else None
    try:
        # Some gateways wrap the job once more: {"code": …, "data": {job}}.
        job = parse_job(inner if is_job(inner) else found, dialect.status_words)
    except UnreadableAnswerError as error:
        raise unreadable(answer, call, _without_stop(error)) from error
    if answer.status >= 300 and not job.status.is_final:
        job = replace(job, status=JobStatus.FAILED)
    # The id that was asked for stays the job's id: LiteLLM answers a poll with another spelling of it, one that
    # has lost its routing and leads the next call astray.
    return replace(job, id=call.video_id or job.id)


def read_listed(answer: Answer, call: Call, dialect: Dialect) -> JobPage:
    """One page of the list.

    :raises SoraError: as for :func:`read_polled`.
    """
    if answer.status >= 300:
        raise answer_error(answer, call)
    try:
        return parse_page(answer.json(), dialect.status_words)
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
    return found


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
    return tuple(entry["id"] for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), str))


def _without_stop(error: UnreadableAnswerError) -> str:
    text = error.message.rstrip(".")
    return text[:1].lower() + text[1:]
