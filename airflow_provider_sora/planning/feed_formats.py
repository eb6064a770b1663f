"""A feed's bytes as plain entries: one reader for XML (feedparser, imported when called) and one for JSON Feed."""

from __future__ import annotations

import calendar
import io
import json
import re
import time
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError
from airflow_provider_sora.planning.encoding import decoded
from airflow_provider_sora.planning.sources import shown

#: Hours east of Greenwich. feedparser knows the names of American zones and takes all others for UTC.
_ZONES = {"JST": 9, "KST": 9, "CET": 1, "CEST": 2}
_ZONE = re.compile(rf"\b({'|'.join(_ZONES)})\b")
#: ``2026/11/24`` and ``2026年11月24日``, which feedparser takes for the first of November.
_MISREAD = re.compile(r"\s*\d{4}\s*[/年]")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def feed_text(data: bytes, charset: str | None = None) -> str:
    """The text of a feed.

    :param charset: the encoding that the web server named. The document's own word goes first: servers often say one
        encoding for all their files.
    """
    declared = _DECLARED.match(data[:500])
    return decoded(data, declared=declared[1].decode("ascii") if declared else None, charset=charset)


def _no_feed(source: str, detail: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{shown(source)} is not a feed: {detail}. Nothing was paid. "
        "Give the address of an RSS, Atom or JSON Feed document."
    )


def xml_entries(text: str, source: str) -> tuple[list[dict[str, Any]], str | None]:
    """The entries of an RSS or Atom document and its language.

    :raises InvalidRequestError: it is none, or declares entities.
    :raises ConfigurationError: feedparser is not installed.
    """
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
        "published": _date(entry, "published") or _date(entry, "updated"),
        "language": detail.get("language") or entry.get("dc_language") or entry.get("language"),
    }


def _date(entry: Any, kind: str) -> time.struct_time | None:
    """The date in UTC, or None when there is none that was read right."""
    # Not entry.get: feedparser maps a missing date of one kind to the other there, and warns that it will not.
    parsed: time.struct_time | None = dict.get(entry, f"{kind}_parsed")
    written = str(dict.get(entry, kind))
    if parsed is None or _MISREAD.match(written):
        return None
    zone = _ZONE.search(written)
    return time.gmtime(calendar.timegm(parsed) - _ZONES[zone[1]] * 3600) if zone else parsed


def json_entries(text: str, source: str) -> tuple[list[dict[str, Any]], str | None]:
    """The entries of a JSON Feed and its language.

    :raises InvalidRequestError: it is none.
    """
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
