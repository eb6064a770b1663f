"""Counters in Airflow's own metrics (StatsD or OpenTelemetry, as the installation has it).

``sora.submitted``, ``sora.completed``, ``sora.failed``: jobs. ``sora.estimated_usd_cents``: cents, because a
counter holds whole numbers. ``sora.archived_bytes``: bytes stored.
"""

from __future__ import annotations

from collections.abc import Mapping


def count(name: str, by: int = 1, tags: Mapping[str, str | None] | None = None) -> None:
    """Add ``by`` to the counter ``sora.{name}``; a no-op where Airflow has no metrics configured."""
    from airflow.providers.common.compat.sdk import Stats

    Stats.incr(f"sora.{name}", by, tags={key: value for key, value in (tags or {}).items() if value})
