"""News feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom and JSON Feed, in UTF-8, Shift_JIS or EUC-JP.

A feed comes from outside, so nothing in it is obeyed: entity declarations are refused before any XML parser sees
them (they are how a feed reads files or explodes), texts are made plain and capped, addresses must be http(s).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.archive.scrub import scrub_text
from airflow_provider_sora.exceptions import InvalidRequestError, SoraError
from airflow_provider_sora.planning.feed_formats import feed_text, json_entries, xml_entries
from airflow_provider_sora.planning.keys import digest
from airflow_provider_sora.planning.reasons import as_told, because
from airflow_provider_sora.planning.sources import read_source, shown
from airflow_provider_sora.planning.text import address, language_of, language_tag, plain, web_address

#: The largest feed that is read, in bytes.
MAX_FEED_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One article.

    :param guid: the identity: guid, else link, else a digest of the texts.
    :param link: a web address; a relative one is taken from the feed's own.
    :param published: ISO 8601 in UTC; None when the feed gives no date that can be read.
    :param language: ``ja`` or ``en``.
    """

    guid: str
    title: str
    summary: str = ""
    link: str | None = None
    published: str | None = None
    language: str = "en"

    @property
    def digest(self) -> str:
        """Changes when the text under the guid is corrected."""
        return digest(self.title, self.summary)

    @property
    def about(self) -> dict[str, Any]:
        """What pages and notices say of it; its addresses without credentials, as in a receipt."""
        told = {"key": self.guid, "title": self.title, "link": self.link, "language": self.language}
        return {name: text and scrub_text(text) for name, text in told.items()}

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's articles in its own order, and the entries that could not be used, with reasons."""

    source: str
    items: tuple[FeedItem, ...]
    skipped: tuple[dict[str, Any], ...] = ()


def read_feed(source: str, *, max_bytes: int = MAX_FEED_BYTES, gcp_conn_id: str | None = None) -> Feed:
    """Read and parse a feed from a path, URL or object-store URL.

    :param gcp_conn_id: Google Cloud connection for ``gs://``.
    :raises InvalidRequestError: it cannot be read, is too large, or is no feed; the message names the source.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    read = read_source(source, max_bytes=max_bytes, gcp_conn_id=gcp_conn_id)
    return parse_feed(read.data, source=source, charset=read.charset)


def read_feeds(sources: str | Iterable[str], *, gcp_conn_id: str | None = None) -> Feed:
    """Several feeds as one: an article that stands in two of them counts once, in the first.

    A feed that fails is reported in ``skipped`` while another can be read.

    :param sources: one source or several.
    :raises SoraError: none could be read; the error of the first.
    """
    wanted = [sources] if isinstance(sources, str) else list(sources)
    items: dict[str, FeedItem] = {}
    skipped: list[dict[str, Any]] = []
    errors: list[SoraError] = []
    for source in wanted:
        try:
            feed = read_feed(source, gcp_conn_id=gcp_conn_id)
        except SoraError as error:
            errors.append(error)
            skipped.append({"key": shown(source), **as_told(error)})
            continue
        skipped.extend(feed.skipped)
        for item in feed.items:
            first = items.setdefault(item.guid, item)
            if first.digest != item.digest:
                skipped.append({**item.about, **because("other_feed")})
    if errors and len(errors) == len(wanted):
        raise errors[0]
    return Feed(
        source=", ".join(shown(source) for source in wanted), items=tuple(items.values()), skipped=tuple(skipped)
    )


def parse_feed(data: bytes, *, source: str, charset: str | None = None) -> Feed:
    """Parse a feed's bytes; ``source`` is for messages.

    :param charset: the encoding that a web server named.
    :raises InvalidRequestError: no feed, or one that declares entities.
    """
    text = feed_text(data, charset)
    if text.lstrip()[:1] == "{":
        entries, language = json_entries(text, source)
    else:
        entries, language = xml_entries(text, source)
    return _collect(entries, language, source)


def item_from_mapping(value: Mapping[str, Any], *, zone: str = "UTC") -> FeedItem:
    """One article given by hand, with the keys of :class:`FeedItem`; ``title`` is required.

    :param zone: IANA name of the zone of a ``published`` that gives none.
    :raises InvalidRequestError: no title.
    """
    found = _item(value, None, zone)
    if found is None:
        raise InvalidRequestError(
            "The article given as `item` has no title. Nothing was paid. "
            'Give {"title": …} and, if you have them, guid, link, summary, published, language.'
        )
    return found


def _collect(entries: list[dict[str, Any]], language: str | None, source: str) -> Feed:
    items: dict[str, FeedItem] = {}
    skipped = []
    for number, entry in enumerate(entries, 1):
        item = _item(entry, language, source=source)
        if item is None:
            skipped.append({"key": f"entry {number}", **because("untitled")})
        elif item.guid in items:
            skipped.append({**item.about, **because("twice")})
        else:
            items[item.guid] = item
    return Feed(source=shown(source), items=tuple(items.values()), skipped=tuple(skipped))


def _item(entry: Mapping[str, Any], feed_language: str | None, zone: str = "UTC", source: str = "") -> FeedItem | None:
    title, summary = plain(entry.get("title"), cap=300), plain(entry.get("summary"), cap=1000)
    if not title:
        return None
    link = _link(entry.get("link"), source)
    # Also a link that leads nowhere tells articles apart, and stays when the text is corrected.
    named = link or plain(entry.get("link"), cap=500)
    guid = web_address(entry.get("guid")) or plain(entry.get("guid"), cap=500) or named or digest(title, summary)
    tag = language_tag(entry.get("language")) or language_tag(feed_language)
    # A feed that says "en" but writes kana is Japanese all the same: the prompt follows what is written.
    written = language_of(f"{title} {summary}", default=tag or "en")
    return FeedItem(
        guid=guid,
        title=title,
        summary=summary,
        link=link or None,
        published=_utc(entry.get("published"), zone),
        language="ja" if written == "ja" else tag or written,
    )


def _link(value: Any, source: str) -> str:
    """A link as it is written; a relative one as an address beside the feed, where that is on the web."""
    found, written = web_address(value), address(value)
    if found or not written or not web_address(source):
        return found
    try:
        return web_address(urljoin(shown(source), written))  # without the feed's own password
    except ValueError:
        return ""


def _utc(value: Any, zone: str) -> str | None:
    """ISO 8601 in UTC from a feedparser time tuple or an ISO text (in ``zone``, where it names none); None when it is
    no date."""
    from datetime import UTC, datetime

    import pendulum

    try:
        if isinstance(value, str) and value.strip():
            moment = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
            moment = moment.replace(tzinfo=moment.tzinfo or pendulum.timezone(zone))
        elif value:
            year, month, day, hour, minute, second = tuple(value)[:6]
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        else:
            return None
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, TypeError, OverflowError):
        return None
