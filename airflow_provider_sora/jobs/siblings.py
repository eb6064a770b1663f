"""What the other tasks of this DAG have claimed, read from their early-pushed XCom.

A task cannot read a sibling's state store. Airflow empties a task's XCom at each try's start, so a sibling that has
started and shows no claim may have a request under way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from airflow_provider_sora.jobs.fingerprint import Scope
from airflow_provider_sora.jobs.ledger import INTENT, Entry
from airflow_provider_sora.jobs.settle import Siblings

#: XCom key under which every paying task shows its claim.
CLAIM_KEY = "sora_claim"

#: Task states in which no request can be under way because no try has begun since the last one ended.
_NOT_BEGUN = frozenset({None, "None", "none", "scheduled", "removed", "skipped", "upstream_failed"})


def claim_of(entry: Entry) -> dict[str, Any]:
    """The claim that siblings read: small, and without the prompt."""
    return {
        "phase": entry.phase,
        "match": entry.fingerprint.match,
        "base_url": entry.base_url,
        "video_id": entry.video_id,
        "intent_at": entry.intent_at,
    }


class DagReader(Protocol):
    """The two reads of Airflow that are needed, so that the rest can be tested without it."""

    def task_states(self, dag_id: str, task_ids: list[str]) -> Mapping[str, Mapping[str, str | None]]:
        """``{run_id: {task_id or task_id_mapindex: state}}`` over all runs of the DAG."""
        ...

    def claim(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> object:
        """The claim that a task instance shows, or None."""
        ...


def split_key(key: str, task_ids: Iterable[str]) -> tuple[str, int] | None:
    """Airflow writes a mapped task's state under ``task_id_7``: the task id and map index, or None."""
    known = set(task_ids)
    if key in known:
        return key, -1
    found = re.fullmatch(r"(.+)_(\d+)", key)
    if found and found[1] in known:
        return found[1], int(found[2])
    return None


def read_siblings(reader: DagReader, scope: Scope, task_ids: list[str], entry: Entry) -> Siblings:
    """Claims and possibly open requests of every other paying task instance, in every run of the DAG."""
    claimed: set[str] = set()
    in_flight: list[str] = []
    for run_id, states in reader.task_states(scope.dag_id, task_ids).items():
        for key, state in states.items():
            where = split_key(key, task_ids)
            if where is None or (run_id, *where) == (scope.run_id, scope.task_id, scope.map_index):
                continue
            claim = reader.claim(scope.dag_id, run_id, *where)
            if isinstance(claim, Mapping):
                if claim.get("video_id"):
                    claimed.add(str(claim["video_id"]))
                elif _may_be_equal(claim, entry):
                    in_flight.append(f"{key} of run {run_id}")
            elif _may_have_begun(state):
                in_flight.append(f"{key} of run {run_id}")
    return Siblings(frozenset(claimed), tuple(in_flight))


def _may_have_begun(state: str | None) -> bool:
    # A success without a claim made no video of ours; a failure without one stopped before its intent.
    return state not in _NOT_BEGUN and state not in ("success", "failed")


def _may_be_equal(claim: Mapping[str, Any], entry: Entry) -> bool:
    same = claim.get("match") == entry.fingerprint.match and claim.get("base_url") == entry.base_url
    return same and claim.get("phase") == INTENT


class AirflowDagReader:
    """Reads through the running task instance; only for use inside a task."""

    def __init__(self, task_instance: Any) -> None:
        self._ti = task_instance

    def task_states(self, dag_id: str, task_ids: list[str]) -> Mapping[str, Mapping[str, str | None]]:
        return self._ti.get_task_states(dag_id=dag_id, task_ids=task_ids)

    def claim(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> object:
        from airflow.providers.common.compat.sdk import XCom

        return XCom.get_one(key=CLAIM_KEY, dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index)
