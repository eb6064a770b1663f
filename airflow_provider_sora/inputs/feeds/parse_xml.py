"""feedparser, alone in a process of its own: reads XML from standard input, writes entries as JSON.

It imports nothing of ours, for it is started by its path. feedparser takes time that grows with the square of hostile
markup, and only a process can be stopped.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any


def entries(xml: bytes) -> dict[str, Any]:
    """What a document says: ``version``, ``problem``, ``language``, ``rights`` and ``entries``."""
    import feedparser

    # Bytes in a stream: feedparser would take a plain string for a file name or an address and open it.
    parsed = feedparser.parse(
        io.BytesIO(xml),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # all markup goes anyway, in text.plain
        resolve_relative_uris=False,
    )
    problem = parsed.get("bozo_exception")
    return {
        "version": parsed.get("version") or "",
        "problem": str(problem) if problem else "",
        "language": parsed.feed.get("language"),
        "rights": _rights(parsed.feed),
        "entries": [_entry(entry) for entry in parsed.entries],
    }


def _entry(entry: Any) -> dict[str, Any]:
    detail = entry.get("title_detail") or {}
    content = next((part.get("value") for part in entry.get("content") or () if part.get("value")), None)
    return {
        "guid": entry.get("id"),
        "title": entry.get("title"),
        "summary": entry.get("summary") or content,
        "link": entry.get("link"),
        # Not entry.get: feedparser maps a missing date of one kind to the other there, and warns that it will not.
        "published": next(
            (dict.get(entry, kind) for kind in ("published", "updated", "created") if dict.get(entry, kind)), None
        ),
        "language": detail.get("language") or entry.get("dc_language") or entry.get("language"),
        "rights": _rights(entry),
    }


def _rights(part: Any) -> Any:
    """What a feed or an entry states: ``copyright`` or ``rights`` of its format, of media RSS, or a licence."""
    return next((part[name] for name in ("rights", "media_copyright", "license") if part.get(name)), None)


if __name__ == "__main__":
    json.dump(entries(sys.stdin.buffer.read()), sys.stdout)
