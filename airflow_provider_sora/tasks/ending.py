"""What a finished job leaves behind: its verdict in the ledger, an archive where asked, an XCom mapping or an error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_sora import metrics
from airflow_provider_sora.exceptions import MismatchError, SoraError, VideoTimeoutError, error_from_details
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, Ledger
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.tasks.inline_archive import archive_here
from airflow_provider_sora.tasks.keeping import Keeping
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


def conclude(course: Course, event: Mapping[str, Any]) -> dict[str, Any]:
    """What a job's end leaves: the record in the ledger, an error or an XCom mapping, an archive where asked.

    :raises SoraError: the job's own error, typed.
    """
    facts = event.get("job")
    if event.get("status") != "completed":
        _note_end(course, facts)
        metrics.count("failed", tags={"dialect": course.record.dialect})
        raise error_from_details(event.get("error") or {"message": f"Unknown event: {str(event)[:200]}"})
    facts = facts or {}
    record = with_job(course.record, facts)
    entry = course.ledger.read()
    if entry is not None and entry.video_id == record.video_id and entry.phase != COMPLETED:
        made = {**entry.returned, **{name: facts.get(name) for name in ("model", "size", "seconds")}}
        course.ledger.write(entry.changed(phase=COMPLETED, completed_at=facts.get("completed_at"), returned=made))
    course.running.log.info("Job %s is completed.", record.video_id)
    metrics.count("completed", tags={"dialect": record.dialect})
    _check_mismatch(course, record)
    if course.keeping.destination:
        # The first try's rendering counts: a template with a clock in it must not store the video twice.
        first = entry.destination if entry else None
        destination = first or course.keeping.destination
        record = archive_here(course.running, course.keeping, record, course.hook, destination=destination)
    return record.to_xcom()


def refuse_execution_timeout(limit: timedelta | None, ledger: Ledger, event: Mapping[str, Any]) -> None:
    """Say that it was ``execution_timeout`` that ended a wait in the triggerer, where the job's own deadline did not.

    :raises VideoTimeoutError: a retry goes on with the job.
    """
    entry, error = ledger.read(), event.get("error")
    ours = isinstance(error, Mapping) and error.get("type") == VideoTimeoutError.__name__
    if ours and limit and entry is not None and (entry.deadline or 0.0) > time.time():
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


def _note_end(course: Course, facts: Mapping[str, Any] | None) -> None:
    """Only a verdict of the server lets a retry pay for another job; a timeout of ours does not."""
    if not facts or facts.get("status") not in ("failed", "cancelled"):
        return
    entry = course.ledger.read()
    if entry is not None and entry.video_id == course.record.video_id:
        course.ledger.write(entry.changed(phase=FAILED))


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
