"""Which articles of a feed to make clips of: newest first, fresh, not blocked, and never one twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_sora.planning.feed import FeedItem
from airflow_provider_sora.planning.memory import Memory
from airflow_provider_sora.planning.style import find_term

#: How far ahead of the run an article may be dated; clocks differ, and some desks date to the next full hour.
FUTURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be made, and the identity under which it is remembered.

    :param corrected: its text changed since another run made it.
    """

    item: FeedItem
    identity: str
    corrected: bool = False


def choose_articles(
    items: Iterable[FeedItem],
    memory: Memory,
    *,
    moment: datetime,
    max_age_hours: float | None = None,
    blocked_terms: Iterable[str] = (),
    rerender_corrected: bool = False,
) -> tuple[list[Candidate], list[dict[str, Any]]]:
    """Split a feed into articles to make, newest first (undated ones last), and the others with a reason.

    Articles made before are not in either list, unless their text changed: those are listed as ``corrected``, and
    made again only with ``rerender_corrected``. Claims nothing: that is for the caller, once it knows its budget.

    :param moment: the run's date; ages are counted from it.
    :param max_age_hours: leave out what is older; None or 0 keeps everything. Undated articles have no age.
    """
    terms = tuple(blocked_terms)
    fresh: list[Candidate] = []
    skipped: list[dict[str, Any]] = []
    for item in sorted(items, key=lambda item: item.published or "", reverse=True):
        reason = _unfit(item, moment, max_age_hours, terms)
        if reason:
            skipped.append(_skip(item, reason))
            continue
        known = memory.earlier(item.guid)
        if known is None:
            fresh.append(Candidate(item, item.guid))
        elif known.get("digest") != item.digest:
            identity = f"{item.guid}\n{item.digest}"
            if memory.earlier(identity) is not None:
                continue
            if rerender_corrected:
                fresh.append(Candidate(item, identity, corrected=True))
            else:
                skipped.append(_skip(item, "corrected: its text changed since its clip was made", status="corrected"))
    return fresh, skipped


def _unfit(item: FeedItem, moment: datetime, max_age_hours: float | None, terms: tuple[str, ...]) -> str | None:
    term = find_term(f"{item.title} {item.summary}", terms)
    if term:
        return f"blocked: it holds the term {term!r}"
    if item.published is None:
        return None
    age = moment - datetime.fromisoformat(item.published)
    if age < -FUTURE:
        return f"dated in the future ({item.published}); taken once that time has come"
    if max_age_hours and age > timedelta(hours=max_age_hours):
        return f"older than {max_age_hours:g} hours ({item.published})"
    return None


def _skip(item: FeedItem, reason: str, status: str = "skipped") -> dict[str, Any]:
    return {
        "key": item.guid,
        "title": item.title,
        "link": item.link,
        "language": item.language,
        "status": status,
        "reason": reason,
    }
