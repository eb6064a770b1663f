"""What a job will cost at the connection's own prices. This provider knows no price list: it would go stale."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from airflow_provider_sora.exceptions import BudgetExceededError

Prices = Mapping[str, Mapping[str, float]]


def estimate_usd(prices: Prices, model: str | None, size: str | None, seconds: float | None) -> float | None:
    """USD for one job, or None when no price is known or the length is left to the server.

    ``prices`` is ``{"model-glob": {"size-glob": usd_per_second}}``; the first model glob that matches and holds
    a matching size glob decides. An unset model or size matches only ``*``.
    """
    if seconds is None:
        return None
    for model_glob, sizes in prices.items():
        if not fnmatchcase(model or "", model_glob):
            continue
        for size_glob, usd_per_second in sizes.items():
            if fnmatchcase(size or "", size_glob):
                return round(float(usd_per_second) * float(seconds), 6)
    return None


#: Why there is no estimate: what :func:`estimate_usd` lacks when it gives None.
NO_ESTIMATE = "no price for it in the connection, or no length"


def say_usd(usd: float | None) -> str:
    """The sum for a message."""
    return f"an unknown sum ({NO_ESTIMATE})" if usd is None else f"${usd:.2f}"


def check_limit(estimate: float | None, limit: float | None) -> None:
    """Refuse before paying when the estimate is above ``limit`` (USD) or unknown while a limit is set.

    :raises BudgetExceededError: see above; nothing was paid.
    """
    if limit is None:
        return
    if estimate is None:
        raise BudgetExceededError(
            f"max_cost_usd={limit:g} is set, but this job's cost is unknown: the connection's `prices` have no entry "
            "for its model and size, or `seconds` is left to the server.",
            step="add the price to the connection's extra, or set seconds, or take max_cost_usd away.",
        )
    if estimate > limit:
        raise BudgetExceededError(
            f"This job is estimated at {say_usd(estimate)}, above max_cost_usd={limit:g}.",
            step="raise the limit, or ask for fewer seconds, a smaller size or a cheaper model.",
        )
