"""In which state a task instance is, from Airflow's database."""

from __future__ import annotations


def state_of(dag_id: str, run_id: str, task_id: str, map_index: int) -> str | None:
    """The state's word, such as ``deferred``, blank before it is scheduled; None where there is no such task instance.

    The caller has checked that its user may know.
    """
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    asked = select(TaskInstance.state).where(
        TaskInstance.dag_id == dag_id,
        TaskInstance.run_id == run_id,
        TaskInstance.task_id == task_id,
        TaskInstance.map_index == map_index,
    )
    with create_session() as session:
        found = session.execute(asked).first()
    return None if found is None else str(found[0] or "")
