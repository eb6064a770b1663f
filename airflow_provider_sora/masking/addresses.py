"""How an address is shown to people: whole enough to be found, and without anything that may be a key.

The one place that takes the secrets off an address; out of running text, :mod:`.scrub` and
:mod:`airflow_provider_sora.protocol.http.reading.redaction` take them.
"""

from __future__ import annotations

import re

from airflow_provider_sora.exceptions import InvalidRequestError

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


def called_by(what: str, source: str) -> str:
    """An address in an error, behind the name that the user knows it by, if it has one."""
    return f"{what} {shown(source)!r}".lstrip()


def too_large(source: str, max_bytes: int, have: int | None = None, *, what: str) -> InvalidRequestError:
    """The error for what is larger than may be read, one wording for every reader.

    :param have: its size in bytes, where it is known.
    :param what: what the user called it: an argument's name, or nothing.
    """
    weight = "weighs more than" if have is None else f"weighs {have:,} bytes, more than"
    return InvalidRequestError(
        f"{called_by(what, source)} {weight} the {max_bytes:,} bytes allowed.",
        step="use a smaller file.",
        reason="large",
        values={"photo": shown(source), "limit": f"{max_bytes:,}"},
    )
