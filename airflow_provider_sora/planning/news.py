"""Which articles of a feed to make clips of: newest first, fresh, not blocked, and never one twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_sora.planning.budget import committed_today, remaining, status_of, within
from airflow_provider_sora.planning.drafts import PriceList, planned_item, together
from airflow_provider_sora.planning.feed import FeedItem, item_from_mapping, read_feeds
from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.memory import Memory
from airflow_provider_sora.planning.prompt import remix_prompt
from airflow_provider_sora.planning.prompt_lint import lint_prompt, lint_remix
from airflow_provider_sora.planning.style import Style, find_term

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


@dataclass(frozen=True, slots=True)
class ArticleClips:
    """What one article's clips shall show.

    :param insert: the whole prompt of the clip.
    :param change: the change of its remix.
    """

    insert: str
    change: str


def choose_news(
    run: PlannedRun, moment: datetime, style: Style, clips_of: Callable[[FeedItem], ArticleClips], *, can_remix: bool
) -> dict[str, Any]:
    """What this run will make, within its limits, kept in ``inputs.json``; returns what counts from now on.

    Only what is kept is claimed, so an article that had to wait is there for the next run.

    :param run: params used: ``feed`` or ``item``, ``max_items``, ``max_age_hours``, ``rerender_corrected``, ``size``,
        ``second_size``, ``max_cost_usd``, ``daily_budget_usd``.
    :param moment: the run's date; ages are counted from it.
    """
    params, memory, prices = run.params, Memory(run.store, run.paths), PriceList.of(run.params)
    feed = read_feeds(params["feed"], gcp_conn_id=params.get("gcp_conn_id")) if params.get("item") is None else None
    fresh, skipped = choose_articles(
        feed.items if feed else [item_from_mapping(params["item"])],
        memory,
        moment=moment,
        max_age_hours=params.get("max_age_hours") if feed else None,
        blocked_terms=style.blocked_terms,
        rerender_corrected=bool(params.get("rerender_corrected")),
    )
    drafts = (_together(run, prices, style, one, clips_of(one.item), can_remix) for one in fresh)
    limits = remaining(params, spent_today=committed_today(run.store, run.paths))
    fitting, later = within(drafts, limits, max_items=params.get("max_items"))
    items = [item for one in fitting if run.dry_run or memory.claim(one["identity"]) for item in one["items"]]
    skipped += [
        *(feed.skipped if feed else ()),
        *({**one["items"][0]["about"], "status": status_of(why), "reason": why} for one, why in later),
    ]
    return run.keep(items, skipped, source=feed.source if feed else "item", style=style.name)


def _together(
    run: PlannedRun, prices: PriceList, style: Style, candidate: Candidate, clips: ArticleClips, can_remix: bool
) -> dict[str, Any]:
    """An article's clips: the insert with its remix and, where asked, the insert once more in another size, which
    must be a create of its own, for a remix cannot change the size."""
    article = candidate.item
    remix = remix_prompt(clips.change, style, language=article.language) if can_remix else ""
    shapes = {run.params.get("size"): remix}
    if run.params.get("second_size"):
        shapes.setdefault(run.params["second_size"], "")
    items = [
        planned_item(
            run,
            prices,
            identity=candidate.identity,
            readable=article.title,
            about={"key": article.guid, "title": article.title, "link": article.link, "language": article.language},
            size=size,
            prompts={"prompt": clips.insert, "remix_prompt": text},
            labels={"guid": article.guid, "article_url": article.link, "desk": style.name},
            warnings=[*lint_prompt(clips.insert), *lint_remix(clips.change)],
            digest=article.digest,
            corrected=candidate.corrected,
        )
        for size, text in shapes.items()
    ]
    return together(candidate.identity, items)


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
