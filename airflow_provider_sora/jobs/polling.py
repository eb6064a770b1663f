"""What one look at a job means, decided without a clock, a sleep or a socket.

The synchronous wait, the trigger and the sensor all ask :func:`judge`, so they cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    PollingFailedError,
    RateLimitedError,
    SoraError,
    UnsupportedByServerError,
    VideoExpiredError,
    VideoNotFoundError,
    VideoTimeoutError,
)
from airflow_provider_sora.jobs.outcome import error_of
from airflow_provider_sora.protocol.job import VideoJob

#: Longest pause between two looks while the server does not answer, in seconds.
MAX_BACKOFF = 120.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What stays the same during a wait.

    :param deadline: Unix seconds after which the wait ends and the job is left in place.
    :param poll_interval: seconds between two looks.
    :param miss_grace: seconds for which 404 and 401 are no verdict: right after a good create, or behind
        several replicas, a server may not know its own job yet.
    :param max_failures: so many looks in a row without an answer end the wait.
    """

    video_id: str
    deadline: float
    poll_interval: float = 15.0
    miss_grace: float = 60.0
    max_failures: int = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look leaves behind for the next."""

    failures: int = 0
    first_miss_at: float | None = None


@dataclass(frozen=True, slots=True)
class KeepWaiting:
    delay: float
    seen: Seen
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    job: VideoJob


@dataclass(frozen=True, slots=True)
class Ended:
    """The wait is over without a video. ``job`` is set when the server itself ended the job."""

    error: SoraError
    job: VideoJob | None = None


Verdict = KeepWaiting | Completed | Ended


def ended(job: VideoJob) -> Completed | Ended:
    """The verdict on a job whose status is final."""
    error = error_of(job)
    return Completed(job) if error is None else Ended(error, job)


def timed_out(watch: Watch) -> VideoTimeoutError:
    return VideoTimeoutError(
        f"Job {watch.video_id} did not finish before this task's timeout. The job was left in place and is paid for; "
        "it may still complete. A retry looks once more; a larger timeout, or clearing the task, waits anew.",
        video_id=watch.video_id,
    )


def unasked(watch: Watch, observation: SoraError) -> VideoExpiredError:
    """The server has no call to ask for a job: what its answer to create held is gone with the try that got it."""
    return VideoExpiredError(
        f"Job {watch.video_id} cannot be asked for ({observation.message}) The video existed only in the answer to "
        "create, which an earlier try received and did not archive. It is paid for and lost; to pay for a new one, "
        "clear this task with on_clear='new'.",
        video_id=watch.video_id,
    )


def judge(watch: Watch, seen: Seen, observation: VideoJob | SoraError, now: float) -> Verdict:
    """Decide after one look what to do next. An unknown status word counts as running."""
    if isinstance(observation, VideoJob):
        if observation.status.is_final:
            return ended(observation)
        return _wait(watch, Seen(), watch.poll_interval, now)
    if isinstance(observation, (VideoNotFoundError, AuthenticationFailedError)):
        return _missed(watch, seen, observation, now)
    if isinstance(observation, UnsupportedByServerError):
        return Ended(unasked(watch, observation))
    if isinstance(observation, RateLimitedError):
        delay = max(observation.retry_after or 0.0, watch.poll_interval)
        return _wait(watch, seen, delay, now, "the server limits our rate")
    failures = seen.failures + 1
    if failures >= watch.max_failures:
        return Ended(
            PollingFailedError(
                f"The server did not answer {failures} looks at job {watch.video_id} in a row (last: "
                f"{observation.message}). The job was left in place and may still complete; nothing was submitted "
                "again. A retry goes on waiting for the same job.",
                video_id=watch.video_id,
            )
        )
    delay = min(watch.poll_interval * 2 ** (failures - 1), max(MAX_BACKOFF, watch.poll_interval))
    return _wait(watch, replace(seen, failures=failures), delay, now, observation.message)


def _wait(watch: Watch, seen: Seen, delay: float, now: float, trouble: str | None = None) -> Verdict:
    if now >= watch.deadline:
        return Ended(timed_out(watch))
    return KeepWaiting(min(delay, max(watch.deadline - now, 0.0)), seen, trouble)


def _missed(watch: Watch, seen: Seen, observation: SoraError, now: float) -> Verdict:
    first = seen.first_miss_at if seen.first_miss_at is not None else now
    if now - first < watch.miss_grace:
        delay = min(watch.poll_interval, watch.miss_grace - (now - first))
        return _wait(watch, replace(seen, first_miss_at=first), delay, now, observation.message)
    if isinstance(observation, AuthenticationFailedError):
        return Ended(
            type(observation)(
                f"The server refuses our key when asked about job {watch.video_id}, though it took the job: "
                f"{observation.message} The job was left in place and may complete. Likely causes: the key was changed "
                "meanwhile, or a gateway routes this call elsewhere. Mend the connection, then clear this task: it "
                "goes on with the same job.",
                video_id=watch.video_id,
                status_code=observation.status_code,
            )
        )
    return Ended(
        VideoNotFoundError(
            f"The server took job {watch.video_id} but does not know it any more. It may be paid for; nothing was "
            "submitted again. Likely causes: several replicas without sticky routing, a server that keeps jobs in "
            "memory and was restarted, or a gateway that routes this call elsewhere. If the job is truly lost, clear "
            "this task with on_clear='new' to pay for another.",
            video_id=watch.video_id,
            status_code=observation.status_code,
        )
    )
