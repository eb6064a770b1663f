"""What the other paying tasks of this Airflow have claimed, read from their early-pushed XCom.

A task cannot read a sibling's state store. Airflow empties a task's XCom at each try's start, so a sibling that has
started and shows no claim may have a request under way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_sora.jobs.known_job import KnownJob, read_job
from airflow_provider_sora.jobs.ledger import INTENT, REFUSED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope
from airflow_provider_sora.jobs.settling.bounds import MAX_READS
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.protocol.answers.job import number

#: XCom key under which every paying task shows its claim.
CLAIM_KEY = "sora_claim"

#: DAG, run, task and map index.
Place = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Paying:
    """A DAG's paying tasks.

    :param run_ids: the runs whose claims are read; None is all that Airflow still has.
    """

    task_ids: tuple[str, ...]
    run_ids: tuple[str, ...] | None = None


#: What pays, by DAG.
Payers = Mapping[str, Paying]
#: By DAG, run and task: the states of its instances, and the claims read then.
ClaimCache = dict[tuple[str, str, str], tuple[dict[int, str | None], Mapping[int, object]]]

#: Task states after which a claim stays as it is.
_ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})

#: Task states of a try that is going on: without a claim, its request may be on its way.
GOING_ON = frozenset({"running", "restarting"})

#: States of an instance that has not begun: what it shows, if anything, is of an earlier try or of before a clear.
NOT_BEGUN = frozenset({None, "None", "none", "scheduled", "queued", "removed", "skipped", "upstream_failed"})

#: An unsettled request this much older than ours, in seconds, cannot have made a job in our window.
OLD_CLAIM = 1800.0

#: So many run ids go into one question: they travel in its address.
_RUNS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paying task shows, read back.

    :param phase: of its record; ``ordinal``, ``match`` and ``digest`` likewise.
    :param asks: digest of what its try asks for.
    :param job: the job that it holds; ``earlier``: those it made or held before.
    """

    phase: str | None
    ordinal: int
    match: str | None
    digest: str | None
    asks: str | None
    base_url: str | None
    intent_at: float | None
    job: KnownJob | None
    earlier: tuple[KnownJob, ...] = ()

    @property
    def jobs(self) -> tuple[KnownJob, ...]:
        """Every job that it names, its own first."""
        return self.earlier if self.job is None else (self.job, *self.earlier)

    @property
    def submitted(self) -> int:
        """How many jobs the task submitted; a retry after a failed render submits again."""
        return self.ordinal - (self.phase == REFUSED)


def read_claim(shown: object) -> Claim | None:
    """What :func:`claim_of` or :func:`no_claim` of this version or another wrote; None where nothing is shown."""
    if not isinstance(shown, Mapping):
        return None
    told = {name: shown.get(name) for name in ("phase", "match", "digest", "asks", "base_url")}
    earlier = (read_job(job) for job in shown.get("earlier") or ())
    return Claim(
        **{name: None if text is None else str(text) for name, text in told.items()},
        ordinal=int(number(shown.get("ordinal")) or 1),
        intent_at=number(shown.get("intent_at")),
        job=read_job(shown),
        earlier=tuple(job for job in earlier if job is not None),
    )


def claim_of(entry: Entry, map_index: int = -1, asks: Fingerprint | None = None) -> dict[str, Any]:
    """The claim that siblings read, and a run's index for its count of jobs: small, and without the prompt.

    :param asks: what this try asks for, which after a clear may be another request than its record's.
    """
    return {
        "phase": entry.phase,
        "ordinal": entry.ordinal,
        "match": entry.fingerprint.match,
        "base_url": entry.base_url,
        "video_id": entry.video_id,
        "intent_at": entry.intent_at,
        "map_index": map_index,
        "prompt": entry.fingerprint.parts.get("prompt"),
        "digest": entry.fingerprint.digest,
        "asks": None if asks is None else asks.digest,
        "sora_conn_id": entry.sora_conn_id,
        "earlier": [job.to_json() for job in entry.earlier],
    }


def no_claim(map_index: int, asks: Fingerprint) -> dict[str, Any]:
    """What a task shows that has looked and found no record: it holds no job, and no request of its is under way."""
    return {"phase": REFUSED, "ordinal": 1, "map_index": map_index, "asks": asks.digest}


