"""Every difference between Airflow versions, found by feature and never by comparing versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

try:  # Airflow 3.3 and later
    from airflow.sdk import RetryDecision, RetryPolicy

    HAS_RETRY_POLICY = True
except ImportError:  # pragma: no cover - only before 3.3
    RetryDecision = None  # type: ignore[assignment,misc]
    RetryPolicy = object  # type: ignore[assignment,misc]
    HAS_RETRY_POLICY = False

__all__ = [
    "HAS_RETRY_POLICY",
    "RetryDecision",
    "RetryPolicy",
    "connection_and_extra",
    "edge_error",
    "lists_variables",
    "runs_inline",
    "set_during_execution",
    "state_store",
    "variable_keys",
]


def state_store(context: Mapping[str, Any]) -> Any | None:
    """The task state store of this try, or None before Airflow 3.3."""
    return context.get("task_state_store")


def set_during_execution() -> Any:
    """What stands for an argument that a decorated function answers. ``common.compat`` gives it a public place, but not
    in the releases that the constraints of Airflow 3.2 hold."""
    try:
        from airflow.providers.common.compat.sdk import SET_DURING_EXECUTION
    except ImportError:
        from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION
    return SET_DURING_EXECUTION


def edge_error(error: Exception) -> Exception:
    """The exception to leave an operator with.

    Where retry policies exist the typed error leaves as it is, so that a user's own policy sees it. Before 3.3
    only ``AirflowFailException`` stops a task from being retried, so it carries the errors that must not be.
    """
    if HAS_RETRY_POLICY or not getattr(error, "never_retry", False):
        return error
    from airflow.sdk.exceptions import AirflowFailException

    wrapped = AirflowFailException(str(error))
    wrapped.__cause__ = error
    return wrapped


async def connection_and_extra(hook: Any, conn_id: str) -> tuple[Any, dict[str, Any]]:
    """A connection and its extra, read without blocking the event loop.

    Before Airflow 3.3.2 secrets are masked by a call to the supervisor that blocks, and raises where another call is
    under way on the same loop; there both are read in the one worker thread from which such calls are safe. Airflow's
    ``common.compat`` does the same, but not in the releases that the constraints of any Airflow up to 3.3.2 hold.
    """
    from airflow.sdk import Connection

    if hasattr(Connection, "aextra_dejson"):
        connection = await hook.aget_connection(conn_id)
        return connection, await connection.aextra_dejson()
    from asgiref.sync import sync_to_async

    def read() -> tuple[Any, dict[str, Any]]:
        connection = hook.get_connection(conn_id)
        return connection, connection.extra_dejson

    return await sync_to_async(read)()


def lists_variables() -> bool:
    """Whether a task can ask for the names of Airflow Variables, as it can from Airflow 3.3 on."""
    from airflow.sdk import Variable

    return hasattr(Variable, "keys")


def variable_keys(prefix: str) -> list[str]:
    """Keys of Airflow Variables that begin so; none before Airflow 3.3, which cannot be asked for them."""
    from airflow.sdk import Variable

    keys = getattr(Variable, "keys", None)
    return [] if keys is None else [str(key) for key in keys(prefix)]


def runs_inline() -> bool:
    """Whether this task runs under ``dag.test()``, where triggers run inline and there is no race to wait out."""
    from airflow.sdk.execution_time import task_runner

    return type(getattr(task_runner, "SUPERVISOR_COMMS", None)).__name__ == "InProcessSupervisorComms"


def waiting_states() -> list[str]:
    """The states of a task that waits for a person's answer: one of its own from Airflow 3.3 on, before in the
    triggerer."""
    from airflow.utils.state import TaskInstanceState

    known = {state.value for state in TaskInstanceState}
    return [name for name in ("awaiting_input", "deferred") if name in known]
