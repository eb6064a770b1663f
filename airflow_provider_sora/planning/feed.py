"""News feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom and JSON Feed, in UTF-8, Shift_JIS or EUC-JP.

A feed comes from outside, so nothing in it is obeyed: entity declarations are refused before any XML parser sees
them (they are how a feed reads files or explodes), texts are made plain and capped, addresses must be http(s).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, SoraError
from airflow_provider_sora.planning.keys import digest
from airflow_provider_sora.planning.sources import read_source, shown
from airflow_provider_sora.planning.text import language_of, language_tag, plain

#: The largest feed that is read, in bytes.
MAX_FEED_BYTES = 8 * 1024 * 1024
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
#: Declared names that mean, in practice, a superset with circled digits and rare name characters.
_SUPERSETS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-jp", "euc_jp", "x-euc-jp"), "euc_jis_2004"),
}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One article.

    :param guid: the identity: guid, else link, else a digest of the texts.
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

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's articles in its own order, and the entries that could not be used, with reasons."""

    source: str
    items: tuple[FeedItem, ...]
    skipped: tuple[dict[str, str], ...] = ()


def read_feed(source: str, *, max_bytes: int = MAX_FEED_BYTES, conn_id: str | None = None) -> Feed:
    """Read and parse a feed from a path, URL or object-store URL.

    :raises InvalidRequestError: it cannot be read, is too large, or is no feed; the message names the source.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    return parse_feed(read_source(source, max_bytes=max_bytes, conn_id=conn_id), source=source)


def read_feeds(sources: str | Iterable[str], *, conn_id: str | None = None) -> Feed:
    """Several feeds as one: an article that stands in two of them counts once, in the first.

    A feed that fails is reported in ``skipped`` while another can be read.

    :param sources: one source or several.
    :raises SoraError: none could be read; the error of the first.
    """
    wanted = [sources] if isinstance(sources, str) else list(sources)
    items: dict[str, FeedItem] = {}
    skipped: list[dict[str, str]] = []
    errors: list[SoraError] = []
    for source in wanted:
        try:
            feed = read_feed(source, conn_id=conn_id)
        except SoraError as error:
            errors.append(error)
            skipped.append({"key": shown(source), "reason": str(error)})
            continue
        skipped.extend(feed.skipped)
        for item in feed.items:
            items.setdefault(item.guid, item)
    if errors and len(errors) == len(wanted):
        raise errors[0]
    return Feed(
        source=", ".join(shown(source) for source in wanted), items=tuple(items.values()), skipped=tuple(skipped)
    )


def parse_feed(data: bytes, *, source: str) -> Feed:
    """Parse a feed's bytes; ``source`` is for messages.

    :raises InvalidRequestError: no feed, or one that declares entities.
    """
    text = _decode(data, source)
    if text.lstrip()[:1] == "{":
        entries, language = _json_entries(text, source)
    else:
        entries, language = _xml_entries(text, source)
    return _collect(entries, language, source)


def item_from_mapping(value: Mapping[str, Any]) -> FeedItem:
    """One article given by hand, with the keys of :class:`FeedItem`; ``title`` is required.

    :raises InvalidRequestError: no title.
    """
    found = _item(value, None)
    if found is None:
        raise InvalidRequestError(
            "The article given as `item` has no title. Nothing was paid. "
            'Give {"title": …} and, if you have them, guid, link, summary, published, language.'
        )
    return found


def _decode(data: bytes, source: str) -> str:
    """The text of a feed by byte order mark, else declared encoding, else UTF-8, CP932, EUC-JP in turn."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace")
    declared = _DECLARED.match(data[:500])
    if declared:
        name = declared[1].decode("ascii").lower()
        try:
            return data.decode(_SUPERSETS.get(name, name), "replace")
        except (LookupError, UnicodeError) as error:
            raise InvalidRequestError(f"{shown(source)} declares the unknown encoding {name!r}.") from error
    for codec in ("utf-8", "cp932", "euc_jis_2004"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _no_feed(source: str, detail: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{shown(source)} is not a feed: {detail}. Nothing was paid. "
        "Give the address of an RSS, Atom or JSON Feed document."
    )


def _xml_entries(text: str, source: str) -> tuple[list[dict[str, Any]], str | None]:
    if re.search(r"<!ENTITY", text, re.IGNORECASE):
        raise _no_feed(source, "it declares XML entities, which can read files or explode, and no feed needs them")
    try:
        import feedparser
    except ImportError as error:
        raise ConfigurationError(
            "Reading an XML feed needs feedparser. Nothing was paid. Install airflow-provider-sora[feeds]."
        ) from error
    body = re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL)
    # Bytes in a stream: feedparser would take a plain string for a file name or an address and open it.
    parsed = feedparser.parse(
        io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + body.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # all markup goes anyway, in text.plain
        resolve_relative_uris=False,
    )
    if not parsed.get("version"):
        problem = parsed.get("bozo_exception")
        raise _no_feed(source, f"no RSS or Atom in it ({problem})" if problem else "no RSS or Atom in it")
    return [_from_feedparser(entry) for entry in parsed.entries], parsed.feed.get("language")


