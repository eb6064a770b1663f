"""What became of each planned clip: read from what the group's tasks left behind, item by item."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.planning.gates import FAILURE_KEY
from airflow_provider_sora.record import RECORD_KEY

ARCHIVED, FAILED = "archived", "failed"
#: How long, in seconds and in all, to look again for reasons that are not there yet.
PATIENCE = 6


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of the mapped task group.

    :param name: what people call it: ``insert``, ``remix`` …
    :param prompt: the group's argument that holds its prompt; an empty one means that it was not planned.
    :param make: id of the task that makes it, without the group's.
    :param archive: id of the task that archives it.
    """

    name: str
    prompt: str
    make: str
    archive: str


def outcomes(ti: Any, items: Sequence[Mapping[str, Any]], group: str, clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """For each item its ``about``, cost, warnings, and one entry for every planned clip.

    :param ti: the task instance of the reporting task; its run's XComs are read.
    :returns: items with ``status`` (``archived`` only when every planned clip is) and ``clips``.
    """
    if not items:
        return []
    indexes = range(len(items))
    pulled = {
        clip.name: ti.xcom_pull(task_ids=f"{group}.{clip.archive}", map_indexes=indexes, default=None)
        for clip in clips
    }  # fmt: skip
    left = _await_reasons(ti, items, group, clips, pulled)
    found = []
    for index, item in enumerate(items):
        entries: list[dict[str, Any]] = []
        for clip in clips:
            prompt = item["clip"].get(clip.prompt)
            if prompt:
                entries.append(_entry(ti, clip, prompt, pulled[clip.name][index], group, index, left[index]))
        failed = [entry for entry in entries if entry["status"] == FAILED]
        found.append(
            {
                **item["about"],
                "folder": item["clip"]["destination"],
                "estimated_usd": item["estimated_usd"],
                "warnings": item.get("warnings", []),
                "labels": item["clip"]["labels"],
                "status": FAILED if failed else ARCHIVED,
                "reason": failed[0]["reason"] if failed else None,
                "clips": entries,
            }
        )
    return found


def _await_reasons(
    ti: Any, items: Sequence[Mapping[str, Any]], group: str, clips: Sequence[Clip], pulled: Mapping[str, Sequence[Any]]
) -> list[dict[str, str]]:
    """For each item the reasons its tasks left, by task.

    Airflow reports a task's end first and calls its ``on_failure_callback`` after that, so this task may be here
    before the last reason is. Every item that fell short is given a few seconds, all of them together.
    """
    deadline = time.monotonic() + PATIENCE
    left: list[dict[str, str]] = [{} for _ in items]
    short = [
        index
        for index, item in enumerate(items)
        if any(item["clip"].get(clip.prompt) and not _stored(pulled[clip.name][index]) for clip in clips)
    ]
    tasks = [task for clip in clips for task in (clip.make, clip.archive)] if short else []
    while True:
        for task in tasks:
            reasons = ti.xcom_pull(task_ids=f"{group}.{task}", key=FAILURE_KEY, map_indexes=short, default=None)
            for index, reason in zip(short, reasons, strict=True):
                if reason:
                    left[index][task] = str(reason["reason"])
        short = [index for index in short if not left[index]]
        if not short or time.monotonic() >= deadline:
            return left
        time.sleep(1)


def _stored(record: Any) -> bool:
    return isinstance(record, Mapping) and bool(record.get("uri"))


def _entry(
    ti: Any, clip: Clip, prompt: str, record: Any, group: str, index: int, left: Mapping[str, str]
) -> dict[str, Any]:
    if _stored(record):
        return {"name": clip.name, "status": ARCHIVED, "prompt": prompt, "record": dict(record)}
    return {"name": clip.name, "status": FAILED, "prompt": prompt, "reason": _reason(ti, clip, group, index, left)}


def _reason(ti: Any, clip: Clip, group: str, index: int, left: Mapping[str, str]) -> str:
    for task in (clip.make, clip.archive):
        if task in left:
            return left[task]
    # A task that was killed leaves no reason; what it pushed as soon as its job was accepted still tells of the money.
    made = ti.xcom_pull(task_ids=f"{group}.{clip.make}", map_indexes=index, default=None)
    if made:
        return "made and paid for, but not archived: see the log of its archive task"
    job = ti.xcom_pull(task_ids=f"{group}.{clip.make}", key=RECORD_KEY, map_indexes=index, default=None)
    if isinstance(job, Mapping) and job.get("video_id"):
        return (
            f"submitted as {job['video_id']}, but its task was stopped before it could say why: "
            "clear it to go on with that job, which is paid for once"
        )
    return "not made: the clip it starts from failed, or its task was stopped; see the task's log"
