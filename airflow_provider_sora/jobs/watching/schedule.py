"""When a job is looked at next. ``poll_interval`` is the longest pause; what is known of its kind makes it shorter."""

from __future__ import annotations

from airflow_provider_sora.jobs.watching.usual import Kind, Usual
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob

#: The shortest pause in seconds, or this share of ``poll_interval`` where that is longer.
SHORTEST = 1.0
SHARE = 1 / 20
#: Single pauses are shortened by up to this share at random, so that many jobs do not fall due together.
JITTER = 0.1
#: A creation date that makes a job older than this, in seconds, is no date.
OLDEST = 7 * 86_400.0


def age_of(created_at: float | None, began: float, server_now: float, now: float) -> float:
    """Seconds since the job was made: by the server's own dates where they make sense, else since ``began``."""
    if created_at is not None and 0.0 <= server_now - created_at <= OLDEST:
        return server_now - created_at
    return max(now - began, 0.0)


def taken_by(job: VideoJob, age: float) -> float:
    """Seconds that an ended job took: by the server's own two dates where it gives them."""
    if job.created_at is not None and job.completed_at is not None:
        taken = job.completed_at - job.created_at
        if 0.0 <= taken <= min(OLDEST, age + 1.0):
            return taken
    return age


def pause_after(status: JobStatus, kind: Kind, age: float, poll_interval: float, usual: Usual) -> float:
    """Seconds until the next look at a job that is not done: at most ``poll_interval``.

    One that is queued, young, of an unknown kind, or already later than any before it gets the whole of it.
    """
    wished = None if status is JobStatus.QUEUED else usual.next_look(kind, age)
    if wished is None:
        return poll_interval
    return min(max(wished - age, SHORTEST, poll_interval * SHARE), poll_interval)
