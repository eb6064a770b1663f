"""What a day's earlier jobs cost, from two witnesses: receipts in the archive, and records in XCom (pure)."""

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
    known: dict[str, float | None] = {}
    for video_id, submitted_at, usd in costs:
        if not _is_on(submitted_at, day, zone):
            continue
        figure, earlier = number(usd), known.get(video_id)
        known[video_id] = figure if earlier is None else max(earlier, figure or 0.0)
    unknown = sorted(video_id for video_id, usd in known.items() if usd is None)
    return round(sum(usd for usd in known.values() if usd is not None), 6), unknown


def _is_on(moment: object, day: date, zone: tzinfo) -> bool:
    try:
        return datetime.fromisoformat(str(moment)).astimezone(zone).date() == day
    except ValueError:
        return False


def cost_of_receipt(receipt: Mapping[str, Any]) -> tuple[str, object, object] | None:
    """A receipt's job as one of ``costs``; None for a final cut, which is billed by nobody."""
    if receipt.get("kind") == "final_cut":
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
