"""The task that runs, as far as paying, waiting and archiving need it: values, so that no operator is handed around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    from airflow_provider_sora.archive.archiver import ArchiveResult


@dataclass(frozen=True, slots=True)
class Running:
    """One try of a task.

    :param context: Airflow's.
    :param log: the task's log.
    :param outlets: assets and aliases that the task declared.
    :param paying_tasks: ids of all tasks of its DAG that pay for videos, its own among them.
    :param archived: what this try has archived so far.
    """

    context: Mapping[str, Any]
    log: Any
    outlets: Sequence[Any] = ()
    paying_tasks: Sequence[str] = ()
    archived: list[ArchiveResult] = field(default_factory=list)


def running(operator: BaseOperator, context: Mapping[str, Any]) -> Running:
    """What an operator's ``execute`` knows of its try: the edge between operators and all that is below them."""
    return Running(context, operator.log, tuple(operator.outlets or ()), paying_task_ids(operator))


def paying_task_ids(operator: BaseOperator) -> list[str]:
    """Ids of all tasks of the operator's DAG that pay for videos, and its own."""
    dag = operator.get_dag()
    kinds = {task_id: getattr(task, "operator_class", type(task)) for task_id, task in _tasks(dag)}
    return sorted({operator.task_id} | {task_id for task_id, kind in kinds.items() if _pays(kind)})


def _tasks(dag: Any) -> Sequence[tuple[str, Any]]:
    return list(dag.task_dict.items()) if dag else []


def _pays(kind: Any) -> bool:
    # By a mark and not by its class: this module is below the operators.
    return isinstance(kind, type) and getattr(kind, "pays_for_videos", False) is True
