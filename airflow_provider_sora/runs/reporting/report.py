"""The end of a run: its index and its day's, a notice when something failed, and whether the run counts as failed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.cost import NO_ESTIMATE
from airflow_provider_sora.links.video import show
from airflow_provider_sora.record import PAGE_KEY
from airflow_provider_sora.runs.clips import Clip, clips_before
from airflow_provider_sora.runs.gates import REASON_KEY, error_text
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.runs.reporting.behind import Behind
from airflow_provider_sora.runs.reporting.notice import notice_body, post_notice
from airflow_provider_sora.runs.reporting.outcome import (
    FAILED,
    PATIENCE,
    Outcome,
    as_planned,
    outcomes,
)
from airflow_provider_sora.runs.reporting.reviews import announce_made
from airflow_provider_sora.runs.reporting.run_pages import write_pages
from airflow_provider_sora.runs.reporting.summary import Summary
from airflow_provider_sora.words.reasons import because

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)
#: The tasks before the group: when the run stopped in one, the page gives that one's reason.
BEFORE = ("check", "select")
Further = Callable[[PlannedRun, Choice, Sequence[Outcome]], Mapping[str, Any]]


def report(
    context: Context,
    *,
    group: str | None = None,
    clips: Sequence[Clip] = (),
    also: Sequence[str] = (),
    further: Further | None = None,
) -> dict[str, Any]:
    """Write the pages of a run and of its day, tell people of failures, and decide how the run ends.

    Call it in a task with ``trigger_rule="all_done"`` behind the mapped group: that task is the run's only leaf, so
    the run fails exactly when it raises. Give that task ``on_failure_callback=tell_of_failure``.

    :param group: id of the mapped task group; None finds the one in front of this task, and its clips.
    :param clips: of that group, in order.
    :param also: ids of tasks behind the group whose archived video belongs to the run, such as a film's cut. It stands
        on the page, and the run fails where such a task did.
    :param further: writes what the run leaves besides; what it returns is added to the summary.
    :returns: counts, cost and the index's address.
    :raises AirflowFailException: more than param ``max_failed_share`` of the items failed, a task of ``also`` failed,
        or the run never chose its items; trying again could only say the same.
    """
    from airflow.sdk.exceptions import AirflowFailException

    run = PlannedRun.of(context)
    choice = run.kept()
    if choice is None:
        raise AirflowFailException(_stopped(run, context["ti"]))
    items = _outcomes(context, run, choice, group, clips)
    failed = [item for item in items if item.status == FAILED]
    Tally(run.store, run.paths).note((item.item.identity, item.submitted) for item in failed if item.item.identity)
    behind = Behind.of(context["ti"], also)
    summary = write_pages(run, choice, items, Summary.of(run, choice, items), behind)
    besides = further(run, choice, items) if further and not run.dry_run else {}
    show(context["ti"], PAGE_KEY, summary.index)
    log.info(
        "%d of %d items archived, %d failed, %d left out; index: %s",
        summary.archived, summary.items, summary.failed, summary.skipped, summary.index,
    )  # fmt: skip
    announce_made(context, run.paths.url(f"{run.paths.run}/index.json"), _archived(items))
    if failed:
        lines = [f"{item.item.about.key}: {item.reason.text if item.reason else ''}" for item in failed[:10]]
        _tell(run, f"{run.dag_id}: {len(failed)} of {len(items)} items failed", lines, summary)
    share = len(failed) / len(items) if items else 0.0
    allowed = float(run.params.get("max_failed_share", 0.5))
    if behind.failed:
        told = "; ".join(f"{task}: {reason.text}" for task, reason in behind.failed.items())
        raise AirflowFailException(
            f"{told} What was archived stays archived; clear the failed tasks to go on with them. Index: "
            f"{summary.index}"
        )
    if share > allowed:
        raise AirflowFailException(
            f"{len(failed)} of {len(items)} items failed, more than max_failed_share={allowed:g}. What was archived "
            f"stays archived; clear the failed tasks to go on with them. Index: {summary.index}"
        )
    return {**summary.to_json(), **besides}


def _outcomes(
    context: Context, run: PlannedRun, choice: Choice, group: str | None, clips: Sequence[Clip]
) -> list[Outcome]:
    """What became of each item, in the order of the choice."""
    named = [item.group for item in choice.items] if choice.film is not None else None
    groups = clips_before(context["task"], named) if group is None else {group: tuple(clips)}
    if run.dry_run:
        return as_planned(choice.items, next(iter(groups.values())))
    if len(groups) == 1:
        ((only, of_it),) = groups.items()
        return outcomes(context["ti"], choice.items, only, of_it)
    made = {
        name: iter(outcomes(context["ti"], [item for item in choice.items if item.group == name], name, of_it))
        for name, of_it in groups.items()
    }
    return [next(made[str(item.group)]) for item in choice.items]


def _archived(items: Sequence[Outcome]) -> int:
    """How many clips lie in the archive now."""
    return sum(clip.made is not None for item in items for clip in item.clips)


def tell_of_failure(context: Context) -> None:
    """``on_failure_callback`` of the task that calls :func:`report`: people are told even if there is no index."""
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    error, conn_id = context.get("exception"), context["params"].get("notify_conn_id")
    if not conn_id or isinstance(error, AirflowFailException):
        return  # report() raises that one, and has told before it does
    lines, page = [error_text(error)], None
    try:
        run = PlannedRun.of(context)
        choice = run.kept() or Choice()
        counts = f"{len(choice.items)} items chosen, {len(choice.skipped)} left out"
        lines.insert(0, f"{counts}; estimated {_usd(choice.estimated_usd)}")
        name = f"{run.paths.run}/index.html"
        page = run.paths.url(name) if run.store.store.look(name) else None
    except (SoraError, AirflowException) as unread:  # a connection may be missing, too
        log.warning("What the run chose cannot be read: %s", unread)
    title = f"{context['dag_run'].dag_id}: the index of a run could not be written"
    post_notice(conn_id, notice_body(title, lines, page))


def _stopped(run: PlannedRun, ti: Any) -> str:
    """Write the page of a run that never chose, tell people, and return what happened."""
    note = because("never_chose", error=_why(ti))
    choice = Choice(note=note)
    summary = Summary.of(run, choice, [])
    message = f"{run.dag_id}: {note.text}"
    try:
        summary = write_pages(run, choice, [], summary)
    except SoraError as error:
        message = f"{message} Its page could not be written either: {error}"
    _tell(run, f"{run.dag_id} made nothing", [message], summary)
    return message


def _why(ti: Any) -> str:
    """The reason that one of the tasks before the group left. It may come a little after the task's end."""
    deadline = time.monotonic() + PATIENCE
    while True:
        for task in BEFORE:
            left = ti.xcom_pull(task_ids=task, key=REASON_KEY, default=None)
            if left:
                return f"{task}: {left['reason']}"
        if time.monotonic() >= deadline:
            return f"See the log of {' and '.join(BEFORE)}."
        time.sleep(1)


def _tell(run: PlannedRun, title: str, lines: list[str], summary: Summary) -> None:
    conn_id = run.notify_conn_id
    if conn_id:
        counts = (
            f"{summary.archived} archived, {summary.failed} failed, {summary.skipped} left out; "
            f"{summary.submitted} jobs submitted, {_usd(summary.submitted_usd)}"
        )
        post_notice(conn_id, notice_body(title, [counts, *lines], summary.index))


def _usd(cost: float | None) -> str:
    return f"at an unknown cost ({NO_ESTIMATE})" if cost is None else f"${cost:.2f}"
