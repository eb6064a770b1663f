"""The steps of a paying task, in order. Loaded when one runs, and by nothing that Airflow parses."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_provider_sora import metrics
from airflow_provider_sora.compat import runs_inline
from airflow_provider_sora.exceptions import RateLimitedError, SoraError
from airflow_provider_sora.jobs.turn import NOT_ASKED, Turn, by_chance
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, Seen, Watch, ended, timed_out
from airflow_provider_sora.jobs.waiting.wait import wait_for
from airflow_provider_sora.record import RECORD_KEY, read_record
from airflow_provider_sora.tasks.archiving.keeping import read_keeping
from airflow_provider_sora.tasks.ending import Course, conclude, refuse_execution_timeout
from airflow_provider_sora.tasks.paying.obtaining import Paid, connections_of, ledger_of, obtain_job, told_of_earlier
from airflow_provider_sora.tasks.running import running
from airflow_provider_sora.tasks.submission_record import record_of
from airflow_provider_sora.tasks.terms import read_terms
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, outcome_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.operators.shared.submit import SoraSubmitOperator
    from airflow_provider_sora.tasks.terms import Terms


def submit_and_wait(operator: SoraSubmitOperator, context: Context, turn: Turn = NOT_ASKED) -> dict[str, Any]:
    """The task's job, paid for once, and its end; or a deferral until then.

    :param turn: since when the task has asked a server that takes no more jobs for now.
    """
    began = time.time()
    task = running(operator, context)
    ledger = ledger_of(task, operator.durable)
    with told_of_earlier(ledger):
        operator.settle_request(context, ledger)
        terms = read_terms(vars(operator))
        conn_ids = connections_of(terms, ledger)
        build = partial(operator.build_submission, terms)
        while True:
            try:
                paid = obtain_job(task, terms, operator.kind, build, ledger, conn_ids)
                break
            except RateLimitedError as error:
                turn = _wait_for_turn(operator, error, turn, terms)
    hook, job, entry = paid.hook, paid.job, paid.entry
    if entry.try_number == context["ti"].try_number:
        _count(paid, context)
    record = record_of(
        paid.submission,
        job,
        entry,
        dialect=hook.dialect.name,
        cost_estimate_usd=paid.estimate,
        labels=terms.labels,
    )
    operator.held = hook, job.id
    operator.made, operator.archived = record.to_xcom(), task.archived
    # Early, so that a task that fails later still shows its video, and a deferred one finds it on resume.
    context["ti"].xcom_push(key=RECORD_KEY, value=operator.made)
    course = Course(task, terms.keeping, record, ledger, hook)
    if not terms.wait_for_completion:
        return operator.made
    if job.status.is_final:
        return _concluded(operator, course, ended(job))
    watch = Watch(job.id, entry.deadline or 0.0, terms.poll_interval)
    if terms.deferrable:
        _defer(operator, watch, paid, terms, began)
    started_at = entry.submitted_at or time.time()
    return _concluded(operator, course, wait_for(hook.get_video, watch, log=operator.log, started_at=started_at))


def resume(operator: SoraSubmitOperator, context: Context, event: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a wait in the triggerer ended with, made into the task's end.

    :raises SoraError: the event is about another job; or the job's own error, typed.
    """
    ti, task = context["ti"], running(operator, context)
    shown = ti.xcom_pull(task_ids=ti.task_id, key=RECORD_KEY, map_indexes=ti.map_index)
    record = read_record(shown)
    if not isinstance(event, dict) or event.get("video_id") != record.video_id:
        raise SoraError(
            f"The trigger's event does not belong to job {record.video_id}: {str(event)[:200]}. The job "
            "was left in place; a retry goes on with it.",
            video_id=record.video_id,
        )
    ledger, outcome = ledger_of(task, operator.durable), outcome_of(event)
    refuse_execution_timeout(operator.execution_timeout, ledger, outcome)
    with told_of_earlier(ledger, record.video_id):
        operator.recall_request(context, ledger)
        # Only what is still to come is judged: what was paid for on other terms is not undone.
        keeping = read_keeping(vars(operator))
        operator.made, operator.archived = record.to_xcom(), task.archived
        return _concluded(operator, Course(task, keeping, record, ledger), outcome)


def _concluded(operator: SoraSubmitOperator, course: Course, outcome: Completed | Ended) -> dict[str, Any]:
    """The task's end, and what lineage is told of it."""
    operator.made = made = conclude(course, outcome)
    return made


def _count(paid: Paid, context: Context) -> None:
    tags = metrics.tags_of(context["ti"], paid.hook.dialect.name)
    metrics.count("submitted", tags=tags)
    metrics.count("estimated_usd_cents", round((paid.estimate or 0) * 100), tags=tags)


def _wait_for_turn(operator: SoraSubmitOperator, error: RateLimitedError, turn: Turn, terms: Terms) -> Turn:
    """Wait as long as the server is to be left alone: in the triggerer, which resumes ``execute_in_turn``."""
    now = time.time()
    turn = turn.after(now)
    pause = turn.pause(error, now, terms.choices.timeout, by_chance)
    operator.log.warning("%s Waiting for a turn: asking again in %.0f s, in the same try.", error.message, pause)
    if not terms.deferrable:
        time.sleep(pause)
        return turn
    from airflow.providers.standard.triggers.temporal import DateTimeTrigger

    operator.defer(
        trigger=DateTimeTrigger(moment=datetime.fromtimestamp(now + pause, UTC)),
        method_name="execute_in_turn",
        kwargs={"asked_at": turn.asked_at, "refused": turn.refused},
    )


def _defer(operator: SoraSubmitOperator, watch: Watch, paid: Paid, terms: Terms, began: float) -> None:
    job, entry = paid.job, paid.entry
    left = watch.deadline - time.time()
    if left <= 0:
        # Looked at once just now; a deferral past the deadline would only say the same later.
        raise timed_out(watch, Seen(job=job if job.raw_status else None))
    first = terms.first_poll_after
    if first is None:
        first = 0.0 if runs_inline() else 10.0
    # Airflow itself forgets execution_timeout once a task is deferred.
    limit = math.inf if operator.execution_timeout is None else began + operator.execution_timeout.total_seconds()
    operator.defer(
        trigger=VideoCompletionTrigger(
            video_id=job.id,
            sora_conn_id=entry.sora_conn_id,
            deadline=min(watch.deadline, limit),
            poll_interval=watch.poll_interval,
            first_poll_after=first,
            submitted_at=entry.submitted_at,
            cancel_on_kill=terms.cancel_on_kill,
            discreet=operator.discreet,
        ),
        method_name="execute_complete",
        # Only a net: the trigger keeps the deadline itself and says more.
        timeout=timedelta(seconds=left + watch.poll_interval + 120),
    )
