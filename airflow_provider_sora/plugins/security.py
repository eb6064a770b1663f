"""Who is asking, and what they may see: the only module that knows Airflow's ``core_api.security``.

That module is not a declared interface of Airflow; a test for each supported version names what is used of it here.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request

#: Whoever is logged in, by the session's cookie or a bearer token; 401 for everybody else.
User = Annotated[Any, Depends(get_user)]


def readable_dags(user: Any) -> frozenset[str]:
    """The DAGs of this Airflow that a user may look at."""
    return frozenset(get_auth_manager().get_authorized_dag_ids(user=user, method="GET"))


def may_read(user: Any, dag_id: str) -> bool:
    """Whether a user may look at what a DAG made. A blank id and ``~`` would mean every DAG, and are refused.

    So is that of a DAG that this Airflow does not have, as in :func:`readable_dags`: an auth manager may say yes to any
    id, and two Airflows may share an archive.
    """
    return _may(user, dag_id, "GET", None) and _is_known(dag_id)


def may_read_tasks(user: Any, dag_id: str) -> bool:
    """Whether a user may see in which state a DAG's tasks are."""
    return _may(user, dag_id, "GET", DagAccessEntity.TASK_INSTANCE)


def may_decide(user: Any, dag_id: str) -> bool:
    """Whether a user may answer for a DAG: the same right as answering Airflow's own *Required Actions*."""
    return _may(user, dag_id, "PUT", DagAccessEntity.HITL_DETAIL)


def may_answer(user: Any, dag_id: str, assigned: frozenset[str]) -> bool:
    """Whether a user may answer a question.

    :param assigned: ids of the people it was put to; empty: to all who may act on the DAG.
    """
    if not may_decide(user, dag_id):
        return False
    return not assigned or bool(get_auth_manager().is_authorized_hitl_task(assigned_users=set(assigned), user=user))


def may_start(user: Any, dag_id: str) -> bool:
    """Whether a user may start a run of a DAG."""
    return _may(user, dag_id, "POST", DagAccessEntity.RUN)


def name_of(user: Any) -> str:
    """The user's name, as a decision keeps it."""
    return str(user.get_name())


def same_origin(request: Request) -> None:
    """Refuse a request that another site's page made in a logged-in person's browser.

    A bearer token is proof enough: a browser adds a cookie by itself and never that.

    :raises HTTPException: 403.
    """
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    if site == "same-origin" or (site is None and own):
        return
    raise HTTPException(403, "This was not asked for by a page of this Airflow.")


def _is_known(dag_id: str) -> bool:
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return session.scalar(select(DagModel.dag_id).where(DagModel.dag_id == dag_id)) is not None


def _may(user: Any, dag_id: str, method: Any, entity: DagAccessEntity | None) -> bool:
    if not dag_id.strip() or dag_id == "~":
        return False
    from airflow.models.dag import DagModel

    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    return bool(get_auth_manager().is_authorized_dag(method=method, access_entity=entity, details=details, user=user))
