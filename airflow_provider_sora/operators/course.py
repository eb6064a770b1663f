"""The two ends of a paying task: who is asked to pay, and what a finished job leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora import metrics
from airflow_provider_sora.exceptions import ConfigurationError, MismatchError, error_from_details
from airflow_provider_sora.jobs.cost import say_usd
from airflow_provider_sora.jobs.fingerprint import Scope
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, Entry, Ledger
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.siblings import CLAIM_KEY, AirflowDagReader, claim_of, read_siblings
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.operators.arguments import as_number
from airflow_provider_sora.operators.source import DEFAULT_CONNECTION
from airflow_provider_sora.operators.submission_record import mismatches, with_job
from airflow_provider_sora.record import VideoRecord

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


def scope_of(context: Context) -> Scope:
    ti = context["ti"]
    map_index = ti.map_index if isinstance(ti.map_index, int) else -1
    return Scope(ti.dag_id, ti.run_id, ti.task_id, map_index)


def paying_task_ids(operator: SoraSubmitOperator) -> list[str]:
    """Ids of all tasks of the DAG that pay for videos, this one included."""
    from airflow_provider_sora.operators.submit import SoraSubmitOperator

    found = {operator.task_id}
    dag = operator.get_dag()
    for task_id, task in (dag.task_dict if dag else {}).items():
        kind = getattr(task, "operator_class", type(task))
        if isinstance(kind, type) and issubclass(kind, SoraSubmitOperator):
            found.add(task_id)
    return sorted(found)


def choices_of(operator: SoraSubmitOperator) -> Choices:
    """What the user decided beforehand about money.

    :raises ConfigurationError: an unknown word, or no number where one belongs; nothing was paid.
    """
    choices = Choices(
        on_ambiguous_submit=str(operator.on_ambiguous_submit),
        on_change=str(operator.on_change),
        on_clear=str(operator.on_clear),
        ambiguous_settle=as_number("ambiguous_settle", operator.ambiguous_settle) or 0.0,
        timeout=as_number("timeout", operator.timeout) or 0.0,
    )
    choices.validate()
    if operator.on_mismatch not in ("warn", "fail", "ignore"):
        raise ConfigurationError(
            f"on_mismatch={operator.on_mismatch!r} is not one of warn, fail, ignore. Nothing was paid."
        )
    as_number("poll_interval", operator.poll_interval)
    return choices


def submitter_for(
    operator: SoraSubmitOperator,
    context: Context,
    hook: SoraHook,
    choices: Choices,
    ledger: Ledger,
    estimate: float | None,
) -> Submitter:
    """Everything that paying once needs, taken from the running task."""
    ti, scope = context["ti"], scope_of(context)

    def announce(entry: Entry) -> None:
        ti.xcom_push(key=CLAIM_KEY, value=claim_of(entry))
        if entry.video_id:
            ti.xcom_push(key="video_id", value=entry.video_id)

    return Submitter(
        server=hook,
        sora_conn_id=hook.sora_conn_id,
        ledger=ledger,
        scope=scope,
        choices=choices,
        try_number=ti.try_number,
        max_tries=getattr(ti, "max_tries", 0),
        announce=announce,
        siblings=lambda entry: read_siblings(AirflowDagReader(ti), scope, paying_task_ids(operator), entry),
        lists_prompts="list" in hook.dialect.calls and hook.dialect.list_has_prompts,
        honours_key=hook.dialect.honours_idempotency_key,
        request_timeout=hook.settings.timeout,
        cost=say_usd(estimate),
        destination=operator.destination,
        log=operator.log,
    )


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
    from airflow_provider_sora.links.video import ARCHIVED_URI_KEY
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
    course.context["ti"].xcom_push(key=ARCHIVED_URI_KEY, value=result.record.uri)
    return result.record
