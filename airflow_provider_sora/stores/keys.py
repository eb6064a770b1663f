"""Names of folders in the bucket: readable, safe in a URL and on a disk, and never the same for two things."""

from __future__ import annotations

import hashlib
import unicodedata

_READABLE = 40
_DIGEST = 10


def digest(*parts: object) -> str:
    """40 hex digits that stand for these texts; NFC first, so that two spellings of one text are the same."""
    joined = "\0".join(unicodedata.normalize("NFC", str(part)) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def key_of(readable: str, *identity: object) -> str:
    """A folder name: letters and digits of ``readable`` in any script, then ten hex digits of the identity.

    ``東京で初雪、交通に影響`` becomes ``東京で初雪-交通に影響-1f0c2a9b4e``. Without ``identity`` the text itself is it.
    """
    text = unicodedata.normalize("NFC", readable)
    # Combining marks stay: in NFC they are part of letters that have no single code point.
    safe = "".join(c if c.isalnum() or unicodedata.category(c) == "Mn" else " " for c in text)
    words = "-".join(safe.split())[:_READABLE].strip("-")
    return "-".join(part for part in (words, digest(*(identity or (text,)))[:_DIGEST]) if part)
