"""Open questions about clips, and which DAGs are on, from Airflow's database.

Answers are never written here: pages give them to Airflow's own REST API.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.review.question import (
    APPROVE,
    CHANGE_IT,
    REJECT,
    final_price_in,
    is_about,
    lies_in,
    price_in,
)

#: A task that waits for a person: by itself from Airflow 3.3 on, in the triggerer before.
_WAITING = ("awaiting_input", "deferred")


@dataclass(frozen=True, slots=True)
class Question:
    """One that nobody has answered.

    :param options: the answers that it takes, in order.
    :param price: what a change is estimated at; blank where none is offered. ``final_price``: of the final that an
        approval pays for; blank of what is no draft.
    :param assigned: ids of the people who may answer; empty for all who may act on the DAG.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    options: tuple[str, ...]
    price: str
    assigned: frozenset[str]
    final_price: str = ""


def open_question(place: str) -> Question | None:
    """The newest open question about the clip in a folder.

    :param place: the folder's address in its store.
    """
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    where = (TaskInstance.dag_id, TaskInstance.run_id, TaskInstance.task_id, TaskInstance.map_index)
    asked = (
        select(*where, HITLDetail.options, HITLDetail.body, HITLDetail.assignees)
        .join(TaskInstance, TaskInstance.id == HITLDetail.ti_id)
        .where(HITLDetail.responded_at.is_(None), TaskInstance.state.in_(_WAITING))
        .where(HITLDetail.body.contains(lies_in(place), autoescape=True))
        .order_by(HITLDetail.created_at.desc())
    )
    with create_session() as session:
        found = session.execute(asked).all()
    for dag_id, run_id, task_id, map_index, options, body, people in found:
        # A database may compare without regard to case; and somebody else's question is none of ours.
        if is_about(body or "", place) and set(options) <= {APPROVE, REJECT, CHANGE_IT}:
            assigned = frozenset(str(one["id"]) for one in people or ())
            prices = {"price": price_in(body), "final_price": final_price_in(body)}
            return Question(dag_id, run_id, task_id, map_index, tuple(options), assigned=assigned, **prices)
    return None


def is_on(dag_id: str) -> bool:
    """Whether Airflow has such a DAG and would run it now."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    asked = select(DagModel.dag_id).where(
        DagModel.dag_id == dag_id, DagModel.is_paused.is_(False), DagModel.is_stale.is_(False)
    )
    with create_session() as session:
        return session.scalar(asked) is not None
