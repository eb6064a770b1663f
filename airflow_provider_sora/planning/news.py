"""Which articles of a feed to make clips of: newest first, fresh, not blocked, and never one twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.planning.budget import limits_of, within
from airflow_provider_sora.planning.drafts import PriceList, planned_item, together
from airflow_provider_sora.planning.feed import Feed, FeedItem, item_from_mapping, read_feeds
from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.memory import Memory
from airflow_provider_sora.planning.prompt import remix_prompt
from airflow_provider_sora.planning.prompt_lint import lint_prompt, lint_remix, lint_style
from airflow_provider_sora.planning.reasons import because
from airflow_provider_sora.planning.scenes import news_scene
from airflow_provider_sora.planning.style import Style
from airflow_provider_sora.planning.terms import find_term
from airflow_provider_sora.planning.tone import Tone
from airflow_provider_sora.planning.tone_gate import ToneGate

#: How far ahead of the run an article may be dated; clocks differ, and some desks date to the next full hour.
FUTURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be made, and the identity under which it is remembered.

    :param corrected: its text changed since another run made it.
    :param overruled: why it would have no clip, had not a person named it.
    """

    item: FeedItem
    identity: str
    corrected: bool = False
    overruled: Tone | None = None


@dataclass(frozen=True, slots=True)
class ArticleClips:
    """What one article's clips shall show.

    :param insert: the whole prompt of the clip.
    :param change: the change of its remix.
    """

    insert: str
    change: str


def choose_news(
    run: PlannedRun, style: Style, clips_of: Callable[[FeedItem], ArticleClips], *, can_remix: bool
) -> dict[str, Any]:
    """What this run will make, within its limits, kept in ``inputs.json``; returns what counts from now on.

    Only what is kept is claimed, so an article that had to wait is there for the next run. Ages are counted from the
    run's date.

    :param run: params used: ``feed`` or ``item``, ``timezone``, ``max_items``, ``max_age_hours``,
        ``rerender_corrected``, ``tone_override``, ``size``, ``second_size``, ``max_cost_usd``, ``daily_budget_usd``.
    :raises InvalidRequestError: neither a feed nor an article, or none that can be read; nothing was paid.
    """
    params, memory, prices = run.params, Memory(run.store, run.paths, read_only=run.dry_run), PriceList.of(run.params)
    feed = _source(params)
    fresh, skipped = choose_articles(
        feed.items,
        memory,
        moment=run.paths.moment,
        max_age_hours=None if params.get("item") else params.get("max_age_hours"),
        blocked_terms=style.blocked_terms,
        rerender_corrected=bool(params.get("rerender_corrected")),
        gate=ToneGate.of(style, params.get("tone_override")),
    )
    drafts = (_together(run, prices, style, one, clips_of(one.item), can_remix) for one in fresh)
    fitting, left_out = within(drafts, limits_of(run), max_items=params.get("max_items"))
    items = []
    for one in fitting:
        if run.dry_run or memory.claim(one["identity"]):
            items += one["items"]
        else:
            left_out.append((one, because("taken_now")))
    skipped += [*feed.skipped, *({**one["items"][0]["about"], **why} for one, why in left_out)]
    kept = run.keep(items, skipped, source=feed.source, style=style.name)
    memory.settle(kept)
    return kept


def _source(params: Mapping[str, Any]) -> Feed:
    """The one article given as ``item``, else the feed or feeds."""
    if params.get("item"):
        return Feed("item", (item_from_mapping(params["item"], zone=params.get("timezone") or "UTC"),))
    if not params.get("feed"):
        raise InvalidRequestError(
            "There is neither a `feed` nor an `item` to make clips of. Nothing was paid. Give the DAG's param feed a "
            "path or URL, or a list with at least one of them."
        )
    return read_feeds(params["feed"], gcp_conn_id=params.get("gcp_conn_id"))


def _together(
    run: PlannedRun, prices: PriceList, style: Style, candidate: Candidate, clips: ArticleClips, can_remix: bool
) -> dict[str, Any]:
    """An article's clips: the insert with its remix and, where asked, the insert once more in another size, which
    must be a create of its own, for a remix cannot change the size."""
    article, why = candidate.item, candidate.overruled
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
            about=article.about,
            size=size,
            prompts={"prompt": clips.insert, "remix_prompt": text},
            labels={
                "guid": article.guid,
                "article_url": article.link,
                "desk": style.name,
                "scene": news_scene(style, article.title, article.summary, article.language).told,
                "tone_override": why and f"{why.category}: {why.word}",
            },
            warnings=[*lint_prompt(clips.insert), *lint_remix(clips.change), *lint_style(style)],
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
    gate: ToneGate | None = None,
) -> tuple[list[Candidate], list[dict[str, Any]]]:
    """Split a feed into articles to make, newest first (undated ones last), and the others with a reason.

    Articles that an earlier run took stand among the others, as ``unchanged``; those whose text changed since as
    ``corrected``, and they are made again only with ``rerender_corrected``. Claims nothing: that is for the caller,
    once it knows its budget.

    :param moment: the run's date; ages are counted from it.
    :param gate: leaves out stories that are not to be illustrated; None leaves out none.
    :param max_age_hours: leave out what is older; None or 0 keeps everything. Undated articles have no age.
    """
    terms = tuple(blocked_terms)
    fresh: list[Candidate] = []
    others: list[dict[str, Any]] = []
    for item in sorted(items, key=lambda item: item.published or "", reverse=True):
        found = _judge(item, memory, moment, max_age_hours, terms, rerender_corrected)
        if gate and isinstance(found, Candidate):
            tone = gate.tone(item)
            found = gate.reason(tone) if tone and not gate.is_named(item) else replace(found, overruled=tone)
        if isinstance(found, Candidate):
            fresh.append(found)
        else:
            others.append({**item.about, **found})
    return fresh, others


def _judge(
    item: FeedItem, memory: Memory, moment: datetime, max_age_hours: float | None, terms: tuple[str, ...], again: bool
) -> Candidate | dict[str, Any]:
    """The article as a candidate, or the reason why it is none."""
    unfit = _unfit(item, moment, max_age_hours, terms)
    if unfit:
        return unfit
    known = memory.earlier(item.guid)
    if known is None:
        return Candidate(item, item.guid)
    if known.get("digest") == item.digest:
        return _taken(known)
    identity = f"{item.guid}\n{item.digest}"
    corrected = memory.earlier(identity)
    if corrected is not None:
        return _taken(corrected)
    return Candidate(item, identity, corrected=True) if again else because("corrected")


def _taken(known: Mapping[str, Any]) -> dict[str, Any]:
    return because("taken", folder=known["clip"].get("destination"))


def _unfit(
    item: FeedItem, moment: datetime, max_age_hours: float | None, terms: tuple[str, ...]
) -> dict[str, Any] | None:
    term = find_term(f"{item.title} {item.summary}", terms)
    if term:
        return because("blocked", term=term)
    if item.published is None:
        return None
    published = datetime.fromisoformat(item.published)
    said = f"{published.astimezone(moment.tzinfo):%Y-%m-%d %H:%M %Z}"
    if moment - published < -FUTURE:
        return because("future", published=said)
    if max_age_hours and moment - published > timedelta(hours=max_age_hours):
        return because("old", hours=f"{max_age_hours:g}", published=said)
    return None
