"""Which runs of this Airflow pay for videos, so that a search for a lost job reads their claims and no others.

A worker cannot ask Airflow which runs were active when, so each run that pays notes itself once a day in an Airflow
Variable, before its first paid request. The name says all that is needed:
``sora_paid.<day>.<tasks>.<dag id>/<run id>``. Notes are deleted after :data:`~…jobs.settling.bounds.KEEP_DAYS` days.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from airflow_provider_sora.compat import lists_variables, variable_keys
from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.request_digest import Scope
from airflow_provider_sora.jobs.settling.bounds import day_of, days_that_matter, is_noted, is_stale
from airflow_provider_sora.jobs.settling.settle import UNKNOWN_FLIGHT, Siblings
from airflow_provider_sora.jobs.settling.siblings import ClaimCache, DagReader, Payers, Paying, read_siblings

PREFIX = "sora_paid."
#: Its rest is the moment, in Unix seconds, from which runs are noted.
SINCE = f"{PREFIX}since."
#: Where versions before this one noted the paying tasks of a DAG, whichever its runs.
OLD_PREFIX = "sora_pays."

#: Airflow's limit for the name of a Variable, and what can stand in an address as it is.
_LONGEST = 250
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.~:+-]*")
#: Notes that one task deletes at most.
_DELETED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Note:
    """That a run pays, or has paid, on a day.

    :param tasks: stands for the DAG's paying tasks; equal for equal ones.
    :param run_id: None where it does not fit in the name, and is in the value alone.
    """

    key: str
    day: int
    tasks: str
    dag_id: str
    run_id: str | None


def note_of(scope: Scope, task_ids: Sequence[str], moment: float) -> Note:
    """The note that a run makes at ``moment`` (Unix seconds)."""
    day, tasks = day_of(moment), _digest(json.dumps(sorted(task_ids)))[:12]
    head = f"{PREFIX}{day}.{tasks}."
    plain = f"{head}{scope.dag_id}/{scope.run_id}"
    if len(plain) <= _LONGEST and _PLAIN.fullmatch(scope.dag_id) and _PLAIN.fullmatch(scope.run_id):
        return Note(plain, day, tasks, scope.dag_id, scope.run_id)
    return Note(f"{head}{_digest(f'{scope.dag_id}/{scope.run_id}')}", day, tasks, "", None)


def read_note(key: str) -> Note | None:
    """A note from its name; None for anything else."""
    found = re.fullmatch(rf"{re.escape(PREFIX)}(\d+)\.([0-9a-f]+)\.(?:([^/]+)/(.+)|[0-9a-f]+)", key)
    return None if found is None else Note(key, int(found[1]), found[2], found[3] or "", found[4])


def since(keys: Iterable[str]) -> float | None:
    """From when on runs are noted: the latest that any name says."""
    said = [key.removeprefix(SINCE) for key in keys if key.startswith(SINCE)]
    return max((float(moment) for moment in said if moment.isdigit()), default=None)


def note_run(scope: Scope, task_ids: Sequence[str], now: float, log: Any) -> None:
    """Note that this run pays, once a day; the day's first of its tasks deletes what is out of date.

    :raises LedgerError: it could not be noted, so a search of another task might take this one's job for its own.
    """
    if not lists_variables():
        return  # before Airflow 3.3 no search can read it
    note = note_of(scope, task_ids, now)
    try:
        if note.key in variable_keys(note.key):
            return
        keys = variable_keys(PREFIX)
        if since(keys) is None:
            _write(f"{SINCE}{int(now)}", {})
        _write(note.key, {"dag_id": scope.dag_id, "run_id": scope.run_id, "task_ids": sorted(task_ids)})
    except Exception as error:
        raise LedgerError(
            f"It could not be noted in the Airflow Variable {note.key} that this run pays ({type(error).__name__}: "
            f"{error}), so a search for a lost answer of another task might take this task's job for its own. This "
            "try has sent and paid nothing. A retry notes it."
        ) from error
    _forget([key for key in keys if (old := read_note(key)) is not None and is_stale(old.day, now)], log)


def runs_noted(dag_id: str, begin: float, now: float) -> tuple[str, ...] | None:
    """The runs of a DAG that have paid since ``begin`` (Unix seconds); None where the notes do not reach back so far,
    as before Airflow 3.3, and any run may have.
    """
    keys = variable_keys(PREFIX)
    days = range(day_of(begin), day_of(now) + 1)
    if not is_noted(days, since(keys), now):
        return None
    runs: set[str] = set()
    for note in map(read_note, keys):
        if note is None or note.day not in days:
            continue
        told = {"dag_id": note.dag_id, "run_id": note.run_id} if note.run_id else json.loads(_read(note.key) or "{}")
        if told.get("dag_id") == dag_id:
            runs.add(str(told["run_id"]))
    return tuple(sorted(runs))


class SiblingsReader:
    """Reads the claims of all paying tasks that may matter, for one search."""

    def __init__(
        self, reader: DagReader, scope: Scope, task_ids: list[str], now: Callable[[], float] = time.time
    ) -> None:
        self._reader, self._scope, self._task_ids, self._now = reader, scope, tuple(task_ids), now
        self._cache: ClaimCache = {}
        self._values: dict[str, dict[str, Any]] = {}

    def __call__(self, entry: Entry) -> Siblings:
        unknown: tuple[str, ...] = ()
        payers: Payers = {self._scope.dag_id: Paying(self._task_ids)}
        try:
            payers = self._payers(entry)
        except Exception as error:  # noqa: BLE001 - whatever Airflow's interface can raise
            unknown = (f"other DAGs, whose paying runs cannot be read ({error})",)
        found = read_siblings(self._reader, self._scope, payers, entry, self._cache)
        return replace(found, in_flight=(*found.in_flight, *unknown))

    def _payers(self, entry: Entry) -> Payers:
        """The noted runs of the days that matter and this one; every run where those days are not all noted."""
        keys = variable_keys(PREFIX)
        days = days_that_matter(entry.intent_at, entry.in_flight or UNKNOWN_FLIGHT)
        whole = not is_noted(days, since(keys), self._now())
        runs: dict[str, set[str]] = {self._scope.dag_id: {self._scope.run_id}}
        tasks: dict[str, set[str]] = {self._scope.dag_id: set(self._task_ids)}
        known: dict[tuple[str, str], list[str]] = {}
        for note in map(read_note, keys):
            if note is None or (note.day not in days and not whole):
                continue
            dag_id, run_id = note.dag_id, note.run_id
            if run_id is None:
                dag_id, run_id = self._value(note.key)["dag_id"], self._value(note.key)["run_id"]
            if (dag_id, note.tasks) not in known:
                known[dag_id, note.tasks] = self._value(note.key)["task_ids"]
            runs.setdefault(dag_id, set()).add(run_id)
            tasks.setdefault(dag_id, set()).update(known[dag_id, note.tasks])
        if whole:
            for key in variable_keys(OLD_PREFIX):
                tasks.setdefault(key.removeprefix(OLD_PREFIX), set()).update(_tasks(_read(key)))
            return {dag_id: Paying(tuple(sorted(names))) for dag_id, names in tasks.items()}
        return {dag_id: Paying(tuple(sorted(tasks[dag_id])), tuple(sorted(ids))) for dag_id, ids in runs.items()}

    def _value(self, key: str) -> dict[str, Any]:
        if key not in self._values:
            self._values[key] = json.loads(_read(key) or "")
        return self._values[key]


def _tasks(value: str | None) -> list[str]:
    """The task ids that an earlier version noted; what is no list of them counts as nothing noted."""
    try:
        found = json.loads(value or "[]")
    except ValueError:
        return []
    return [task_id for task_id in found if isinstance(task_id, str)] if isinstance(found, list) else []


def _read(key: str) -> str | None:
    from airflow.sdk import Variable

    value = Variable.get(key, default=None)
    return None if value is None else str(value)


def _write(key: str, value: Any) -> None:
    from airflow.sdk import Variable

    text = "A run that pays for videos; airflow-provider-sora reads it when it looks for a lost job, and deletes it."
    Variable.set(key, json.dumps(value), description=text)


def _forget(keys: list[str], log: Any) -> None:
    from airflow.sdk import Variable

    try:
        for key in keys[:_DELETED_AT_ONCE]:
            Variable.delete(key)
    except Exception as error:  # noqa: BLE001 - whatever Airflow's interface can raise
        log.warning("The Airflow Variable %s is out of date and could not be deleted: %s", key, error)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
