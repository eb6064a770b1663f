"""What a search for a lost job reads of Airflow: states and claims of a DAG's other tasks, asked as this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_sora.jobs.settling.siblings import CLAIM_KEY


class AirflowDagReader:
    """A :class:`~airflow_provider_sora.jobs.settling.siblings.DagReader`; only for use inside a task."""

    def __init__(self, task_instance: Any) -> None:
        self._ti = task_instance

    def task_states(
        self, dag_id: str, task_ids: list[str], run_ids: list[str] | None = None
    ) -> Mapping[str, Mapping[str, str | None]]:
        return self._ti.get_task_states(dag_id=dag_id, task_ids=task_ids, run_ids=run_ids)

    def claims(self, dag_id: str, run_id: str, task_id: str, map_indexes: Iterable[int]) -> Mapping[int, object]:
        from airflow.providers.common.compat.sdk import XCom

        where = {"key": CLAIM_KEY, "dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        shown = XCom.get_all(**where) or []
        if all(isinstance(claim, Mapping) and isinstance(claim.get("map_index"), int) for claim in shown):
            return {claim["map_index"]: claim for claim in shown}
        # Claims of earlier versions do not say whose they are.
        return {index: XCom.get_one(**where, map_index=index) for index in map_indexes}
