"""What one look at a job means, decided without a clock, a sleep or a socket.

The synchronous wait, the trigger and the sensor all ask :func:`judge`, so they cannot drift apart. What the end of a
wait says is worded in :mod:`.seen`.
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
from airflow_provider_sora.jobs.waiting.seen import Seen, Watch, aftermath, last_seen, unknown_word
from airflow_provider_sora.jobs.waiting.verdict import error_of
from airflow_provider_sora.protocol.answers.job import VideoJob

#: Longest pause between two looks while the server does not answer, in seconds.
MAX_BACKOFF = 120.0

__all__ = ["Completed", "Ended", "KeepWaiting", "Seen", "Verdict", "Watch", "ended", "judge", "timed_out", "unasked"]


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


def ended(job: VideoJob, *, ours: bool = True) -> Completed | Ended:
    """The verdict on a job whose status is final."""
    error = error_of(job, ours=ours)
    return Completed(job) if error is None else Ended(error, job)


def timed_out(watch: Watch, seen: Seen | None = None) -> VideoTimeoutError:
    """Our deadline passed; what was last seen, and the setting that would help, stand in it."""
    seen = seen or Seen()
    return VideoTimeoutError(
        f"Job {watch.video_id} did not finish before this task's timeout. {last_seen(seen)} {aftermath(watch, seen)}"
        + (" A retry looks once more; a larger timeout, or clearing the task, waits anew." if watch.ours else ""),
        video_id=watch.video_id,
    )


def unasked(watch: Watch, observation: SoraError) -> VideoExpiredError:
    """The server has no call to ask for a job: what its answer to create held is gone with the try that got it."""
    return VideoExpiredError(
        f"Job {watch.video_id} cannot be asked for ({observation.message}) The video existed only in the answer to "
        "create, which an earlier try received and did not archive. "
        + (
            "It is paid for and lost; to pay for a new one, clear this task with on_clear='new'."
            if watch.ours
            else "Only the task that submitted it could have archived it."
        ),
        video_id=watch.video_id,
    )


def judge(watch: Watch, seen: Seen, observation: VideoJob | SoraError, now: float) -> Verdict:
    """Decide after one look what to do next. An unknown status word counts as running."""
    if isinstance(observation, VideoJob):
        if observation.status.is_final:
            return ended(observation, ours=watch.ours)
        fresh = Seen(job=observation, word_at_once=unknown_word(observation))
        news = fresh.word_at_once if fresh.word_at_once != seen.word_at_once else None
        return _wait(watch, fresh, watch.poll_interval, now, news)
    verdict = _trouble(watch, seen, observation, now)
    if isinstance(verdict, Ended):
        verdict.error.__cause__ = observation  # as ``raise … from`` would leave it
    return verdict


def _trouble(watch: Watch, seen: Seen, observation: SoraError, now: float) -> Verdict:
    """What it means that no job was seen."""
    seen = replace(seen, trouble=observation.message)
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
                f"The server gave no usable answer to {failures} looks at job {watch.video_id} in a row. "
                f"{last_seen(seen)} {aftermath(watch, seen)}"
                + (" A retry goes on waiting for the same job." if watch.ours else ""),
                video_id=watch.video_id,
            )
        )
    delay = min(watch.poll_interval * 2 ** (failures - 1), max(MAX_BACKOFF, watch.poll_interval))
    return _wait(watch, replace(seen, failures=failures), delay, now, observation.message)


def _wait(watch: Watch, seen: Seen, delay: float, now: float, trouble: str | None = None) -> Verdict:
    if now >= watch.deadline:
        return Ended(timed_out(watch, seen))
    return KeepWaiting(min(delay, max(watch.deadline - now, 0.0)), seen, trouble)


def _missed(watch: Watch, seen: Seen, observation: SoraError, now: float) -> Verdict:
    first = seen.first_miss_at if seen.first_miss_at is not None else now
    never_seen = now >= watch.deadline and seen.job is None
    if now - first < watch.miss_grace and not never_seen:
        delay = min(watch.poll_interval, watch.miss_grace - (now - first))
        return _wait(watch, replace(seen, first_miss_at=first), delay, now, observation.message)
    known = f"It last said {seen.job.raw_status!r} of it. " if seen.job is not None and seen.job.raw_status else ""
    if isinstance(observation, AuthenticationFailedError):
        took = "though it took the job" if watch.ours else "a job that something else submitted"
        return Ended(
            type(observation)(
                f"The server refuses our key when asked about job {watch.video_id}, {took}: {observation.message} "
                f"{known}The job was left in place. Likely causes: the key was changed meanwhile, or a gateway routes "
                "this call elsewhere. Mend the connection, then clear this task: it goes on with the same job.",
                video_id=watch.video_id,
                status_code=observation.status_code,
            )
        )
    causes = (
        "Likely causes: several replicas without sticky routing, a server that keeps jobs in memory and was restarted, "
        "or a gateway that routes this call elsewhere."
    )
    if watch.ours:
        text = (
            f"The server took job {watch.video_id} but does not know it any more. {known}It may be paid for; nothing "
            f"was submitted again. {causes} If the job is truly lost, clear this task with on_clear='new' to pay for "
            "another."
        )
    else:
        text = (
            f"The server does not know job {watch.video_id}. {known}This task only watches it and submitted nothing. "
            f"{causes} Or the id or the connection is another one: compare them with the task that submitted the job."
        )
    return Ended(VideoNotFoundError(text, video_id=watch.video_id, status_code=observation.status_code))
