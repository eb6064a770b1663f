"""What a finished job leaves behind: its verdict in the ledger, an archive where asked, an XCom mapping or an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora import metrics
from airflow_provider_sora.exceptions import MismatchError, SoraError, error_from_details
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, Entry, Ledger
from airflow_provider_sora.operators.source import DEFAULT_CONNECTION
from airflow_provider_sora.operators.submission_record import mismatches, with_job
from airflow_provider_sora.record import RECORD_KEY, VideoRecord

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.operators.submit import SoraSubmitOperator


@dataclass(slots=True)
class Course:
    """A task's way from its job to its end."""

    operator: SoraSubmitOperator
    context: Context
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
        made = {name: facts.get(name) for name in ("model", "size", "seconds")}
        course.ledger.write(entry.changed(phase=COMPLETED, completed_at=facts.get("completed_at"), returned=made))
    course.operator.log.info("Job %s is completed.", record.video_id)
    metrics.count("completed", tags={"dialect": record.dialect})
    _check_mismatch(course, record)
    if course.operator.destination:
        record = _archive(course, record, entry)
    return record.to_xcom()


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
    if not found or course.operator.on_mismatch == "ignore":
        return
    message = f"Video {record.video_id} is not what was asked for ({'; '.join(found)})."
    if course.operator.on_mismatch == "fail":
        raise MismatchError(
            f"{message} It exists and is paid for; it was not archived. Archive it by its id with "
            "ArchiveVideoOperator if it will do, or change the request.",
            video_id=record.video_id,
        )
    course.operator.log.warning("%s Both values are in the receipt.", message)


def _archive(course: Course, record: VideoRecord, entry: Entry | None) -> VideoRecord:
    """Store the video from within the paying task; a retry meets its own objects and moves nothing."""
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.archive.options import ArchiveOptions
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.operators.archive_support import asset_extra, emit_asset_events, run_facts

    operator = course.operator
    result = archive_video(
        course.hook or SoraHook(record.sora_conn_id or DEFAULT_CONNECTION),
        record,
        # The first try's rendering counts: a template with a clock in it must not store the video twice.
        destination=(entry.destination if entry else None) or str(operator.destination),
        options=ArchiveOptions(gcp_conn_id=operator.gcp_conn_id, impersonation_chain=operator.impersonation_chain),
        run=run_facts(course.context),
        log=operator.log,
    )
    metrics.count("archived_bytes", result.bytes_stored, tags={"dialect": record.dialect})
    emit_asset_events(operator, course.context, [asset_extra(result.receipt, result.record)])
    course.context["ti"].xcom_push(key=RECORD_KEY, value=result.record.to_xcom())
    return result.record
