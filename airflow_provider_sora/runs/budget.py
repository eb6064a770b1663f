"""What a run may spend: known before its first submit, so that it never stops half-way for want of money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from airflow_provider_sora.arguments import as_labels, as_limit
from airflow_provider_sora.caps.configured import configured_book
from airflow_provider_sora.caps.left import left_for
from airflow_provider_sora.exceptions import BudgetExceededError
from airflow_provider_sora.jobs.spending import total
from airflow_provider_sora.runs.items import Together
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.words.reasons import Reason, because


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in USD: the whole of it, and what is left for this run."""

    whole: float
    left: float


def limits_of(run: PlannedRun) -> dict[str, Limit]:
    """Params ``max_cost_usd`` (this run) and ``daily_budget_usd`` (all runs of the day), those that are set.

    :raises ConfigurationError: one is blank or no number; nothing was paid.
    """
    found = {}
    batch, daily = (as_limit(name, run.params.get(name)) for name in ("max_cost_usd", "daily_budget_usd"))
    if batch is not None:
        found["max_cost_usd"] = Limit(batch, batch)
    if daily is not None:
        found["daily_budget_usd"] = Limit(daily, max(daily - committed_today(run), 0.0))
    return found


def committed_today(run: PlannedRun) -> float:
    """USD that the day's other runs of this DAG set out to spend, or more where they submitted more.

    Set out, from their ``inputs.json``: a clip that failed after it was billed, or is still being rendered, leaves no
    receipt, and a budget that cannot see it would be overrun. Submitted, from their ``index.json``: a retry after a
    failed render submits once more than was set out.
    """
    return total(_told(run))[0]


def _told(run: PlannedRun) -> Iterator[tuple[str, object]]:
    for name in run.store.names(f"{run.paths.day}/_runs/"):
        folder, _, file = name.rpartition("/")
        if folder == run.paths.run or file not in ("inputs.json", "index.json"):
            continue
        document = run.store.get(name) or {}
        facts = document if file == "inputs.json" else document.get("totals") or {}
        yield folder, facts.get("estimated_usd" if file == "inputs.json" else "submitted_usd")


def caps_left() -> Callable[[Together], Mapping[str, Limit]]:
    """What the deployment's spending caps leave for each item now. They are held where a job is paid for, so this only
    keeps a run from setting out to make what it could not pay for.

    :raises ConfigurationError: the caps cannot be read. :raises LedgerError: their book cannot be.
    """
    book = configured_book()
    if book is None:
        return lambda one: {}
    sums, day, caps = book.sums(), book.today(), book.caps

    def of(one: Together) -> Mapping[str, Limit]:
        labels = as_labels(one.items[0].clip.labels)
        return {name: Limit(*room) for name, room in left_for(caps, sums, day, labels).items()}

    return of


class Priced(Protocol):
    """What has a cost in USD; None: unknown."""

    @property
    def estimated_usd(self) -> float | None: ...


T = TypeVar("T", bound=Priced)


def within(
    items: Iterable[T],
    limits: Mapping[str, Limit],
    *,
    max_items: int | None = None,
    admit: Callable[[T], Reason | None] = lambda item: None,
    caps: Callable[[T], Mapping[str, Limit]] = lambda item: {},
) -> tuple[list[T], list[tuple[T, Reason]]]:
    """Split items, in order, into those that fit below every limit and the others with the reason.

    :param limits: by the name that the reason shall give, see :func:`limits_of`.
    :param max_items: how many items at most; None or 0 is no limit.
    :param admit: a last, dearer check of an item that fits, such as looking at its picture; returns the reason why it
        cannot be made, or None. The next item takes its place.
    :param caps: further limits that an item falls under, see :func:`caps_left`.
    :raises BudgetExceededError: a limit is set and an item's cost is unknown; nothing was paid.
    """
    left = {name: limit.left for name, limit in limits.items()}
    kept: list[T] = []
    others: list[tuple[T, Reason]] = []
    for item in items:
        cost, own = item.estimated_usd, {**limits, **caps(item)}
        if own and cost is None:
            raise BudgetExceededError(
                f"{', '.join(own)} is set, but the cost of a clip is unknown: the connection's `prices` have no "
                "entry for this model and size.",
                step="add the price to the connection, or take the limit away.",
            )
        left = {name: limit.left for name, limit in own.items()} | left
        reason = _beyond(cost or 0.0, own, left)
        if reason is None and max_items and len(kept) >= max_items:
            reason = because("max_items", limit=max_items)
        if reason is None and (refused := admit(item)):
            reason = refused
        if reason is not None:
            others.append((item, reason))
            continue
        kept.append(item)
        left = {name: usd - (cost or 0.0) if name in own else usd for name, usd in left.items()}
    return kept, others


def _beyond(cost: float, limits: Mapping[str, Limit], left: dict[str, float]) -> Reason | None:
    """Why an item's cost does not fit, or None."""
    for name, limit in limits.items():
        if cost > limit.whole + 1e-9:
            # Waiting cannot help: no run will ever be allowed to make it.
            return because("too_dear", usd=f"${cost:.2f}", limit=name, usd_limit=f"${limit.whole:.2f}")
    for name in limits:
        if cost > left[name] + 1e-9:
            # Once one had to wait, all after it wait too: a cheaper one must not overtake it for ever.
            left[name] = -1.0
            return because("used_up", limit=name, usd=f"${cost:.2f}")
    return None
