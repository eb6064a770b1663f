"""Going on with a job whose id is on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.ledger import COMPLETED, Entry
from airflow_provider_sora.jobs.server import AskedServer
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob


def after_clear(entry: Entry, max_tries: int, now: float, timeout: float, destination: str | None) -> Entry:
    """What a clear by the user changes: a wait that is over starts anew, and the destination may be another.

    ``max_tries`` becomes this try's, or the next automatic retry would look like another clear.
    """
    if entry.max_tries == max_tries and entry.decided is None:
        return entry
    deadline = now + timeout if (entry.deadline or 0.0) <= now else entry.deadline
    return entry.changed(max_tries=max_tries, deadline=deadline, destination=destination, decided=None)


def look_again(server: AskedServer, entry: Entry, log: Any) -> VideoJob:
    """One look at a recorded job. No answer is no verdict: the wait that follows has the patience for it."""
    video_id = entry.video_id or ""
    try:
        job = server.get_video(video_id)
    except SoraError as error:
        job = VideoJob(id=video_id, status=JobStatus.IN_PROGRESS)
        log.warning("Job %s could not be looked at: %s", video_id, error.message)
    if entry.phase != COMPLETED or job.status is JobStatus.COMPLETED:
        return job
    # It was seen completed before. Its archive may hold the video even when the server has dropped it, so
    # this is for the archive step to find out; nothing is rendered again either way.
    log.warning("Job %s was completed before; the server may no longer hold it.", video_id)
    facts: Mapping[str, Any] = entry.returned
    return VideoJob(
        id=video_id,
        status=JobStatus.COMPLETED,
        model=facts.get("model"),
        size=facts.get("size"),
        seconds=facts.get("seconds"),
        completed_at=entry.completed_at,
    )