def _from_feedparser(entry: Any) -> dict[str, Any]:
    detail = entry.get("title_detail") or {}
    return {
        "guid": entry.get("id"),
        "title": entry.get("title"),
        "summary": entry.get("summary"),
        "link": entry.get("link"),
        # Not entry.get: feedparser maps a missing date of one kind to the other there, and warns that it will not.
        "published": dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed"),
        "language": detail.get("language") or entry.get("dc_language") or entry.get("language"),
    }


def _json_entries(text: str, source: str) -> tuple[list[dict[str, Any]], str | None]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_feed(source, f"it begins like JSON but cannot be read ({error})") from error
    if "jsonfeed.org" not in str(document.get("version")) or not isinstance(document.get("items"), list):
        raise _no_feed(source, "it is JSON, but no JSON Feed (no version of jsonfeed.org, or no items)")
    entries = [
        {
            "guid": entry.get("id"),
            "title": entry.get("title") or entry.get("summary") or entry.get("content_text"),
            "summary": entry.get("summary") or entry.get("content_text") or entry.get("content_html"),
            "link": entry.get("url") or entry.get("external_url"),
            "published": entry.get("date_published") or entry.get("date_modified"),
            "language": entry.get("language"),
        }
        if isinstance(entry, dict)
        else {}
        for entry in document["items"]
    ]
    return entries, document.get("language")


def _collect(entries: list[dict[str, Any]], language: str | None, source: str) -> Feed:
    items: dict[str, FeedItem] = {}
    skipped = []
    for number, entry in enumerate(entries, 1):
        item = _item(entry, language)
        if item is None:
            skipped.append({"key": f"entry {number}", "reason": "no title"})
        elif item.guid in items:
            skipped.append({"key": item.guid, "title": item.title, "reason": "the same guid stands twice in the feed"})
        else:
            items[item.guid] = item
    return Feed(source=shown(source), items=tuple(items.values()), skipped=tuple(skipped))


def _item(entry: Mapping[str, Any], feed_language: str | None) -> FeedItem | None:
    title, summary = plain(entry.get("title"), cap=300), plain(entry.get("summary"), cap=1000)
    if not title:
        return None
    link = plain(entry.get("link"), cap=2000)
    link = link if link.lower().startswith(("http://", "https://")) else ""
    guid = plain(entry.get("guid"), cap=500) or link or digest(title, summary)
    tag = language_tag(entry.get("language")) or language_tag(feed_language)
    # A feed that says "en" but writes kana is Japanese all the same: the prompt follows what is written.
    written = language_of(f"{title} {summary}", default=tag or "en")
    return FeedItem(
        guid=guid,
        title=title,
        summary=summary,
        link=link or None,
        published=_utc(entry.get("published")),
        language="ja" if written == "ja" else tag or written,
    )


def _utc(value: Any) -> str | None:
    """ISO 8601 in UTC from a feedparser time tuple or an ISO text; None when it is no date."""
    from datetime import UTC, datetime

    try:
        if isinstance(value, str) and value.strip():
            moment = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
            moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        elif value:
            year, month, day, hour, minute, second = tuple(value)[:6]
            moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        else:
            return None
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, TypeError, OverflowError):
        return None
