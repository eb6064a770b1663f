"""A finished job's outcome as an exception, or None when there is a video."""

from __future__ import annotations

import re

from airflow_provider_sora.exceptions import (
    PolicyRefusalError,
    QuotaExceededError,
    SoraError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.protocol.job import JobStatus, VideoJob

_POLICY = re.compile(r"moderation|content[ _-]?policy|policy[ _-]?violation|safety (system|filter)", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit", re.IGNORECASE)

#: So much of a server's own words goes into a message, in characters: some servers send whole tracebacks.
REASON_LIMIT = 600
CODE_LIMIT = 100


def error_of(job: VideoJob) -> SoraError | None:
    """The error that a final job stands for; None for a completed or a running one."""
    code = job.error.code[:CODE_LIMIT] if job.error and job.error.code else None
    reason = job.error.message if job.error else "no reason"
    reason = reason if len(reason) <= REASON_LIMIT else f"{reason[:REASON_LIMIT]} …"
    said = f"{code}: {reason}" if code else reason
    if job.status is JobStatus.CANCELLED:
        return VideoCancelledError(
            f"Job {job.id} was cancelled on the server ({said}). No video was made; whether its render time is billed "
            "is the server's rule. A retry submits a new job.",
            video_id=job.id,
            code=code,
        )
    if job.status is JobStatus.EXPIRED:
        return VideoExpiredError(
            f"Job {job.id} has expired on the server ({said}): the video was made and is gone. It is not rendered "
            "again by itself; to pay for a new one, clear this task with on_clear='new'.",
            video_id=job.id,
            code=code,
        )
    if job.status is not JobStatus.FAILED:
        return None
    evidence = f"{code or ''} {job.error.message if job.error else ''}"
    if _POLICY.search(evidence):
        return PolicyRefusalError(
            f"The server's content policy refused job {job.id} ({said}). Refused jobs are as a rule not billed. The "
            "same prompt and picture will be refused again, so the task does not retry: change them.",
            video_id=job.id,
            code=code,
        )
    if _QUOTA.search(evidence):
        return QuotaExceededError(
            f"Job {job.id} failed because the account has no credit left ({said}). Top up, then clear this task.",
            video_id=job.id,
            code=code,
        )
    return VideoFailedError(
        f"The server failed job {job.id} ({said}). No video was made; failed jobs are as a rule not billed. "
        "A retry submits one new job.",
        video_id=job.id,
        code=code,
    )
