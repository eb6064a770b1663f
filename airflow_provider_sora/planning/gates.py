"""Hooks for tasks inside a mapped group: skip what was not planned, and leave a reason behind when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: XCom key under which a failed task leaves its reason for the index.
FAILURE_KEY = "failure"


def skip_without_prompt(context: Mapping[str, Any]) -> None:
    """``pre_execute`` of a task that makes a video: no prompt means that none was planned, so the task is skipped.

    :raises AirflowSkipException: the task's rendered ``prompt`` is empty.
    """
    if not context["task"].prompt:
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException("No such clip was planned for this item.")


def leave_reason(context: Mapping[str, Any]) -> None:
    """``on_failure_callback``: keep the error's class and text in an XCom, where the index finds it."""
    error = context.get("exception")
    text = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error or "unknown error")
    context["ti"].xcom_push(key=FAILURE_KEY, value={"task": context["ti"].task_id, "reason": text[:1000]})


def is_on(value: object) -> bool:
    """A switch among a DAG's params: ``true``/``false``, or ``on``/``off`` as YAML and forms write it."""
    return value is True or str(value).strip().lower() in ("on", "true", "yes", "1")
