"""What became of each planned clip: read from what the group's tasks left behind, item by item."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.jobs.ledger import REFUSED
from airflow_provider_sora.jobs.settling.siblings import CLAIM_KEY
from airflow_provider_sora.record import RECORD_KEY
from airflow_provider_sora.runs.clips import Clip
from airflow_provider_sora.runs.gates import REASON_KEY
from airflow_provider_sora.words.reasons import because

ARCHIVED, FAILED, UNCHANGED = "archived", "failed", "unchanged"
#: How long, in seconds and in all, to look again for reasons that are not there yet.
PATIENCE = 6


def outcomes(ti: Any, items: Sequence[Mapping[str, Any]], group: str, clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """For each item its ``about``, cost, warnings, and one entry for every planned clip.

    :param ti: the task instance of the reporting task; its run's XComs are read.
    :returns: items with ``clips``, how many jobs were ``submitted`` for them, and ``status``: ``archived`` when every
        planned clip is, ``unchanged`` when another run made it meanwhile, else ``failed``.
    """
    if not items:
        return []
    indexes = range(len(items))
    pulled = {
        clip.name: ti.xcom_pull(task_ids=f"{group}.{clip.archive}", map_indexes=indexes, default=None)
        for clip in clips
    }  # fmt: skip
    claims = {
        clip.name: ti.xcom_pull(task_ids=f"{group}.{clip.make}", key=CLAIM_KEY, map_indexes=indexes, default=None)
        for clip in clips
    }  # fmt: skip
    left = _await_reasons(ti, items, group, clips, pulled)
    found = []
    for index, item in enumerate(items):
        planned = [clip for clip in clips if item["clip"].get(clip.prompt)]
        entries = [
            _entry(ti, clip, item["clip"][clip.prompt], pulled[clip.name][index], group, index, left[index])
            for clip in planned
        ]
        fell_short = [entry for entry in entries if entry["status"] != ARCHIVED]
        found.append(
            {
                **item["about"],
                "folder": item["clip"]["destination"],
                "estimated_usd": item["estimated_usd"],
                "warnings": item.get("warnings", []),
                "labels": item["clip"]["labels"],
                "submitted": sum(_jobs(claims[clip.name][index]) for clip in planned),
                "status": fell_short[0]["status"] if fell_short else ARCHIVED,
                "reason": fell_short[0]["reason"] if fell_short else None,
                "clips": entries,
            }
        )
    return found


def _jobs(claim: Any) -> int:
    """How many jobs a task submitted, from what it shows its siblings; a retry after a failed render submits again."""
    if not isinstance(claim, Mapping):
        return 0
    return int(claim.get("ordinal") or 1) - (claim.get("phase") == REFUSED)


def _await_reasons(
    ti: Any, items: Sequence[Mapping[str, Any]], group: str, clips: Sequence[Clip], pulled: Mapping[str, Sequence[Any]]
) -> list[dict[str, Mapping[str, Any]]]:
    """For each item the reasons its tasks left, by task.

    Airflow reports a task's end first and calls its ``on_failure_callback`` after that, so this task may be here
    before the last reason is. Every item that fell short is given a few seconds, all of them together.
    """
    deadline = time.monotonic() + PATIENCE
    left: list[dict[str, Mapping[str, Any]]] = [{} for _ in items]
    short = [
        index
        for index, item in enumerate(items)
        if any(item["clip"].get(clip.prompt) and not _stored(pulled[clip.name][index]) for clip in clips)
    ]
    tasks = [task for clip in clips for task in (clip.make, clip.archive)] if short else []
    while True:
        for task in tasks:
            reasons = ti.xcom_pull(task_ids=f"{group}.{task}", key=REASON_KEY, map_indexes=short, default=None)
            for index, reason in zip(short, reasons, strict=True):
                if reason:
                    left[index][task] = reason
        short = [index for index in short if not left[index]]
        if not short or time.monotonic() >= deadline:
            return left
        time.sleep(1)


def _stored(record: Any) -> bool:
    return isinstance(record, Mapping) and bool(record.get("uri"))


def _entry(
    ti: Any, clip: Clip, prompt: str, record: Any, group: str, index: int, left: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    told = {"name": clip.name, "prompt": prompt}
    if _stored(record):
        return {**told, "status": ARCHIVED, "record": dict(record)}
    # What starts from a clip that another run made is not made either.
    spared = next((reason for reason in left.values() if reason.get("status") == UNCHANGED), None)
    return {**told, **(spared or _reason(ti, clip, group, index, left))}


def _reason(ti: Any, clip: Clip, group: str, index: int, left: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    for task in (clip.make, clip.archive):
        if task in left:
            return {"status": FAILED, **left[task]}
    # A task that was killed leaves no reason; what it pushed as soon as its job was accepted still tells of the money.
    made = ti.xcom_pull(task_ids=f"{group}.{clip.make}", map_indexes=index, default=None)
    if made:
        return because("not_archived")
    job = ti.xcom_pull(task_ids=f"{group}.{clip.make}", key=RECORD_KEY, map_indexes=index, default=None)
    if isinstance(job, Mapping) and job.get("video_id"):
        return because("stopped", video_id=job["video_id"])
    return because("not_made")
