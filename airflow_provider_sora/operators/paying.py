"""Who is asked to pay, and on which terms: from a running task to its one job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.compat import state_store
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    QuotaExceededError,
    RateLimitedError,
    ServerUnreachableError,
    UnsupportedByServerError,
)
from airflow_provider_sora.jobs.cost import check_limit, estimate_usd, say_usd
from airflow_provider_sora.jobs.fingerprint import Scope
from airflow_provider_sora.jobs.ledger import FAILED, INTENT, REFUSED, Entry, Ledger
from airflow_provider_sora.jobs.moved import Neighbours, read_neighbours
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.siblings import CLAIM_KEY, AirflowDagReader
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.operators.arguments import as_number, as_text
from airflow_provider_sora.operators.inline_archive import check_destination
from airflow_provider_sora.operators.payers import SiblingsReader, note_payers
from airflow_provider_sora.operators.source import check_same_server, connection_for
from airflow_provider_sora.protocol.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.record import VideoRecord

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.operators.submit import SoraSubmitOperator


def scope_of(context: Context) -> Scope:
    """Which task instance pays, and in which deployment where its configuration names it."""
    from airflow.sdk import conf

    ti = context["ti"]
    map_index = ti.map_index if isinstance(ti.map_index, int) else -1
    return Scope(ti.dag_id, ti.run_id, ti.task_id, map_index, conf.get("sora", "deployment_id", fallback="").strip())


def neighbours_of(context: Context, scope: Scope) -> Callable[[], Neighbours] | None:
    """How to read what the other map indexes hold; None where no list can have come in another order."""
    if scope.map_index < 0 or not context["dag_run"].clear_number:
        return None
    return lambda: read_neighbours(AirflowDagReader(context["ti"]), scope)


def paying_task_ids(operator: BaseOperator) -> list[str]:
    """Ids of all tasks of the operator's DAG that pay for videos, and its own."""
    from airflow_provider_sora.operators.submit import SoraSubmitOperator

    found = {operator.task_id}
    dag = operator.get_dag()
    for task_id, task in (dag.task_dict if dag else {}).items():
        kind = getattr(task, "operator_class", type(task))
        if isinstance(kind, type) and issubclass(kind, SoraSubmitOperator):
            found.add(task_id)
    return sorted(found)


def ledger_of(operator: SoraSubmitOperator, context: Context) -> Ledger:
    """The task's recovery record; says so where there can be none."""
    store = state_store(context) if operator.durable else None
    if operator.durable and store is None:
        operator.log.warning(
            "durable=True, but this Airflow has no task state store (it came with 3.3): a retry after a crash of the "
            "worker cannot find the job it paid for and may pay again."
        )
    return Ledger(store)


def connections_of(operator: SoraSubmitOperator, source: VideoRecord | None, ledger: Ledger) -> list[str]:
    """Connections to try, in order; a job under way binds the task to the one that took it."""
    ids = [connection_for(as_text(operator.sora_conn_id), source), *operator.fallbacks()]
    entry = ledger.read()
    if entry is not None and entry.phase not in (REFUSED, FAILED) and entry.sora_conn_id in ids:
        return [entry.sora_conn_id]
    return ids


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


#: Refusals after which another connection may be asked: certain, and not about the content of the request.
TERMINAL_REFUSALS = (
    AuthenticationFailedError,
    QuotaExceededError,
    RateLimitedError,
    ServerUnreachableError,
    UnsupportedByServerError,
)


@dataclass(frozen=True, slots=True)
class Paid:
    """A job, and through whom and for what it was obtained."""

    hook: SoraHook
    submission: Submission
    job: VideoJob
    entry: Entry
    estimate: float | None


