"""What was spent, counted in one place from whatever witnesses there are (pure).

Witnesses are receipts in the archive and records in XCom, which tell of jobs, or what runs set out to spend and have
submitted. Several may tell of the same thing: it counts once, at the highest figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from airflow_provider_sora.protocol.answers.job import number


def spent_on(day: date, zone: tzinfo, costs: Iterable[tuple[str, object, object]]) -> tuple[float, list[str]]:
    """USD of the jobs submitted on ``day`` in ``zone``, and the ids of those whose cost nobody knows.

    :param costs: (video id, submitted at as ISO 8601, USD or None); the same job may come from both witnesses and
        counts once, at the higher figure.
    """
    return total((video_id, usd) for video_id, submitted_at, usd in costs if _is_on(submitted_at, day, zone))


def total(costs: Iterable[tuple[str, object]]) -> tuple[float, list[str]]:
    """USD of all that is told of, and the names of that whose cost nobody knows.

    :param costs: (a job's or run's name, USD or None).
    """
    known: dict[str, float | None] = {}
    for name, usd in costs:
        figure, earlier = number(usd), known.get(name)
        known[name] = figure if earlier is None else max(earlier, figure or 0.0)
    unknown = sorted(name for name, usd in known.items() if usd is None)
    return round(sum(usd for usd in known.values() if usd is not None), 6), unknown


def _is_on(moment: object, day: date, zone: tzinfo) -> bool:
    try:
        return datetime.fromisoformat(str(moment)).astimezone(zone).date() == day
    except ValueError:
        return False


def cost_of_receipt(receipt: Mapping[str, Any]) -> tuple[str, object, object] | None:
    """A receipt's job as one of ``costs``; None for what was made of others' videos, which is billed by nobody."""
    if receipt.get("kind", "video") != "video":
        return None
    cost, times = receipt.get("cost") or {}, receipt.get("times") or {}
    usd = cost.get("actual") if cost.get("actual") is not None else cost.get("estimate")
    return str(receipt.get("video_id")), times.get("submitted_at") or times.get("archived_at"), usd


def cost_of_record(record: object) -> tuple[str, object, object] | None:
    """A task's early XCom record as one of ``costs``: a paid job counts before it is archived, or if it never is."""
    if not isinstance(record, Mapping) or not record.get("video_id"):
        return None
    billed = (record.get("returned") or {}).get("cost_usd")
    usd = billed if billed is not None else record.get("cost_estimate_usd")
    return str(record["video_id"]), record.get("submitted_at"), usd