class DagReader(Protocol):
    """The two reads of Airflow that are needed, so that the rest can be tested without it."""

    def task_states(
        self, dag_id: str, task_ids: list[str], run_ids: list[str] | None = None
    ) -> Mapping[str, Mapping[str, str | None]]:
        """``{run_id: {task_id or task_id_mapindex: state}}`` over all runs of the DAG, or these."""
        ...

    def claims(self, dag_id: str, run_id: str, task_id: str, map_indexes: Iterable[int]) -> Mapping[int, object]:
        """The claims that a task's instances show in one run, by map index; -1 is a task that is not mapped."""
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


def read_siblings(
    reader: DagReader, scope: Scope, payers: Payers, entry: Entry, cache: ClaimCache | None = None
) -> Siblings:
    """Claims and possibly open requests of every other paying task instance in these runs.

    States are read before and after the claims: a task that began in between emptied its claim unseen, and may wait
    again, or have ended, by the second look.

    :param payers: what pays, by DAG.
    :param cache: what a search has read before: claims of tasks that have ended are not read again.
    """
    before = others(reader, scope, payers)
    if (reads := len({where[:3] for where in before})) > MAX_READS:
        return Siblings(in_flight=(f"{reads} tasks of this Airflow, more than the {MAX_READS} that a search reads",))
    claims = claims_of(reader, before, cache)
    after = others(reader, scope, payers)
    claimed: set[str] = set()
    in_flight: list[str] = []
    known: list[KnownJob] = []
    for where in sorted({*before, *after}):
        claim = read_claim(claims.get(where))
        if claim is not None:
            claimed |= {job.video_id for job in claim.jobs}
            if claim.job is not None:
                known.append(claim.job)
            elif _may_be_equal(claim, entry):
                in_flight.append(name_of(where, scope))
        elif _at_work(before.get(where), after.get(where)):
            in_flight.append(name_of(where, scope))
    return Siblings(frozenset(claimed), tuple(in_flight), tuple(known))


def _at_work(before: str | None, after: str | None) -> bool:
    """Whether a task without a claim was at work at one of two looks, or began between them."""
    return not GOING_ON.isdisjoint((before, after)) or (before != after and after not in NOT_BEGUN)


def claims_of(
    reader: DagReader, states: Mapping[Place, str | None], cache: ClaimCache | None = None
) -> dict[Place, object]:
    """One read for all instances of a task in a run, and none where all of them have ended since the last."""
    by_task: dict[tuple[str, str, str], dict[int, str | None]] = {}
    for where, state in states.items():
        by_task.setdefault(where[:3], {})[where[3]] = state
    cache = {} if cache is None else cache
    found: dict[Place, object] = {}
    for task, by_index in by_task.items():
        ended = _ENDED.issuperset(by_index.values())
        if not ended or task not in cache or cache[task][0] != by_index:
            cache[task] = by_index, reader.claims(*task, by_index)
        found.update({(*task, map_index): claim for map_index, claim in cache[task][1].items()})
    return found


def others(reader: DagReader, scope: Scope, payers: Payers) -> dict[Place, str | None]:
    """States of the other instances of these tasks in these runs."""
    found: dict[Place, str | None] = {}
    for dag_id, paying in payers.items():
        for run_ids in _portions(paying.run_ids):
            for run_id, states in reader.task_states(dag_id, list(paying.task_ids), run_ids).items():
                for key, state in states.items():
                    task = split_key(key, paying.task_ids)
                    if task is not None:
                        found[(dag_id, run_id, *task)] = state
    found.pop((scope.dag_id, scope.run_id, scope.task_id, scope.map_index), None)
    return found


def _portions(run_ids: Sequence[str] | None) -> list[list[str] | None]:
    if run_ids is None:
        return [None]
    return [list(run_ids[start : start + _RUNS_AT_ONCE]) for start in range(0, len(run_ids), _RUNS_AT_ONCE)]


def name_of(where: Place, scope: Scope) -> str:
    dag_id, run_id, task_id, map_index = where
    elsewhere = "" if dag_id == scope.dag_id else f" of DAG {dag_id}"
    return f"{task_id}{f'[{map_index}]' if map_index >= 0 else ''} of run {run_id}{elsewhere}"


def _may_be_equal(claim: Claim, entry: Entry) -> bool:
    same = claim.match == entry.fingerprint.match and claim.base_url == entry.base_url
    young = claim.intent_at is None or claim.intent_at > entry.intent_at - OLD_CLAIM
    return same and young and claim.phase == INTENT
