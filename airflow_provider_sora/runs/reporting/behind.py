"""What a run makes of all its clips together, such as a film's cut: where it lies, or why there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.runs.gates import REASON_KEY
from airflow_provider_sora.runs.remembered.made import Made
from airflow_provider_sora.runs.reporting.outcome import PATIENCE
from airflow_provider_sora.words.reasons import Reason


@dataclass(frozen=True, slots=True)
class Behind:
    """What the tasks behind the clips left.

    :param receipts: addresses of the receipts of archived videos.
    :param failed: by task, why it failed; ``skipped``: why it made nothing.
    """

    receipts: tuple[str, ...] = ()
    failed: Mapping[str, Reason] = field(default_factory=dict)
    skipped: Mapping[str, Reason] = field(default_factory=dict)

    @classmethod
    def of(cls, ti: Any, tasks: Sequence[str]) -> Behind:
        """
        :param ti: the task instance of the reporting task.
        """
        if not tasks:
            return cls()
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=list(tasks), run_ids=[ti.run_id]).get(ti.run_id) or {}
        left = {task: ti.xcom_pull(task_ids=task, default=None) for task in tasks}
        failed = {task: _reason(ti, task) for task in tasks if states.get(task) == "failed"}
        # What merely stands behind it has no reason of its own.
        unmade = {task: Reason("failed", "not made: what stands before it failed") for task in tasks}
        failed |= {task: unmade[task] for task in tasks if states.get(task) == "upstream_failed" and not failed}
        skipped = {
            task: Reason.from_json(reason)
            for task in tasks
            if states.get(task) == "skipped" and (reason := ti.xcom_pull(task_ids=task, key=REASON_KEY, default=None))
        }
        made = (Made.from_json(record) for record in left.values() if isinstance(record, Mapping))
        return cls(tuple(one.receipt_uri for one in made if one.receipt_uri), failed, skipped)


def _reason(ti: Any, task: str) -> Reason:
    """Why a task failed; Airflow reports its end first, and what it leaves may come a little later."""
    deadline = time.monotonic() + PATIENCE
    while True:
        reason = ti.xcom_pull(task_ids=task, key=REASON_KEY, default=None)
        if reason:
            return Reason.from_json(reason, status="failed")
        if time.monotonic() >= deadline:
            return Reason("failed", f"see the log of task {task}")
        time.sleep(1)
