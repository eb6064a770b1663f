"""Feeds from wherever they lie, as articles: each story once, and the others with the reason why not.

A feed comes from outside, so nothing in it is obeyed, and one bad entry costs itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError, SoraError
from airflow_provider_sora.inputs.feeds.formats import entries_of, feed_text
from airflow_provider_sora.inputs.feeds.item import FeedItem, item_of
from airflow_provider_sora.inputs.feeds.stories import Stories, canonical, feed_name, marked
from airflow_provider_sora.inputs.sources.documents import Document, read_source
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.web.packed import unpack
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason, as_told, because
from airflow_provider_sora.words.text import plain

#: The largest feed that is read, in bytes, unpacked.
MAX_FEED_BYTES = 8 * 1024 * 1024
_KINDS = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's articles in its own order, and the entries that could not be used, with reasons.

    :param validators: by source, what its host said to ask with the next time: ``If-None-Match`` and the like. Only of
        feeds that were whole.
    """

    source: str
    items: tuple[FeedItem, ...]
    skipped: tuple[LeftOut, ...] = ()
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_feed(
    source: str,
    *,
    max_bytes: int = MAX_FEED_BYTES,
    gcp_conn_id: str | None = None,
    validators: Mapping[str, str] | None = None,
    **access: Any,
) -> Feed:
    """Read and parse a feed from a path, URL or object-store URL; packed with gzip or not.

    :param gcp_conn_id: Google Cloud connection for ``gs://``.
    :param validators: what the host said the last time; a feed that has not changed since has no items and says so.
    :param access: see :func:`~airflow_provider_sora.inputs.sources.documents.read_source`.
    :raises InvalidRequestError: it cannot be read, is too large, or is no feed; the message names the source.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    headers = {"Accept": _KINDS, "Accept-Encoding": "gzip", **(validators or {})}
    read = read_source(source, max_bytes=max_bytes, gcp_conn_id=gcp_conn_id, headers=headers, **access)
    if read.unchanged:
        told = LeftOut(About(shown(source)), because("not_modified"))
        return Feed(shown(source), (), (told,), {source: dict(validators or {})})
    data = unpack(read.data, max_bytes)
    if len(data) > max_bytes:
        raise InvalidRequestError(f"{shown(source)} is larger than the {max_bytes:,} bytes allowed.", step="split it.")
    return parse_feed(data, source=read.address or source, charset=read.charset, named=source, validators=_next(read))


def _next(read: Document) -> dict[str, str]:
    """The headers with which to ask for what changed since."""
    have = {"If-None-Match": read.etag, "If-Modified-Since": read.modified}
    return {name: value for name, value in have.items() if value}


def parse_feed(
    data: bytes,
    *,
    source: str,
    charset: str | None = None,
    named: str | None = None,
    validators: Mapping[str, str] | None = None,
) -> Feed:
    """Parse a feed's bytes.

    :param source: where it lies; for messages, and for relative links.
    :param charset: the encoding that a web server named.
    :param named: what the user called it, where that leads elsewhere.
    :raises InvalidRequestError: no feed, or one that declares entities.
    """
    named = named or source
    found = entries_of(feed_text(data, charset), source)
    texts = " ".join(f"{entry.get('title') or ''} {entry.get('summary') or ''}"[:300] for entry in found.entries)
    items: list[FeedItem] = []
    skipped: list[LeftOut] = []
    for number, entry in enumerate(found.entries, 1):
        try:
            item = item_of(
                entry, feed_language=found.language, whole_feed=texts, source=source, feed=feed_name(shown_name(named))
            )
        except (ValueError, TypeError, OverflowError) as error:  # of a kind that nobody has seen; it costs itself
            skipped.append(LeftOut(About(f"entry {number}"), because("unreadable", problem=type(error).__name__)))
            continue
        if item is None:
            skipped.append(LeftOut(About(f"entry {number}"), because("untitled")))
        elif item.is_damaged:
            skipped.append(LeftOut(item.about, because("damaged")))
        else:
            items.append(item)
    stories = Stories()
    for item in marked(items):
        if stories.add(item):
            skipped.append(LeftOut(item.about, because("twice")))
    if found.cut_off:
        skipped.append(LeftOut(About(shown(named)), because("cut_article" if found.cut else "cut_off")))
    known = {named: dict(validators)} if validators and not found.cut_off else {}
    return Feed(shown(named), tuple(stories.items), tuple(skipped), known)


def shown_name(source: str) -> str:
    """A source as feeds are told apart by it; the query of an address says which of a site's feeds it is."""
    return source if canonical(source) else shown(source)


