"""Who is asked to pay, and on which terms: from a running task to its one job."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.compat import state_store
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    LedgerError,
    QuotaExceededError,
    RateLimitedError,
    ServerUnreachableError,
    UnsupportedByServerError,
)
from airflow_provider_sora.jobs.cost import check_limit, estimate_usd, say_usd
from airflow_provider_sora.jobs.ledger import FAILED, INTENT, REFUSED, Entry, Ledger
from airflow_provider_sora.jobs.money import UNREADABLE, say_earlier
from airflow_provider_sora.jobs.request_digest import Scope
from airflow_provider_sora.jobs.settling.moved import Neighbours, read_neighbours
from airflow_provider_sora.jobs.settling.siblings import CLAIM_KEY
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.paid import knowing
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.tasks.archiving.inline_archive import check_destination
from airflow_provider_sora.tasks.parent_connection import check_same_server, connection_for
from airflow_provider_sora.tasks.paying.dag_reader import AirflowDagReader
from airflow_provider_sora.tasks.paying.payers import SiblingsReader, note_run
from airflow_provider_sora.tasks.paying.purse import purse_of
from airflow_provider_sora.tasks.running import Running
from airflow_provider_sora.tasks.terms import Terms

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook


def scope_of(context: Mapping[str, Any]) -> Scope:
    """Which task instance pays, and in which deployment where its configuration names it."""
    from airflow.sdk import conf

    ti = context["ti"]
    map_index = ti.map_index if isinstance(ti.map_index, int) else -1
    return Scope(ti.dag_id, ti.run_id, ti.task_id, map_index, conf.get("sora", "deployment_id", fallback="").strip())


def neighbours_of(context: Mapping[str, Any], scope: Scope) -> Callable[[], Neighbours] | None:
    """How to read what the other map indexes hold; None where no list can have come in another order."""
    if scope.map_index < 0 or not context["dag_run"].clear_number:
        return None
    return lambda: read_neighbours(AirflowDagReader(context["ti"]), scope)


def ledger_of(running: Running, durable: bool) -> Ledger:
    """The task's recovery record; says so where there can be none."""
    store = state_store(running.context) if durable else None
    if durable and store is None:
        running.log.warning(
            "durable=True, but this Airflow has no task state store (it came with 3.3): a retry after a crash of the "
            "worker cannot find the job it paid for and may pay again."
        )
    return Ledger(store)


def told_of_earlier(ledger: Ledger, video_id: str | None = None) -> AbstractContextManager[None]:
    """Within it, an error that comes before paying says what the task has paid for already: that is not undone.

    :param video_id: the task's job, where it is known without the ledger.
    """

    def look() -> str | None:
        try:
            return say_earlier(ledger.known(), video_id)
        except LedgerError:
            return UNREADABLE

    return knowing(look)


def connections_of(terms: Terms, ledger: Ledger) -> list[str]:
    """Connections to try, in order; a job under way binds the task to the one that took it."""
    ids = [connection_for(terms.sora_conn_id, terms.source), *terms.fallback_conn_ids]
    entry = ledger.known()
    if entry is not None and entry.phase not in (REFUSED, FAILED) and entry.sora_conn_id in ids:
        return [entry.sora_conn_id]
    return ids


