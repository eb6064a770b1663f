"""Which articles of a feed to make clips of: newest first, fresh, not blocked, and never one twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.feeds import Feed, FeedItem, item_from_mapping, read_feeds, sources_of
from airflow_provider_sora.inputs.feeds.stories import Known
from airflow_provider_sora.prompts.lint import lint_prompt, lint_remix, lint_style
from airflow_provider_sora.prompts.prompt import remix_prompt
from airflow_provider_sora.prompts.scenes import news_scene
from airflow_provider_sora.prompts.style import Style
from airflow_provider_sora.prompts.tone.judge import Tone
from airflow_provider_sora.prompts.tone.word_lists import find_term
from airflow_provider_sora.prompts.tone_gate import ToneGate
from airflow_provider_sora.runs.budget import caps_left, limits_of, within
from airflow_provider_sora.runs.drafts import PriceList, note_items, planned_item
from airflow_provider_sora.runs.items import Choice, PlannedItem, Together
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.known_stories import KnownStories
from airflow_provider_sora.runs.remembered.revisits import Revisits
from airflow_provider_sora.runs.remembered.selected import Selected
from airflow_provider_sora.runs.remembered.selection import Memory
from airflow_provider_sora.stores.keys import digest
from airflow_provider_sora.words.left_out import LeftOut
from airflow_provider_sora.words.reasons import Reason, because

#: How far ahead of the run an article may be dated; clocks differ, and some desks date to the next full hour.
FUTURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be made, and the names under which it is remembered.

    :param corrected: its text, and what its clip shows, changed since another run made it.
    :param overruled: why it would have no clip, had not a person named it.
    """

    item: FeedItem
    names: tuple[str, ...]
    corrected: bool = False
    overruled: Tone | None = None

    @property
    def identity(self) -> str:
        return self.names[0]


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
) -> Choice:
    """What this run will make, within its limits, kept in ``inputs.json``; returns what counts from now on.

    Only what is kept is claimed, so an article that had to wait is there for the next run. Ages are counted from the
    run's date.

    :param run: params used: ``feed`` or ``item``, ``timezone``, ``max_items``, ``max_age_hours``,
        ``rerender_corrected``, ``tone_override``, ``size``, ``second_size``, ``max_cost_usd``, ``daily_budget_usd``.
    :raises InvalidRequestError: neither a feed nor an article, or none that can be read; nothing was paid.
    """
    params, memory, prices = run.params, Memory(run.store, run.paths, read_only=run.dry_run), PriceList.of(run.params)
    revisits = Revisits(run, settings=repr(style))
    feed = _source(params, revisits)
    fresh, skipped = choose_articles(
        feed.items,
        KnownStories(memory, run.paths),
        shown_of=lambda item: digest(clips_of(item).insert),
        moment=run.paths.moment,
        max_age_hours=None if params.get("item") else params.get("max_age_hours"),
        blocked_terms=style.blocked_terms,
        rerender_corrected=bool(params.get("rerender_corrected")),
        gate=ToneGate.of(style, params.get("tone_override")),
    )
    drafts = (_together(run, prices, style, one, clips_of(one.item), can_remix) for one in fresh)
    fitting, others = within(drafts, limits_of(run), max_items=params.get("max_items"), caps=caps_left())
    items: list[PlannedItem] = []
    for one in fitting:
        if run.dry_run or memory.claim(*(one.items[0].names or ())):
            items += one.items
        else:
            others.append((one, because("taken_now")))
    skipped += [*feed.skipped, *(one.left_out(why) for one, why in others)]
    kept = run.keep(items, skipped, source=feed.source, style=style.name)
    memory.settle(kept)
    seen = [*fitting, *(one for one, _ in others)]
    note_items(run, prices, {one.items[0].about.key: one.identity for one in seen})
    revisits.keep(feed.validators, kept.skipped)
    return kept


