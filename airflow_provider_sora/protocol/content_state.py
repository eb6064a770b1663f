"""Why a job's content cannot be had: not there yet, failed, or gone. Pure."""

from __future__ import annotations

import time

from airflow_provider_sora.exceptions import (
    ServerFaultError,
    SoraError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.protocol.answers import Call
from airflow_provider_sora.protocol.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.redaction import redact

#: Content may lag behind the word "completed" by this many seconds before its absence means that it is gone.
GRACE = 120.0


def gone_or_not_ready(job: VideoJob, call: Call) -> SoraError:
    """The exception for a job without content, by what the job itself says."""
    if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        said = redact(job.error.message, call.secrets)[:300] if job.error else "no reason given"
        cls = VideoFailedError if job.status is JobStatus.FAILED else VideoCancelledError
        return cls(
            f"There is no video to download: {call.server} says the job is {job.status}: {said}. "
            "Next: correct the request and clear the task that made it.",
            video_id=job.id,
            code=job.error.code if job.error else None,
        )
    if not job.status.is_final:
        return ServerFaultError(
            f"The video is not ready: {call.server} says the job is {job.raw_status or job.status}. "
            "The call costs nothing. Next: wait until the job is completed.",
            video_id=job.id,
        )
    now = time.time()
    expired = job.status is JobStatus.EXPIRED or (job.expires_at is not None and job.expires_at <= now)
    if not expired and job.completed_at is not None and now - job.completed_at < GRACE:
        return ServerFaultError(
            f"{call.server} says the job is completed but does not give its content yet. "
            "The call costs nothing. Next: try again.",
            video_id=job.id,
        )
    return VideoExpiredError(
        f"The video is gone from {call.server}: the job says {job.raw_status or job.status}, its content is not there. "
        "It was made and probably billed. Next: archive sooner after completion; only a new job brings it back.",
        video_id=job.id,
    )