def priced(submission: Submission, source: VideoRecord | None) -> tuple[str | None, str | None, float | None]:
    """Model, size and seconds that the price depends on; what the request leaves open comes from its source."""
    facts = {} if source is None else {**source.requested, **source.returned}
    return (
        submission.model or facts.get("model"),
        submission.size or facts.get("size"),
        submission.seconds or facts.get("seconds"),
    )


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
    running: Running,
    terms: Terms,
    kind: SubmitKind,
    build: Callable[[SoraHook], Submission],
    ledger: Ledger,
    conn_ids: list[str],
) -> Paid:
    """The task's job, from the first connection that does not refuse it for certain.

    :param kind: the call that the task is for; a fallback may make another of it.
    :param build: the request, as it is for a connection's server; raises before anything is paid.
    :raises SoraError: the last refusal; or at once anything that is no certain refusal, an ambiguous submit above all.
    """
    from airflow_provider_sora.hooks.sora import SoraHook

    for conn_id, following in zip(conn_ids, [*conn_ids[1:], None], strict=True):
        hook = SoraHook(conn_id)
        try:
            check_same_server(terms.source, hook.base_url)
            _recall(kind, hook, ledger)
            asked = build(hook)
            try:
                return _paid(running, terms, hook, ledger, asked)
            except UnsupportedByServerError as error:
                # Asked for a call that it does not have: what was learnt may lead to another request.
                other, entry = build(hook), ledger.known()
                if other.kind is asked.kind or (entry is not None and entry.phase != REFUSED):
                    raise
                running.log.warning("%s", error.message)
                return _paid(running, terms, hook, ledger, other)
        except TERMINAL_REFUSALS as error:
            if following is None:
                raise
            running.log.warning("%s refused: %s Asking %s instead.", conn_id, error.message, following)
    raise ConfigurationError("No connection to ask.")


def _recall(kind: SubmitKind, hook: SoraHook, ledger: Ledger) -> None:
    """What an earlier try learnt of this server: it recorded a create where this task asks for a remix.

    A remix whose answer was lost stays one until it is settled, whatever was learnt since.
    """
    from airflow_provider_sora.protocol import missing

    entry = ledger.known()
    if kind is not SubmitKind.REMIX or entry is None or entry.base_url != hook.base_url:
        return
    call = hook.dialect.remix_call
    if call is not None and entry.fingerprint.is_for(SubmitKind.CREATE):
        missing.remember(hook.base_url, call)
    elif call is None and entry.phase == INTENT:
        missing.forget(hook.base_url)


def _paid(running: Running, terms: Terms, hook: SoraHook, ledger: Ledger, submission: Submission) -> Paid:
    """One request, checked and priced, and its job."""
    check_destination(terms.keeping, terms.wait_for_completion, hook.dialect, ledger)
    hook.check(submission)
    estimate = estimate_usd(hook.settings.prices, *priced(submission, terms.source))
    check_limit(estimate, terms.max_cost_usd)
    job, entry = _submitter(running, terms, hook, ledger, estimate).obtain(submission)
    return Paid(hook, submission, job, entry, estimate)


def _submitter(running: Running, terms: Terms, hook: SoraHook, ledger: Ledger, estimate: float | None) -> Submitter:
    """Everything that paying once needs, taken from the running task."""
    ti, scope = running.context["ti"], scope_of(running.context)
    payers = list(running.paying_tasks)
    lists_prompts = "list" in hook.dialect.calls and hook.dialect.list_has_prompts
    # Whichever server this seems to be: the next task may recognise it as one whose list is searched.
    note_run(scope, payers, time.time(), running.log)

    def announce(claim: dict[str, Any]) -> None:
        ti.xcom_push(key=CLAIM_KEY, value=claim)
        if claim.get("video_id"):
            ti.xcom_push(key="video_id", value=claim["video_id"])

    return Submitter(
        server=hook,
        sora_conn_id=hook.sora_conn_id,
        ledger=ledger,
        scope=scope,
        choices=terms.choices,
        try_number=ti.try_number,
        max_tries=getattr(ti, "max_tries", 0),
        announce=announce,
        neighbours=neighbours_of(running.context, scope),
        item_key=terms.item_key,
        siblings=SiblingsReader(AirflowDagReader(ti), scope, payers),
        lists_prompts=lists_prompts,
        honours_key=hook.dialect.honours_idempotency_key,
        request_timeout=hook.settings.timeout,
        cost=say_usd(estimate),
        destination=terms.keeping.destination,
        purse=purse_of(scope, ti.try_number, ledger.is_durable, estimate, terms.labels, running.log),
        log=running.log,
    )
