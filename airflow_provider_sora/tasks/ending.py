"""What a finished job leaves behind: its verdict in the ledger, an archive where asked, an XCom mapping or an error."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_sora import metrics
from airflow_provider_sora.exceptions import MismatchError, SoraError, VideoTimeoutError
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, Ledger
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.tasks.archiving.inline_archive import archive_here
from airflow_provider_sora.tasks.archiving.keeping import Keeping
from airflow_provider_sora.tasks.running import Running
from airflow_provider_sora.tasks.submission_record import mismatches, with_job

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook


@dataclass(slots=True)
class Course:
    """A task's way from its job to its end."""

    running: Running
    keeping: Keeping
    record: VideoRecord
    ledger: Ledger
    hook: SoraHook | None = None


def conclude(course: Course, outcome: Completed | Ended) -> dict[str, Any]:
    """What a job's end leaves: the record in the ledger, an error or an XCom mapping, an archive where asked.

    :raises SoraError: the job's own error, typed.
    """
    if isinstance(outcome, Ended):
        _note_end(course, outcome.job)
        metrics.count("failed", tags=metrics.tags_of(course.running.context["ti"], course.record.dialect))
        raise outcome.error
    job = outcome.job
    record = with_job(course.record, job)
    entry = course.ledger.read()
    if entry is not None and entry.video_id == record.video_id and entry.phase != COMPLETED:
        made = {**entry.returned, "model": job.model, "size": job.size, "seconds": job.seconds}
        ended = entry.changed(phase=COMPLETED, completed_at=job.completed_at, returned=made)
        course.ledger.write(ended, just_read=True)
    metrics.count("completed", tags=metrics.tags_of(course.running.context["ti"], record.dialect))
    _check_mismatch(course, record)
    if course.keeping.destination:
        # The first try's rendering counts: a template with a clock in it must not store the video twice.
        first = entry.destination if entry else None
        destination = first or course.keeping.destination
        record = archive_here(course.running, course.keeping, record, course.hook, destination=destination)
    return record.to_xcom()


def refuse_execution_timeout(limit: timedelta | None, ledger: Ledger, outcome: Completed | Ended) -> None:
    """Say that it was ``execution_timeout`` that ended a wait in the triggerer, where the job's own deadline did not.

    :raises VideoTimeoutError: a retry goes on with the job.
    """
    ours = isinstance(outcome, Ended) and type(outcome.error) is VideoTimeoutError
    entry = ledger.read() if ours and limit else None
    if entry is not None and (entry.deadline or 0.0) > time.time():
        raise VideoTimeoutError(
            f"The task's execution_timeout of {limit} passed while it waited for job "
            f"{entry.video_id} in the triggerer. The job was left in place and may be billed; it may still complete. A "
            "retry goes on with it and pays for nothing.",
            video_id=entry.video_id,
        )


def cancel_if_unfinished(hook: SoraHook, video_id: str, log: Any) -> None:
    """Cancel a job of a killed task by the server's cancel call; where that cannot be, the job is left in place."""
    try:
        if not hook.get_video(video_id).status.is_final:
            hook.cancel_video(video_id)
            log.info("Asked the server to cancel job %s.", video_id)
    except SoraError as error:
        log.warning("Job %s was not cancelled and was left in place: %s", video_id, error.message)


def _note_end(course: Course, job: VideoJob | None) -> None:
    """Only a verdict of the server lets a retry pay for another job; a timeout of ours does not."""
    if job is None or job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        return
    entry = course.ledger.read()
    if entry is not None and entry.video_id == course.record.video_id:
        course.ledger.write(entry.changed(phase=FAILED), just_read=True)


def _check_mismatch(course: Course, record: VideoRecord) -> None:
    found = mismatches(record)
    if not found or course.keeping.on_mismatch == "ignore":
        return
    message = f"Video {record.video_id} is not what was asked for ({'; '.join(found)})."
    if course.keeping.on_mismatch == "fail":
        raise MismatchError(
            f"{message} It exists and is paid for; it was not archived. Archive it by its id with "
            "ArchiveVideoOperator if it will do, or change the request.",
            video_id=record.video_id,
        )
    course.running.log.warning("%s Both values are in the receipt.", message)
