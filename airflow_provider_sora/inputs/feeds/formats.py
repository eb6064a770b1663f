"""A feed's text as plain entries: RSS 0.9x to 2.0, RSS 1.0 and Atom through feedparser, and JSON Feed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError
from airflow_provider_sora.inputs.encoding import decoded
from airflow_provider_sora.inputs.feeds.markup import DeclaresEntities, clean, whole
from airflow_provider_sora.inputs.feeds.pages import feeds_named_in, is_page
from airflow_provider_sora.masking.addresses import shown

#: What is parsed here and now, in characters; more goes to a process of its own, which can be stopped.
_SMALL = 64 * 1024
#: How long that process may take, in seconds. A feed of 8 MiB takes ten.
PATIENCE = 60.0
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")

_LANGUAGE = re.compile(
    rb"<(?:\w+:)?language>\s*([A-Za-z]{2}(?:[-_][A-Za-z]+)?)|xml:lang=[\"']([A-Za-z]{2}(?:-[A-Za-z]+)?)"
)


@dataclass(frozen=True, slots=True)
class Entries:
    """What a feed holds, in its own order.

    :param cut_off: the document ends in the middle.
    :param cut: an article was cut in two by that; it is not among the entries.
    """

    entries: list[dict[str, Any]]
    language: str | None = None
    cut_off: bool = False
    cut: bool = False


def feed_text(data: bytes, charset: str | None = None) -> str:
    """The text of a feed.

    :param charset: the encoding that the web server named.
    """
    declared = _DECLARED.match(data[:500])
    language = _LANGUAGE.search(data[:4000])
    return decoded(
        data,
        declared=declared[1].decode("ascii") if declared else None,
        charset=charset,
        language=(language[1] or language[2]).decode("ascii") if language else None,
    )


def entries_of(text: str, source: str) -> Entries:
    """The entries of a feed.

    :raises InvalidRequestError: it is none; a web page that names its feed is told which.
    :raises ConfigurationError: feedparser is not installed.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "["):
        return _json_entries(start, source)
    if is_page(start):
        named = feeds_named_in(start, source)
        if named:
            beside = "" if "://" in named[0] else ", resolved against its own address"
            raise InvalidRequestError(
                f"{shown(source)} is a web page, and names the feed it has: {' or '.join(named)}{beside}.",
                step="give that address.",
            )
        raise _no_feed(source, "it is a web page, and names no feed")
    return _xml_entries(text, source)


def _no_feed(source: str, detail: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"{shown(source)} is not a feed: {detail}.", step="give the address of an RSS, Atom or JSON Feed document."
    )


def _xml_entries(text: str, source: str) -> Entries:
    try:
        body, cut_off, cut = whole(clean(text))
    except DeclaresEntities as error:
        detail = "it declares XML entities, which can read files or explode, and no feed needs them"
        raise _no_feed(source, detail) from error
    xml = b'<?xml version="1.0" encoding="utf-8"?>' + body.encode("utf-8", "replace")
    parsed = _parsed(xml, source)
    if not parsed["version"]:
        problem = parsed["problem"]
        raise _no_feed(source, f"no RSS or Atom in it ({problem})" if problem else "no RSS or Atom in it")
    return Entries(parsed["entries"], parsed["language"], cut_off, cut)


def _parsed(xml: bytes, source: str) -> dict[str, Any]:
    from airflow_provider_sora.inputs.feeds import parse_xml

    try:
        import feedparser  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            "Reading an XML feed needs feedparser.", step="install airflow-provider-sora[feeds]."
        ) from error
    if len(xml) <= _SMALL:
        return parse_xml.entries(xml)
    # Of the environment only where modules lie: what reads a stranger's document needs no connection or key.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.environ.get("PATH", "")}
    try:
        done = subprocess.run(
            [sys.executable, parse_xml.__file__], input=xml, capture_output=True, timeout=PATIENCE, env=environment
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise _no_feed(source, f"its markup could not be read within {PATIENCE:g} s") from error
    except ValueError as error:
        words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise _no_feed(source, f"its markup could not be read ({words or 'the parser died'})") from error
    return found


def _json_entries(text: str, source: str) -> Entries:
    cut_off = False
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        document, cut_off = _json_as_far_as_it_goes(text), True
        if document is None:
            raise _no_feed(source, f"it begins like JSON but cannot be read ({error})") from error
    known = isinstance(document, dict) and "jsonfeed.org" in str(document.get("version"))
    if not known or not isinstance(document.get("items"), list):
        raise _no_feed(source, "it is JSON, but no JSON Feed (no version of jsonfeed.org, or no items)")
    entries = [_json_entry(entry) if isinstance(entry, dict) else {} for entry in document["items"]]
    return Entries(entries, document.get("language"), cut_off, cut_off)


def _json_entry(entry: dict[str, Any]) -> dict[str, Any]:
    text = entry.get("summary") or entry.get("content_text") or entry.get("content_html")
    return {
        "guid": entry.get("id"),
        "title": entry.get("title"),
        "summary": text,
        "link": entry.get("url") or entry.get("external_url"),
        "published": entry.get("date_published") or entry.get("date_modified"),
        "language": entry.get("language"),
    }


def _json_as_far_as_it_goes(text: str) -> dict[str, Any] | None:
    """The whole items of a JSON Feed that ends in the middle; None where that is not what is wrong with it."""
    begin = re.search(r'"items"\s*:\s*\[', text)
    if begin is None or "jsonfeed.org" not in text[: begin.start()]:
        return None
    try:
        document: dict[str, Any] = json.loads(text[: begin.start()].rstrip().rstrip(",") + "}")
    except (ValueError, RecursionError):
        return None
    items, at, decoder = [], begin.end(), json.JSONDecoder()
    while found := re.compile(r"[\s,]*(?=\{)").match(text, at):
        try:
            item, at = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
    return {**document, "items": items}
