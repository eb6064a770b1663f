"""Why a job's content cannot be had: not there yet, failed, or gone. Pure."""

from __future__ import annotations

import time

from airflow_provider_sora.exceptions import (
    PolicyRefusalError,
    QuotaExceededError,
    ServerFaultError,
    SoraError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.answers.refusals import Refusal, of_failure
from airflow_provider_sora.protocol.http.call import Call
from airflow_provider_sora.protocol.http.reading.redaction import redact

#: Seconds between two attempts at content that is not there yet. Gateways need up to a minute until the address of a
#: job that they call completed resolves; whoever reads content tries a handful of times, which makes that minute.
NOT_YET_PAUSE = 10.0
#: A job that was completed this many seconds ago, by its own time, is not asked again within the same try.
FRESH = 900.0


def gone_or_not_ready(job: VideoJob, call: Call, status: int | None = None, *, was_there: bool = False) -> SoraError:
    """The exception for a job without content, by what was seen: "gone" needs an expiry, or content that was there.

    :param status: the HTTP status of the answer to the request for content.
    :param was_there: True when this reader has already had bytes of that content.
    """
    said = f"{redact(job.error.shown, call.secrets)[:300]}" if job.error else "no reason given"
    if job.status is JobStatus.CANCELLED:
        code = job.error.shown_code if job.error else None
        return VideoCancelledError(_no_video(job, call, said), video_id=job.id, code=code)
    if job.status is JobStatus.FAILED:
        return _failed(job, call, said)
    answered = "" if status is None else f", its content answers HTTP {status}"
    if not job.status.is_final:
        return ServerFaultError(
            f"The video is not ready: {call.server} says the job is {job.raw_status or job.status}{answered}. "
            "The call costs nothing.",
            step="wait until the job is completed.",
            video_id=job.id,
            status_code=status,
            retry_after=NOT_YET_PAUSE,
        )
    now = time.time()
    why = None
    if job.status is JobStatus.EXPIRED:
        why = f"the job says {job.raw_status or job.status}"
    elif job.expires_at is not None and job.expires_at <= now:
        why = f"it was kept until {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(job.expires_at))} UTC"
    elif was_there:
        why = "a part of it was read already"
    elif status == 410:
        why = "HTTP 410 means that it was there"
    if why is not None:
        return VideoExpiredError(
            f"The video is gone from {call.server}: {why}{answered}. It was made and probably billed.",
            step="archive sooner after completion; only a new job brings it back.",
            video_id=job.id,
            status_code=status,
        )
    fresh = job.completed_at is None or now - job.completed_at < FRESH
    return ServerFaultError(
        f"{call.server} says the job is {job.raw_status or job.status} but does not give its content yet{answered}. "
        "Nothing says that it expired. The call costs nothing; the job was left as it is.",
        step=(
            "try again; if it stays "
            "so, name the place of the video in the job as content_at in the connection's dialect."
        ),
        video_id=job.id,
        status_code=status,
        retry_after=NOT_YET_PAUSE if fresh else None,
    )


def _no_video(job: VideoJob, call: Call, said: str) -> str:
    return (
        f"There is no video to download: {call.server} says the job is {job.status}: {said}. "
        "Next: correct the request and clear the task that made it."
    )


def _failed(job: VideoJob, call: Call, said: str) -> SoraError:
    kind = of_failure(job.error.code if job.error else None, job.error.message if job.error else "")
    shown = job.error.shown_code if job.error else None
    cls = {Refusal.POLICY: PolicyRefusalError, Refusal.QUOTA: QuotaExceededError}.get(kind) if kind else None
    return (cls or VideoFailedError)(_no_video(job, call, said), video_id=job.id, code=shown)


def address_refused(call: Call, status: int) -> SoraError:
    """The exception for an address that the server gave, by itself or in a redirect, and that is refused.

    It says nothing about our key, nor that the video is gone: the address may be older than its signature, or younger
    than its file.
    """
    return ServerFaultError(
        f"The address of the video answered HTTP {status}: its file is not there yet, the address has expired, or it "
        "needs rights that we lack. The call costs nothing; the job was left as it is.",
        step="try again, which asks the server for a fresh address.",
        video_id=call.video_id,
        status_code=status,
        retry_after=NOT_YET_PAUSE,
    )


def kept_from_create(made_here: VideoJob | None, call: Call) -> VideoJob:
    """The job as its create call returned it, for a server that hands the video out there only.

    :raises VideoExpiredError: another process had that answer.
    """
    if made_here is None:
        raise VideoExpiredError(
            f"{call.server} hands a video out in the answer to create only, and that answer is gone. "
            "The video was made and probably billed.",
            step="give the create operator a destination, which archives the video in the same task.",
            video_id=call.video_id,
        )
    return made_here
