"""What became of each planned clip: read from what the group's tasks left behind, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.planning.gates import FAILURE_KEY

ARCHIVED, FAILED, NOT_PLANNED = "archived", "failed", "not planned"


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
    found = []
    for index, item in enumerate(items):
        entries: list[dict[str, Any]] = []
        for clip in clips:
            prompt = item["clip"].get(clip.prompt)
            if prompt:
                entries.append(_entry(ti, clip, prompt, pulled[clip.name][index], group, index))
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


def _entry(ti: Any, clip: Clip, prompt: str, record: Any, group: str, index: int) -> dict[str, Any]:
    if isinstance(record, Mapping) and record.get("uri"):
        return {"name": clip.name, "status": ARCHIVED, "prompt": prompt, "record": dict(record)}
    return {"name": clip.name, "status": FAILED, "prompt": prompt, "reason": _reason(ti, clip, group, index)}


def _reason(ti: Any, clip: Clip, group: str, index: int) -> str:
    for task in (clip.make, clip.archive):
        left = ti.xcom_pull(task_ids=f"{group}.{task}", key=FAILURE_KEY, map_indexes=index, default=None)
        if left:
            return str(left["reason"])
    made = ti.xcom_pull(task_ids=f"{group}.{clip.make}", map_indexes=index, default=None)
    if made:
        return "made and paid for, but not archived: see the log of its archive task"
    return "not made: the clip it starts from failed, or its task was stopped; see the task's log"
