"""What a run may spend: known before its first submit, so that it never stops half-way for want of money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_provider_sora.exceptions import BudgetExceededError
from airflow_provider_sora.planning.keys import RunPaths
from airflow_provider_sora.planning.storage import JsonStore

#: How the reason begins of what fits no limit of this run and is not refused.
LATER = "left for a later run"


def status_of(reason: str) -> str:
    """``later`` for what only has to wait, ``skipped`` for what cannot be made as it is."""
    return "later" if reason.startswith(LATER) else "skipped"


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


def remaining(params: Mapping[str, Any], *, spent_today: float) -> dict[str, float | None]:
    """What is left of params ``max_cost_usd`` (this run) and ``daily_budget_usd`` (all runs of the day)."""
    daily = params.get("daily_budget_usd")
    return {
        "max_cost_usd": params.get("max_cost_usd"),
        "daily_budget_usd": None if daily is None else max(float(daily) - spent_today, 0.0),
    }


def within(
    items: Iterable[Mapping[str, Any]],
    limits: Mapping[str, float | None],
    *,
    max_items: int | None = None,
    admit: Callable[[Mapping[str, Any]], str | None] = lambda item: None,
) -> tuple[list[Mapping[str, Any]], list[tuple[Mapping[str, Any], str]]]:
    """Split items, in order, into those that fit below every limit and the others with the reason.

    :param items: each with ``estimated_usd`` (None: unknown).
    :param limits: what is left of each limit in USD, by the name that the reason shall give; None is no limit.
    :param max_items: how many items at most; None or 0 is no limit.
    :param admit: a last, dearer check of an item that fits, such as looking at its picture; returns the reason why it
        cannot be made, or None. The next item takes its place.
    :raises BudgetExceededError: a limit is set and an item's cost is unknown; nothing was paid.
    """
    left = {name: float(usd) for name, usd in limits.items() if usd is not None}
    kept: list[Mapping[str, Any]] = []
    others: list[tuple[Mapping[str, Any], str]] = []
    for item in items:
        if max_items and len(kept) >= max_items:
            others.append((item, f"{LATER}: max_items={max_items} is reached"))
            continue
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
            others.append((item, f"{LATER}: {short} is used up (this item: ${cost:.2f})"))
            continue
        refused = admit(item)
        if refused:
            others.append((item, refused))
            continue
        kept.append(item)
        left = {name: usd - (cost or 0) for name, usd in left.items()}
    return kept, others
