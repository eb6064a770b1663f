"""Which tasks of this Airflow pay for videos, so that no task adopts a job that another DAG has claimed.

Each paying DAG notes its paying tasks in an Airflow Variable of its own, ``sora_pays.<dag id>``: a worker cannot ask
Airflow which DAGs there are. It is written before the first paid request on a server whose list is searched, and
again only when the tasks change; deleted by hand, it is written again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from airflow_provider_sora.compat import variable_keys
from airflow_provider_sora.jobs.fingerprint import Scope
from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.jobs.settling.siblings import ClaimCache, DagReader, Payers, read_siblings

PREFIX = "sora_pays."


def note_payers(dag_id: str, task_ids: list[str], log: Any) -> None:
    """Let searches of other DAGs know whose claims to read. A failure is logged: it keeps nobody from paying."""
    from airflow.sdk import Variable

    try:
        if set(task_ids) - set(_tasks(Variable.get(PREFIX + dag_id, default=None))):
            text = "Paying tasks of this DAG; read by airflow-provider-sora when it looks for a lost job."
            Variable.set(PREFIX + dag_id, json.dumps(sorted(task_ids)), description=text)
    except Exception as error:  # noqa: BLE001 - whatever Airflow's interface can raise
        log.warning(
            "The paying tasks of this DAG could not be noted in the Variable %s (%s): another DAG that asks for the "
            "very same video and loses the answer may take over this one's job.",
            PREFIX + dag_id,
            error,
        )


def all_payers(dag_id: str, task_ids: list[str]) -> Payers:
    """This DAG's paying tasks and those of every other DAG that has noted them."""
    from airflow.sdk import Variable

    keys = variable_keys(PREFIX)
    noted = {key.removeprefix(PREFIX): _tasks(Variable.get(key, default=None)) for key in keys}
    return {**noted, dag_id: task_ids}


class SiblingsReader:
    """Reads the claims of all paying tasks, for one search."""

    def __init__(self, reader: DagReader, scope: Scope, task_ids: list[str]) -> None:
        self._reader, self._scope, self._task_ids = reader, scope, task_ids
        self._cache: ClaimCache = {}

    def __call__(self, entry: Entry) -> Siblings:
        unknown: tuple[str, ...] = ()
        payers: Payers = {self._scope.dag_id: self._task_ids}
        try:
            payers = all_payers(self._scope.dag_id, self._task_ids)
        except Exception as error:  # noqa: BLE001 - whatever Airflow's interface can raise
            unknown = (f"other DAGs, whose paying tasks cannot be read ({error})",)
        found = read_siblings(self._reader, self._scope, payers, entry, self._cache)
        return replace(found, in_flight=(*found.in_flight, *unknown))


def _tasks(value: Any) -> list[str]:
    """The noted task ids; what is no list of them counts as nothing noted."""
    try:
        found = json.loads(value or "[]")
    except (TypeError, ValueError):
        return []
    return [task_id for task_id in found if isinstance(task_id, str)] if isinstance(found, list) else []