def obtain_job(
    operator: SoraSubmitOperator,
    context: Context,
    choices: Choices,
    ledger: Ledger,
    source: VideoRecord | None,
    conn_ids: list[str],
) -> Paid:
    """The task's job, from the first connection that does not refuse it for certain.

    :raises SoraError: the last refusal; or at once anything that is no certain refusal, an ambiguous submit above all.
    """
    from airflow_provider_sora.hooks.sora import SoraHook

    for conn_id, following in zip(conn_ids, [*conn_ids[1:], None], strict=True):
        hook = SoraHook(conn_id)
        try:
            check_same_server(source, hook.base_url)
            _recall(operator, hook, ledger)
            asked = operator.build_submission(hook, source)
            try:
                return _paid(operator, context, hook, choices, ledger, source, asked)
            except UnsupportedByServerError as error:
                # Asked for a call that it does not have: what was learnt may lead to another request.
                other, entry = operator.build_submission(hook, source), ledger.read()
                if other.kind is asked.kind or (entry is not None and entry.phase != REFUSED):
                    raise
                operator.log.warning("%s", error.message)
                return _paid(operator, context, hook, choices, ledger, source, other)
        except TERMINAL_REFUSALS as error:
            if following is None:
                raise
            operator.log.warning("%s refused: %s Asking %s instead.", conn_id, error.message, following)
    raise ConfigurationError("No connection to ask. Nothing was paid.")


def _recall(operator: SoraSubmitOperator, hook: SoraHook, ledger: Ledger) -> None:
    """What an earlier try learnt of this server: it recorded a create where this task asks for a remix.

    A remix whose answer was lost stays one until it is settled, whatever was learnt since.
    """
    from airflow_provider_sora.protocol import missing

    entry = ledger.read()
    if getattr(operator, "kind", None) is not SubmitKind.REMIX or entry is None or entry.base_url != hook.base_url:
        return
    call = hook.dialect.remix_call
    if call is not None and entry.fingerprint.is_for(SubmitKind.CREATE):
        missing.remember(hook.base_url, call)
    elif call is None and entry.phase == INTENT:
        missing.forget(hook.base_url)


def _paid(
    operator: SoraSubmitOperator,
    context: Context,
    hook: SoraHook,
    choices: Choices,
    ledger: Ledger,
    source: VideoRecord | None,
    submission: Submission,
) -> Paid:
    """One request, checked and priced, and its job."""
    check_destination(operator, hook.dialect, ledger)
    hook.check(submission)
    estimate = estimate_usd(hook.settings.prices, *operator.priced(submission, source))
    check_limit(estimate, as_number("max_cost_usd", operator.max_cost_usd))
    job, entry = _submitter(operator, context, hook, choices, ledger, estimate).obtain(submission)
    return Paid(hook, submission, job, entry, estimate)


def _submitter(
    operator: SoraSubmitOperator,
    context: Context,
    hook: SoraHook,
    choices: Choices,
    ledger: Ledger,
    estimate: float | None,
) -> Submitter:
    """Everything that paying once needs, taken from the running task."""
    ti, scope = context["ti"], scope_of(context)
    payers = paying_task_ids(operator)
    lists_prompts = "list" in hook.dialect.calls and hook.dialect.list_has_prompts
    if lists_prompts:
        note_payers(scope.dag_id, payers, operator.log)

    def announce(claim: dict[str, Any]) -> None:
        ti.xcom_push(key=CLAIM_KEY, value=claim)
        if claim.get("video_id"):
            ti.xcom_push(key="video_id", value=claim["video_id"])

    return Submitter(
        server=hook,
        sora_conn_id=hook.sora_conn_id,
        ledger=ledger,
        scope=scope,
        choices=choices,
        try_number=ti.try_number,
        max_tries=getattr(ti, "max_tries", 0),
        announce=announce,
        neighbours=neighbours_of(context, scope),
        item_key=as_text(operator.item_key),
        siblings=SiblingsReader(AirflowDagReader(ti), scope, payers),
        lists_prompts=lists_prompts,
        honours_key=hook.dialect.honours_idempotency_key,
        request_timeout=hook.settings.timeout,
        cost=say_usd(estimate),
        destination=operator.destination,
        log=operator.log,
    )
