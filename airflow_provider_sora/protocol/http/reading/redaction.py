"""The one gate for texts that a server sent: what has passed it holds no key and no signed address.

Everything that such a text may reach (errors, logs, events, XCom, the database) lies behind it: errors and jobs are
read through it, so nobody has to remember it later. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html.entities import codepoint2name
from typing import Any

HIDDEN = "***"
#: So many characters of one text are looked at; the rest is dropped, and a little more, which may end in half a key.
LONGEST, MARGIN = 20_000, 1_000
#: A text shorter than this, in characters, is no secret: hiding it would only spoil sentences.
SHORTEST = 6

# Every repetition that may begin anywhere has an upper bound: the time must not grow with the square of the text.
_SLASH = r"(?:\\{0,4}+/|%(?:25){0,3}2f|&(?:amp;){0,3}#(?:0{0,4}47|x0{0,4}2f);|\\{0,4}+u002f)"
_SCHEME = rf"\b[a-z][a-z0-9+.-]{{1,20}}+(?::|%(?:25){{0,3}}3a){_SLASH}{{2}}"
_AT, _ASK, _PERCENT_SLASH = r"(?:@|%(?:25){0,3}40)", r"(?:\?|%(?:25){0,3}3f|#|%(?:25){0,3}23)", r"%(?:25){0,3}2f"
_USER = re.compile(rf"({_SCHEME})(?:(?!{_AT}|{_PERCENT_SLASH})[^\s\"'<>/?#]){{1,500}}{_AT}", re.IGNORECASE)
_QUERY = re.compile(rf"({_SCHEME}(?:(?!{_ASK})[^\s\"'<>]){{0,1000}}){_ASK}[^\s\"'<>]*", re.IGNORECASE)
_DATA_URL = re.compile(r"\b(data:[\w.+-]{0,80}/[\w.+-]{0,80};base64),[\w+/=%-]+", re.IGNORECASE)
#: Parameters that sign an address, where the address itself is cut or has no scheme.
_SIGNED = re.compile(
    r"\b(x[-_](?:amz|goog|ms|oss|cos|tos)[-_][\w-]{1,40}|(?:access[-_]?|api[-_]?)?(?:token|key|sig|signature))"
    r"(=|%(?:25){0,3}3d)(?!\*\*\*)[^\s&\"'<>]{8,}",
    re.IGNORECASE,
)
#: A credential of somebody else: the gateway's own key to its upstream, for instance.
_SCHEME_AND_KEY = re.compile(r"\b(bearer|basic)(\s{1,4}|%20|\+)(?=\S{0,200}\d)[\w.~+/=-]{8,}", re.IGNORECASE)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without ``secrets`` in any spelling, and without user, query and fragment of any address in it.

    :param secrets: see :meth:`~airflow_provider_sora.protocol.http.connection.ConnectionSettings.secrets`.
    """
    cut = len(text) > LONGEST
    text = without_secrets(text[:LONGEST], secrets)
    text = text[:-MARGIN] if cut else text
    text = _DATA_URL.sub(rf"\1,{HIDDEN}", text)
    text = _USER.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1?{HIDDEN}", text)
    text = _SIGNED.sub(rf"\1\2{HIDDEN}", text)
    return _SCHEME_AND_KEY.sub(rf"\1\2{HIDDEN}", text)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """``text`` without ``secrets`` only: for a prompt, whose addresses are the user's own."""
    pattern = _pattern(tuple(secrets))
    return text if pattern is None else pattern.sub(HIDDEN, text)


def redact_all(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of JSON-like ``value`` whose texts have all passed :func:`redact`, keys of mappings too."""
    secrets = tuple(secrets)
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, Mapping):
        return {redact(str(key), secrets): redact_all(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact_all(item, secrets) for item in value]
    return value


@lru_cache(maxsize=32)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    found = [secret for secret in secrets if len(secret) >= SHORTEST]
    if not found:
        return None
    forms = [_spelled(secret) for secret in sorted(found, key=len, reverse=True)]
    forms += [form for secret in found for form in _base64(secret)]
    return re.compile("|".join(forms), re.IGNORECASE)


def _spelled(secret: str) -> str:
    """A pattern for ``secret`` as it is, and as JSON, HTML, a URL or a Python repr would write any character of it."""
    return _character(secret[0]) + "".join(_character(char, r"\\{0,8}+") for char in secret[1:])


def _character(char: str, escape: str = "") -> str:
    code = ord(char)
    if char == "\\":
        return r"(?:\\{1,8}+(?:u005c|x5c)?|%(?:25){0,3}5c|&(?:amp;){0,3}(?:#92|#x5c|bsol);)"
    forms = [re.escape(char), rf"%(?:25){{0,3}}{code:02x}", rf"u{code:04x}", rf"x{code:02x}"]
    forms.append(rf"&(?:amp;){{0,3}}#(?:0{{0,4}}{code}|x0{{0,4}}{code:x});")
    name = {"'": "apos"}.get(char) or codepoint2name.get(code)
    if name:
        forms.append(rf"&(?:amp;){{0,3}}{name};")
    if char == " ":
        forms.append(r"\+")
    return f"{escape}(?:{'|'.join(forms)})"


def _base64(secret: str) -> list[str]:
    """Patterns for ``secret`` within base64 text, wherever in the encoded bytes it begins; both alphabets."""
    forms = [base64.b64encode(secret.encode()).decode().rstrip("=")]
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        # The characters at both ends also hold bits of the neighbours.
        inner = whole[(0, 2, 3)[shift] : -1 if (shift + len(secret.encode())) % 3 else None]
        if len(inner) >= SHORTEST:
            forms.append(inner)
    classes = {"+": r"(?:[+-]|%2b)", "/": r"(?:\\{0,4}/|_|%2f)"}
    return ["".join(classes.get(char, re.escape(char)) for char in form) + "(?:=|%3d){0,2}" for form in forms]