def read_feeds(
    sources: str | Iterable[str],
    *,
    gcp_conn_id: str | None = None,
    validators: Mapping[str, Mapping[str, str]] | None = None,
    **access: Any,
) -> Feed:
    """Several feeds as one: a story that stands in two of them counts once, in the first.

    A feed that fails is reported in ``skipped`` while another can be read.

    :param sources: one source or several.
    :param validators: by source, see :class:`Feed`.
    :raises InvalidRequestError: ``sources`` is no text and no list of texts.
    :raises SoraError: none could be read; the error of the first.
    """
    wanted = sources_of(sources)
    stories = Stories()
    skipped: list[LeftOut] = []
    errors: list[SoraError] = []
    known: dict[str, Mapping[str, str]] = {}
    for source in wanted:
        told = (validators or {}).get(source)
        try:
            feed = read_feed(source, gcp_conn_id=gcp_conn_id, validators=told, **access)
        except SoraError as error:
            errors.append(error)
            skipped.append(LeftOut(About(shown(source)), as_told(error)))
            continue
        skipped.extend(feed.skipped)
        known.update(feed.validators)
        for item in feed.items:
            if first := stories.add(item):
                skipped.append(LeftOut(item.about, _merged(first[0], first[1])))
    if errors and len(errors) == len(wanted):
        raise errors[0]
    return Feed(", ".join(shown(source) for source in wanted), tuple(stories.items), tuple(skipped), known)


def _merged(first: FeedItem, relation: str) -> Reason:
    code = "same_story" if relation == "same" else "other_feed"
    return because(code, title=plain(first.title, cap=80), feed=shown(first.feed))


def sources_of(value: Any) -> list[str]:
    """The feeds that a param names, each once.

    :raises InvalidRequestError: it is neither a text nor a list of texts.
    """
    wanted = list(value) if isinstance(value, (list, tuple)) else [value]
    bad = [one for one in wanted if not isinstance(one, str) or not one.strip()]
    if bad:
        raise InvalidRequestError(
            f"`feed` holds {str(bad[0])[:60]!r} ({type(bad[0]).__name__}), which names no feed.",
            step="give a path or URL, or a list of them.",
        )
    return list(dict.fromkeys(one.strip() for one in wanted))


def preview(source: str | Iterable[str], *, gcp_conn_id: str | None = None) -> dict[str, Any]:
    """What a run would see of a feed or of several, for people to look at before they schedule it. Costs nothing.

    Reads any file of this machine, as a person's own command may.

    :returns: ``items``, each with ``guid``, ``title``, ``link``, ``language``, ``published`` and ``summary``, and
        ``skipped``, each with ``item`` and ``reason``.
    :raises SoraError: as :func:`read_feeds`.
    """
    feed = read_feeds(source, gcp_conn_id=gcp_conn_id, anywhere=True)
    told = ("guid", "title", "link", "language", "published", "summary")
    items = [{name: getattr(item, name) for name in told} for item in feed.items]
    skipped = [
        {"item": entry.about.title or entry.about.key, "link": entry.about.link, "reason": entry.reason.text}
        for entry in feed.skipped
    ]
    return {"items": items, "skipped": skipped}