def _source(params: Mapping[str, Any], revisits: Revisits) -> Feed:
    """The one article given as ``item``, else the feed or feeds."""
    if params.get("item"):
        return Feed("item", (item_from_mapping(params["item"], zone=params.get("timezone") or "UTC"),))
    if not params.get("feed"):
        raise InvalidRequestError(
            "There is neither a `feed` nor an `item` to make clips of.",
            step="give the DAG's param feed a path or URL, or a list with at least one of them.",
        )
    wanted = sources_of(params["feed"])
    return read_feeds(wanted, gcp_conn_id=params.get("gcp_conn_id"), validators=revisits.validators(wanted))


def _together(
    run: PlannedRun, prices: PriceList, style: Style, candidate: Candidate, clips: ArticleClips, can_remix: bool
) -> Together:
    """An article's clips: the insert with its remix and, where asked, the insert once more in another size, which
    must be a create of its own, for a remix cannot change the size."""
    article, why = candidate.item, candidate.overruled
    remix = remix_prompt(clips.change, style, language=article.language) if can_remix else ""
    shapes = {run.params.get("size"): remix}
    if run.params.get("second_size"):
        shapes.setdefault(run.params["second_size"], "")
    items = tuple(
        replace(
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
            ),
            digest=article.digest,
            corrected=candidate.corrected,
            names=candidate.names,
            story=Known.of(article).to_json(),
            shown=digest(clips.insert),
        )
        for size, text in shapes.items()
    )
    return Together(candidate.identity, items)


def choose_articles(
    items: Iterable[FeedItem],
    known: KnownStories,
    *,
    shown_of: Callable[[FeedItem], str],
    moment: datetime,
    max_age_hours: float | None = None,
    blocked_terms: Iterable[str] = (),
    rerender_corrected: bool = False,
    gate: ToneGate | None = None,
) -> tuple[list[Candidate], list[LeftOut]]:
    """Split a feed into articles to make, newest first (undated ones last), and the others with a reason.

    Articles that an earlier run took stand among the others, as ``unchanged``; those whose text changed since as
    ``corrected``, and they are made again only with ``rerender_corrected``, and where what is shown changes. Claims
    nothing: that is for the caller, once it knows its budget.

    :param shown_of: a digest of what an article's clip would show.
    :param moment: the run's date; ages are counted from it.
    :param gate: leaves out stories that are not to be illustrated; None leaves out none.
    :param max_age_hours: leave out what is older; None or 0 keeps everything. Undated articles have no age.
    """
    terms = tuple(blocked_terms)
    fresh: list[Candidate] = []
    others: list[LeftOut] = []
    for item in sorted(items, key=lambda item: item.published or "", reverse=True):
        found = _unfit(item, moment, max_age_hours, terms) or _judge(item, known, shown_of, rerender_corrected)
        if gate and isinstance(found, Candidate):
            tone = gate.tone(item)
            found = gate.reason(tone) if tone and not gate.is_named(item) else replace(found, overruled=tone)
        if isinstance(found, Candidate):
            fresh.append(found)
        else:
            others.append(LeftOut(item.about, found))
    return fresh, others


def _judge(item: FeedItem, known: KnownStories, shown_of: Callable[[FeedItem], str], again: bool) -> Candidate | Reason:
    """The article as a candidate, or how an earlier run had it."""
    found = known.find(item)
    if found.entry is None:
        return Candidate(item, found.free)
    if not found.changed:
        return _taken(found.entry)
    if not again:
        return because("corrected")
    shown = shown_of(item)
    if found.entry.shown == shown:
        return because("same_prompt")
    version = known.version(item, shown)
    return _taken(version.entry) if version.entry else Candidate(item, version.free, corrected=True)


def _taken(known: Selected) -> Reason:
    return because("taken", folder=known.destination)


def _unfit(item: FeedItem, moment: datetime, max_age_hours: float | None, terms: tuple[str, ...]) -> Reason | None:
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
