"""Take secrets out of what is kept: one rule for addresses in any text, one for values under telling names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from airflow_provider_sora.masking.addresses import shown

REMOVED = "(removed)"
# Every repetition that may begin anywhere has an upper bound: the time must not grow with the square of the text.
#: An apostrophe belongs to an address when it goes on behind it: otherwise it quotes one.
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]{0,30})://((?:[^\s\"'<>]|'(?=[\w%&=/?#~.-]))+)", re.IGNORECASE)
_DATA_URL = re.compile(r"(data:(?:[\w.+-]{1,80}/[\w.+-]{1,80}|;)[^,\s\"'<>]{0,200}),([^\s\"'<>]*)", re.IGNORECASE)
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#]{1,200})=([^&;#]*)(?:(?:&amp;|[&;])(?=[^#]))?")
#: Addresses within addresses are looked into this deep; what lies deeper is dropped.
_DEPTH = 5
_SECRET = (
    r"(?:^|_)(?:access|api|auth|bearer|client|csrf|id|j|php|refresh|security|session|user)?"
    r"(?:secret|pass(?:word|wd|phrase)|pwd|token|jwt|auth(?:orization)?|credentials?|signature|sig|cookie"
    r"|sess(?:ion)?_?id|(?:api|access|secret|private|signing|shared|account|auth|master|subscription)_?key(?:_?id)?)$"
)
_SECRET_NAME = re.compile(_SECRET)
#: In a query also what the signing schemes of the clouds add, and short words that mean little elsewhere.
_SECRET_PARAMETER = re.compile(rf"{_SECRET}|^(?:key|key_pair_id|sign)$|^(?:x_(?:goog|amz|ms|oss|cos|tos)|q)_")


def scrub(value: Any) -> Any:
    """A copy of JSON-like ``value`` for the receipt.

    What stands under a name such as ``api_key`` or ``authorization`` is removed; a value that is a web address loses
    user, query and fragment, for any of them may be a key; other text is treated as :func:`scrub_text` says; bytes
    and data URLs keep their length only.
    """
    if isinstance(value, Mapping):
        return {
            str(key): REMOVED if item is not None and is_secret_name(str(key)) else scrub(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [scrub(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return f"({len(value)} bytes)"
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    address = text.strip()
    if address.lower().startswith(("http://", "https://")) and not re.search(r"\s", address):
        return scrub_text(shown(address))  # a path may have parameters of its own
    return scrub_text(text)


def scrub_labels(labels: Mapping[str, Any]) -> dict[str, str]:
    """The user's labels without secrets; an ordinary address among them stays whole and can be opened."""
    return {
        scrub_text(str(key)): REMOVED if is_secret_name(str(key)) else scrub_text(str(value))
        for key, value in labels.items()
    }


def scrub_text(text: str) -> str:
    """``text`` whose addresses, of any scheme, lose user, password and those parameters that look like credentials.

    >>> scrub_text("see https://u:p@news.example/a?id=1&X-Goog-Signature=ab&section=2#top")
    'see https://news.example/a?id=1&section=2#top'
    """
    return _scrub_text(text, _DEPTH)


def _scrub_text(text: str, depth: int) -> str:
    text = _DATA_URL.sub(lambda found: f"{found[1]},({len(found[2])} characters)", text)
    return _ADDRESS.sub(lambda found: _scrub_address(found, depth), text)


def _scrub_address(found: re.Match[str], depth: int) -> str:
    authority, tail = re.fullmatch(r"([^/?#]*)(.*)", found[2], re.DOTALL).groups()  # type: ignore[union-attr]
    cleaned = _PARAMETER.sub(lambda parameter: _scrub_parameter(parameter, depth), tail)
    if cleaned != tail:
        cleaned = re.sub(r"(?<![?&;])[?&;]++(?=#|$)|#$", "", cleaned)
    return f"{found[1]}://{authority.rpartition('@')[2]}{cleaned}"


def _scrub_parameter(found: re.Match[str], depth: int) -> str:
    if _SECRET_PARAMETER.search(_plain_name(unquote(found[1]))):
        return ""
    inner = unquote(found[2])
    if "://" in inner:  # an address may carry another one
        if not depth:
            return ""
        if (cleaned := _scrub_text(inner, depth - 1)) != inner:
            return found[0].replace(found[2], quote(cleaned, safe=""))
    return found[0]


def is_secret_name(name: str) -> bool:
    """Whether a field of that name holds a credential: ``api_key``, ``clientSecret``, ``X-Auth-Token`` …"""
    return _SECRET_NAME.search(_plain_name(name)) is not None


def _plain_name(name: str) -> str:
    """``accessToken``, ``X-Amz-Date`` and ``API key`` as ``access_token``, ``x_amz_date`` and ``api_key``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
