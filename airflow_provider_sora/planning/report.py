"""The end of a run: its index and its day's, a notice when something failed, and whether the run counts as failed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.notice import notice_body, post_notice
from airflow_provider_sora.planning.outcome import ARCHIVED, FAILED, Clip, outcomes
from airflow_provider_sora.planning.pages import write_pages

log = logging.getLogger(__name__)


def report(context: Mapping[str, Any], *, group: str, clips: Sequence[Clip]) -> dict[str, Any]:
    """Write the pages of a run and of its day, tell people of failures, and decide how the run ends.

    Call it in a task with ``trigger_rule="all_done"`` behind the mapped group: that task is the run's only leaf, so
    the run fails exactly when it raises.

    :param group: id of the mapped task group.
    :returns: counts, cost and the index's address.
    :raises AirflowFailException: more than param ``max_failed_share`` of the items failed, or the run never chose its
        items; trying again could only say the same.
    """
    from airflow.sdk.exceptions import AirflowFailException

    run = PlannedRun.of(context)
    document = run.kept()
    if document is None:
        message = (
            f"{run.dag_id} made nothing: it stopped before choosing its items. Nothing was paid. "
            "See the log of the task that failed before this one."
        )
        _tell(run, message, [], None)
        raise AirflowFailException(message)
    items = _planned(document, clips) if run.dry_run else outcomes(context["ti"], document["items"], group, clips)
    summary = _summary(run, document, items)
    summary["index"] = write_pages(run, document, items, summary)
    log.info(
        "%(archived)d of %(items)d items archived, %(failed)d failed, %(skipped)d left out; index: %(index)s", summary
    )
    failed = [item for item in items if item["status"] == FAILED]
    if failed:
        lines = [f"{item['key']}: {item['reason']}" for item in failed[:10]]
        _tell(run, f"{run.dag_id}: {len(failed)} of {len(items)} items failed", lines, summary)
    share = len(failed) / len(items) if items else 0.0
    allowed = float(run.params.get("max_failed_share", 0.5))
    if share > allowed:
        raise AirflowFailException(
            f"{len(failed)} of {len(items)} items failed, more than max_failed_share={allowed:g}. What was archived "
            f"stays archived; clear the failed tasks to go on with them. Index: {summary['index']}"
        )
    return summary


def _planned(document: Mapping[str, Any], clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """A dry run's items, which no task made."""
    return [
        {
            **item["about"],
            "estimated_usd": item["estimated_usd"],
            "warnings": item.get("warnings", []),
            "labels": item["clip"]["labels"],
            "status": "planned",
            "reason": None,
            "picture": item.get("picture"),
            "clips": [
                {"name": clip.name, "status": "planned", "prompt": item["clip"][clip.prompt]}
                for clip in clips
                if item["clip"].get(clip.prompt)
            ],
        }
        for item in document["items"]
    ]


def _summary(run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    made = [clip["record"] for item in items for clip in item["clips"] if clip["status"] == ARCHIVED]
    costs = [record.get("cost_estimate_usd") for record in made]
    return {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "date": run.paths.date,
        "dry_run": run.dry_run,
        "items": len(items),
        "archived": sum(item["status"] == ARCHIVED for item in items),
        "failed": sum(item["status"] == FAILED for item in items),
        "skipped": len(document["skipped"]),
        "clips": len(made),
        "cost_usd": None if None in costs else round(sum(c for c in costs if c is not None), 6),
        "estimated_usd": document.get("estimated_usd"),
    }


def _tell(run: PlannedRun, title: str, lines: list[str], summary: Mapping[str, Any] | None) -> None:
    conn_id = run.params.get("notify_conn_id")
    if not conn_id:
        return
    if summary:
        cost = summary["cost_usd"]
        said = "unknown" if cost is None else f"${cost:.2f}"
        lines = [
            f"{summary['archived']} archived, {summary['failed']} failed, {summary['skipped']} left out; cost {said}",
            *lines,
        ]
    post_notice(conn_id, notice_body(title, lines, summary["index"] if summary else None))
