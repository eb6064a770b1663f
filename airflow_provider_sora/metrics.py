"""Counters in Airflow's own metrics (StatsD or OpenTelemetry, as the installation has it), named as Airflow's are.

``sora.submitted``, ``sora.completed``, ``sora.failed``: jobs. ``sora.refused``: requests and jobs that a content policy
refused. ``sora.estimated_usd_cents``: cents, because a counter holds whole numbers. ``sora.archived_bytes``: bytes
stored. Tags: ``dag_id``, ``task_id`` and ``dialect``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def count(name: str, by: int = 1, tags: Mapping[str, str | None] | None = None) -> None:
    """Add ``by`` to the counter ``sora.{name}``; a no-op where Airflow has no metrics configured."""
    from airflow.providers.common.compat.sdk import Stats

    Stats.incr(f"sora.{name}", by, tags={key: value for key, value in (tags or {}).items() if value})


def tags_of(ti: Any, dialect: str | None) -> dict[str, str | None]:
    """The tags of every counter: whose task it is, under Airflow's own names, and what kind of server was asked."""
    return {"dag_id": ti.dag_id, "task_id": ti.task_id, "dialect": dialect}
