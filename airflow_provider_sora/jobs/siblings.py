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
from airflow_provider_sora.protocol.job import number

#: XCom key under which every paying task shows its claim.
CLAIM_KEY = "sora_claim"

#: Task states of a try that is going on: without a claim, its request may be on its way.
_GOING_ON = frozenset({"running", "restarting"})

#: An unsettled request this much older than ours, in seconds, cannot have made a job in our window.
OLD_CLAIM = 1800.0


def claim_of(entry: Entry) -> dict[str, Any]:
    """The claim that siblings read, and a run's index for its count of jobs: small, and without the prompt."""
    return {
        "phase": entry.phase,
        "ordinal": entry.ordinal,
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
    """Claims and possibly open requests of every other paying task instance, in every run of the DAG.

    States are read before and after the claims: a task that began in between emptied its claim unseen.
    """
    before = _others(reader, scope, task_ids)
    claims = {where: reader.claim(scope.dag_id, *where) for where in before}
    after = _others(reader, scope, task_ids)
    claimed: set[str] = set()
    in_flight: list[str] = []
    for where in sorted({*before, *after}):
        claim = claims.get(where)
        if isinstance(claim, Mapping):
            if claim.get("video_id"):
                claimed.add(str(claim["video_id"]))
            elif _may_be_equal(claim, entry):
                in_flight.append(_name(where))
        elif before.get(where) in _GOING_ON or after.get(where) in _GOING_ON:
            in_flight.append(_name(where))
    return Siblings(frozenset(claimed), tuple(in_flight))


def _others(reader: DagReader, scope: Scope, task_ids: list[str]) -> dict[tuple[str, str, int], str | None]:
    found = {}
    for run_id, states in reader.task_states(scope.dag_id, task_ids).items():
        for key, state in states.items():
            where = split_key(key, task_ids)
            if where is not None and (run_id, *where) != (scope.run_id, scope.task_id, scope.map_index):
                found[(run_id, *where)] = state
    return found


def _name(where: tuple[str, str, int]) -> str:
    run_id, task_id, map_index = where
    return f"{task_id}{f'[{map_index}]' if map_index >= 0 else ''} of run {run_id}"


def _may_be_equal(claim: Mapping[str, Any], entry: Entry) -> bool:
    same = claim.get("match") == entry.fingerprint.match and claim.get("base_url") == entry.base_url
    young = number(claim.get("intent_at")) is None or float(claim["intent_at"]) > entry.intent_at - OLD_CLAIM
    return same and young and claim.get("phase") == INTENT


class AirflowDagReader:
    """Reads through the running task instance; only for use inside a task."""

    def __init__(self, task_instance: Any) -> None:
        self._ti = task_instance

    def task_states(self, dag_id: str, task_ids: list[str]) -> Mapping[str, Mapping[str, str | None]]:
        return self._ti.get_task_states(dag_id=dag_id, task_ids=task_ids)

    def claim(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> object:
        from airflow.providers.common.compat.sdk import XCom

        return XCom.get_one(key=CLAIM_KEY, dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index)
