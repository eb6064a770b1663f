"""What a run may spend: known before its first submit, so that it never stops half-way for want of money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_sora.exceptions import BudgetExceededError
from airflow_provider_sora.jobs.cost import Prices, estimate_usd
from airflow_provider_sora.planning.keys import RunPaths
from airflow_provider_sora.planning.storage import JsonStore


def item_cost(
    prices: Prices, *, model: str | None, size: str | None, seconds: float | None, clips: int
) -> float | None:
    """USD for one item's clips (each remix counts like a create), or None when no price is known."""
    one = estimate_usd(prices, model, size, seconds)
    return None if one is None else round(one * clips, 6)


def committed_today(store: JsonStore, paths: RunPaths) -> float:
    """USD that the day's other runs of this DAG set out to spend, from their ``inputs.json``.

    Set out, not spent: a clip that failed after it was billed, or is still being rendered, leaves no receipt, and a
    budget that cannot see it would be overrun.
    """
    total = 0.0
    for name in store.names(f"{paths.day}/_runs/"):
        if name.endswith("/inputs.json") and name != f"{paths.run}/inputs.json":
            total += float((store.get(name) or {}).get("estimated_usd") or 0)
    return round(total, 6)


def within(
    items: Iterable[Mapping[str, Any]], limits: Mapping[str, float | None]
) -> tuple[list[Mapping[str, Any]], list[tuple[Mapping[str, Any], str]]]:
    """Split items, in order, into those that fit below every limit and the others with the reason.

    :param items: each with ``estimated_usd`` (None: unknown).
    :param limits: what is left of each limit in USD, by the name that the reason shall give; None is no limit.
    :raises BudgetExceededError: a limit is set and an item's cost is unknown; nothing was paid.
    """
    left = {name: float(usd) for name, usd in limits.items() if usd is not None}
    kept: list[Mapping[str, Any]] = []
    others: list[tuple[Mapping[str, Any], str]] = []
    for item in items:
        cost = item.get("estimated_usd")
        if left and cost is None:
            raise BudgetExceededError(
                f"{', '.join(left)} is set, but the cost of a clip is unknown: the connection's `prices` have no entry "
                "for this model and size. Nothing was paid. Add the price to the connection, or take the limit away."
            )
        short = next((name for name, usd in left.items() if (cost or 0) > usd + 1e-9), None)
        if short:
            # Once one had to wait, all after it wait too: a cheaper one must not overtake it for ever.
            left[short] = -1.0
            others.append((item, f"left for a later run: {short} is used up (this item: ${cost:.2f})"))
            continue
        kept.append(item)
        left = {name: usd - (cost or 0) for name, usd in left.items()}
    return kept, others
