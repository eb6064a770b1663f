"""Hooks for tasks: skip what need not be made, and leave a reason behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_sora.words.reasons import Reason, of_failure

if TYPE_CHECKING:
    from airflow.sdk import Context

#: XCom key under which a task leaves for the index why it failed, or why it was skipped.
REASON_KEY = "failure"


def given(context: Context, name: str) -> Any:
    """What the task of this hook was given under a name, rendered; None where it has no such argument."""
    return getattr(context["task"], name, None)


def skip_without_prompt(context: Context) -> None:
    """``pre_execute`` of a task that makes a video: no prompt means that none was planned, so the task is skipped.

    :raises AirflowSkipException: the task's rendered ``prompt`` is empty.
    """
    if not given(context, "prompt"):
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException("No such clip was planned for this item.")


def skip_with(context: Context, reason: Reason) -> None:
    """Skip the task and keep the reason in an XCom, where the index finds it.

    :raises AirflowSkipException: always.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    context["ti"].xcom_push(key=REASON_KEY, value=reason.to_json())
    raise AirflowSkipException(reason.text)


def leave_reason(context: Context) -> None:
    """``on_failure_callback``: keep the error's class and text in an XCom, where the index finds it."""
    context["ti"].xcom_push(key=REASON_KEY, value=of_failure(context.get("exception")).to_json())


def error_text(error: object) -> str:
    """An error's class and text; Airflow's own word where a task ended without an exception."""
    return f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error or "unknown error")


def is_on(value: object) -> bool:
    """A switch among a DAG's params: ``true``/``false``, or ``on``/``off`` as YAML and forms write it."""
    return value is True or str(value).strip().lower() in ("on", "true", "yes", "1")
