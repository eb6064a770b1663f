"""A finished job's outcome as an exception, or None when there is a video."""

from __future__ import annotations

from airflow_provider_sora.exceptions import (
    PolicyRefusalError,
    QuotaExceededError,
    SoraError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.answers.refusals import Refusal, of_failure

#: So much of a server's own words goes into a message, in characters: some servers send whole tracebacks.
REASON_LIMIT = 600
CODE_LIMIT = 100


def error_of(job: VideoJob, *, ours: bool = True) -> SoraError | None:
    """The error that a final job stands for; None for a completed or a running one.

    :param ours: False where this task only watches a job that something else submitted and pays for.
    """
    if job.status is JobStatus.CANCELLED:
        return VideoCancelledError(
            f"Job {job.id} was cancelled on the server ({_said(job)}). No video was made; {_bill(job)}. "
            + ("A retry submits a new job." if ours else _WATCHER),
            video_id=job.id,
            code=_code(job),
        )
    if job.status is JobStatus.EXPIRED:
        return VideoExpiredError(
            f"Job {job.id} has expired on the server ({_said(job)}): the server keeps it no longer, and whether a "
            "video was made and billed is for its own pages to tell. "
            + (
                "It is not rendered again by itself; to pay for a new one, clear this task with on_clear='new'."
                if ours
                else _WATCHER
            ),
            video_id=job.id,
            code=_code(job),
        )
    return _failure(job, ours) if job.status is JobStatus.FAILED else None


_WATCHER = "This task only watched it; whoever submitted it decides whether to pay for another."


def _failure(job: VideoJob, ours: bool) -> SoraError:
    said, code = _said(job), _code(job)
    kind = of_failure(job.error.code if job.error else None, job.error.message if job.error else "")
    if kind is Refusal.POLICY:
        return PolicyRefusalError(
            f"The server's content policy refused job {job.id} ({said}); {_bill(job)}. The same prompt and picture "
            "will be refused again, so " + ("the task does not retry: change them." if ours else "change them there."),
            video_id=job.id,
            code=code,
        )
    if kind is Refusal.QUOTA:
        return QuotaExceededError(
            f"Job {job.id} failed because the account has no credit left ({said}). Top up, then clear "
            + ("this task." if ours else "the task that submitted it."),
            video_id=job.id,
            code=code,
        )
    return VideoFailedError(
        f"The server failed job {job.id} ({said}). No video was made; {_bill(job)}. "
        + ("A retry submits one new job." if ours else _WATCHER),
        video_id=job.id,
        code=code,
    )


def _code(job: VideoJob) -> str | None:
    return job.error.shown_code[:CODE_LIMIT] if job.error and job.error.shown_code else None


def _said(job: VideoJob) -> str:
    reason = job.error.shown if job.error else "no reason given"
    reason = reason if len(reason) <= REASON_LIMIT else f"{reason[:REASON_LIMIT]} …"
    code = _code(job)
    return f"{code}: {reason}" if code and code != reason else reason


def _bill(job: VideoJob) -> str:
    if job.cost_usd is not None:
        return f"the server says that it billed ${job.cost_usd:g}"
    return "whether it is billed is the server's rule, mostly not"
