"""What a review's arguments must be, and the form of its question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.review.question import REJECT

#: In place of a due time, where there is none.
_NEVER = "never"


def with_words(given: Any) -> ParamsDict:
    """The field of the question's form, beside the params that Airflow hands on from the DAG."""
    words = Param("", type=["string", "null"], title="Why, or what is to be different")
    if hasattr(words, "source"):  # where Airflow tells them apart, only a task's own are shown
        words.source = "task"
    params = given if isinstance(given, ParamsDict) else ParamsDict(given or {})
    params["words"] = words
    return params


def check_default(defaults: Any) -> None:
    """:raises ConfigurationError: a default that only a person may choose."""
    chosen = defaults if isinstance(defaults, (list, tuple)) else [] if defaults is None else [defaults]
    if wrong := [name for name in chosen if name != REJECT]:
        raise ConfigurationError(
            f"defaults={wrong[0]!r} would be answered for a person who is absent. Nothing was published.",
            step=(
                f"leave it out (the clip stays undecided), or take {REJECT!r}: only a person approves, or pays for a "
                "change."
            ),
        )


def check_reminder(after: timedelta | None, due: timedelta | None, reminders: Any) -> None:
    """:raises ConfigurationError: a reminder that would never come, or tell nobody."""
    if after is None:
        return
    if not reminders:
        raise ConfigurationError("remind_after is set, but there are no reminders to call. Nobody was asked.")
    if after <= timedelta(0) or (due is not None and after >= due):
        raise ConfigurationError(
            f"remind_after={after} does not lie between the question and response_timeout={due}. Nobody was asked."
        )


def due_at(timeout: timedelta | None) -> str:
    """When a wait that begins now ends, for :func:`time_left`."""
    return _NEVER if timeout is None else (datetime.now(UTC) + timeout).isoformat()


def time_left(due: str) -> timedelta | None:
    """How long there is until then: a second at least; None where there is no end."""
    if due == _NEVER:
        return None
    return max(datetime.fromisoformat(due) - datetime.now(UTC), timedelta(seconds=1))
