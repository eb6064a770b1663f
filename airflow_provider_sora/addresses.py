"""How an address is shown to people: whole enough to be found, and without anything that may be a key."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")


def shown(source: str) -> str:
    """``source`` as it may stand in logs and receipts: no user, password, query, fragment or picture bytes."""
    if source[:5].lower() == "data:":
        return f"{source[:64].split(',')[0].split(';')[0]} URL of {len(source)} characters"
    if not _SCHEME.match(source):
        return source
    scheme, _, rest = source.partition("://")
    if scheme.lower() in ("http", "https"):
        rest = rest.split("?")[0].split("#")[0]
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"
