"""A feed's XML text made fit for a parser: no declarations, no broken references, and nothing that was cut in two.

Feeds are written by templates, so much of what stands in them is no XML: a bare ampersand, HTML's names for characters,
an emoji as two halves. Each costs a strict parser the whole document. What could do harm is refused here, before any
parser sees it: a DOCTYPE that declares entities which read files or multiply.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator, Mapping

_SPACE_OR_PI = re.compile(r"\s+|<\?.*?\?>", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([\w:.-]+)\s+("[^"]*"|'[^']*')\s*>|<!ENTITY|%[\w:.-]+;""", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9A-Fa-f]{1,8})|(\d{1,9}))|([A-Za-z][\w.-]{0,31}));|&")
_HALVES = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[56]\d{3}));&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67]\d{3}));"
)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_ENTRY = re.compile(r"<(/?)(?:[\w.-]+:)?(item|entry)(?=[\s>/])", re.IGNORECASE)


class DeclaresEntities(ValueError):
    """A DOCTYPE declares entities that no feed needs."""


def clean(text: str) -> str:
    """The document without prolog, and with references that any parser knows.

    :raises DeclaresEntities: its DOCTYPE declares others than plain characters.
    """
    defined, at = _prolog(text)
    pieces = []
    for piece, verbatim in _pieces(_NO_XML.sub("", text[at:])):
        if not verbatim:
            piece = _REFERENCE.sub(lambda found: _reference(found, defined), _HALVES.sub(_joined, piece))
        pieces.append(piece)
    return "".join(pieces)


def _prolog(text: str) -> tuple[dict[str, str], int]:
    """What a DOCTYPE defines, and where the root element begins: only before it does a DOCTYPE mean anything."""
    at, defined = 0, {}
    while at < len(text):
        skipped = _SPACE_OR_PI.match(text, at)
        if skipped or text[at] == "\ufeff":
            at = skipped.end() if skipped else at + 1
        elif text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            at = len(text) if end < 0 else end + 3
        elif text[at : at + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, at)
            defined = _definitions(text[at:end])
            at = end
        else:
            break
    return defined, at


def _doctype_end(text: str, at: int) -> int:
    bracket, end = text.find("[", at), text.find(">", at)
    if 0 <= bracket < end or (bracket >= 0 and end < 0):
        closed = re.compile(r"\]\s*>").search(text, bracket)
        return closed.end() if closed else len(text)
    return len(text) if end < 0 else end + 1


def _definitions(doctype: str) -> dict[str, str]:
    """The entities that stand for a few characters, such as ``nbsp``."""
    found: dict[str, str] = {}
    if len(doctype) > 20_000:
        raise DeclaresEntities
    for entity in _ENTITY.finditer(re.sub(r"<!--.*?-->", "", doctype, flags=re.DOTALL)):
        value = html.unescape(entity[2][1:-1]) if entity[1] else "&"
        if len(value) > 32 or "&" in value or "<" in value or "%" in value:
            raise DeclaresEntities
        found[entity[1]] = value
    return found


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is a CDATA section or comment, in which nothing is a reference."""
    at = 0
    while at < len(text):
        begin = re.compile(r"<!\[CDATA\[|<!--").search(text, at)
        if begin is None:
            yield text[at:], False
            return
        closing = "]]>" if begin[0] != "<!--" else "-->"
        end = text.find(closing, begin.end())
        end = len(text) if end < 0 else end + len(closing)
        yield text[at : begin.start()], False
        yield text[begin.start() : end], True
        at = end


def _joined(found: re.Match[str]) -> str:
    """Two references to the halves of a surrogate pair, as programs write an emoji that think in UTF-16."""
    high = int(found[1], 16) if found[1] else int(found[2])
    low = int(found[3], 16) if found[3] else int(found[4])
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return found[0]


def _reference(found: re.Match[str], defined: Mapping[str, str]) -> str:
    if found[1] or found[2]:
        code = int(found[1], 16) if found[1] else int(found[2])
        if 0x80 <= code <= 0x9F:
            return bytes((code,)).decode("cp1252", "replace")  # as browsers read it
        good = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
        return found[0] if good else "\ufffd"
    name = found[3]
    if not name:
        return "&amp;"
    if name in _XML_NAMES:
        return found[0]
    known = defined.get(name) or html.entities.html5.get(f"{name};")
    return known.replace("&", "&amp;").replace("<", "&lt;") if known else f"&amp;{name};"


def whole(text: str) -> tuple[str, bool, bool]:
    """A cleaned document, ended properly; whether it was cut off; and whether that cut an article in two.

    An article that was cut is left out: its text may end in the middle of a word that turns its meaning.
    """
    root = _ROOT.search(text)
    if root is None or re.search(rf"</{re.escape(root[1])}\s*>", text):
        return text, False, False
    ends = list(_ENTRY.finditer(text))
    if not ends:
        return text, not text.rstrip().endswith("/>"), False
    cut = not ends[-1][1] and not text[ends[-1].start() :].partition(">")[0].endswith("/")
    last = ends[-1].start() if cut else text.find(">", ends[-1].end()) + 1
    closing = "</channel>" if root[1].lower() == "rss" else ""
    return f"{text[:last]}{closing}</{root[1]}>", True, cut
