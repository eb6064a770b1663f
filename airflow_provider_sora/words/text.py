"""Text that somebody else wrote: made one clean line, capped, and its language told from its script."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

#: What a headline or title may measure in a prompt; anything longer is cut at a word and marked with an ellipsis.
MAX_QUOTE = 200

_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_HIDDEN = {"script", "style", "template", "head"}
#: Tags at which a browser breaks the line; any other may stand in the middle of a word, as in ``su<b></b>icide``.
_BREAKING = re.compile(
    "address|article|aside|blockquote|br|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|li|main|menu|nav|ol|option|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
#: An ampersand that begins no character reference; without the semicolon, ``&section`` would become ``§ion``.
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,40};)")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _break_at(self, tag: str) -> None:
        if _BREAKING.fullmatch(tag):
            self.parts.append(" ")


def plain(text: object, *, cap: int = 2000) -> str:
    """One line without markup, control or invisible characters, in Unicode form NFC, at most ``cap`` characters.

    For words that people read; an address or a file name goes through :func:`address`, which changes nothing. Markup
    goes as in a browser, so that it cannot split a word that is looked for. Bidirectional overrides, zero-width and
    private-use characters go too: they can hide what a text says. Only the first 20 ``cap`` characters are looked at,
    so a title of many megabytes costs no time.
    """
    if text is None:
        return ""
    raw = str(text)[: cap * 20]
    if "<" in raw or "&" in raw:
        words = _Words()
        raw = _BARE_AMPERSAND.sub("&amp;", raw)
        raw = _BARE_AMPERSAND.sub("&amp;", html.unescape(raw)) if "&lt;" in raw else raw
        # No tag ends behind the last ">". The parser would look for that end from every "<" again: seconds an entry.
        marked, end, rest = raw.rpartition(">")
        words.feed(marked + end)
        words.close()
        words.handle_data(html.unescape(rest))
        raw = "".join(words.parts)
    raw = unicodedata.normalize("NFC", raw)
    line = " ".join(raw.translate(_SHOWN).split())
    return line if len(line) <= cap else _cut(line, cap)


class _Shown(dict[int, str | None]):
    """What stands for a character in a line: a space for white space, nothing for what nobody sees. Filled as it is
    used: a catalogue has tens of millions of characters, of a few hundred kinds."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        if category in ("Zs", "Zl", "Zp", "Cc"):
            shown: str | None = " "
        else:
            shown = None if category in ("Cf", "Cs", "Co", "Cn") else chr(code)
        self[code] = shown
        return shown


_SHOWN = _Shown()


def _cut(line: str, cap: int) -> str:
    head = line[: cap - 1]
    at_word = head.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > cap // 2 else head).rstrip() + "…"


def address(value: object, *, cap: int = 4000) -> str | None:
    """A URL or a file name exactly as it was written, but for white space around it; ``""`` where there is none.

    Every character of an address counts: one entity decoded, one accent composed, and it leads nowhere. None when it
    cannot be one: it is longer than ``cap``, or holds control characters or half a surrogate pair.
    """
    text = "" if value is None else str(value).strip()
    broken = len(text) > cap or any(unicodedata.category(c) in ("Cc", "Cs") for c in text)
    return None if broken else text


def web_address(value: object) -> str:
    """An ``http://`` or ``https://`` address as it was written; ``""`` for anything else, such as ``javascript:``."""
    found = address(value, cap=2000) or ""
    return found if found.lower().startswith(("http://", "https://")) else ""


def quoted(text: str, language: str = "en", *, cap: int = MAX_QUOTE) -> str:
    """``text`` as quoted material for a prompt: plain, capped, and unable to close its own quotation marks."""
    opening, closing = ("「", "」") if language == "ja" else ("“", "”")
    # Every kind of quotation mark inside becomes a plain apostrophe, so the quotation ends where we end it.
    inner = "".join("'" if _is_quotation_mark(c) else c for c in plain(text, cap=cap))
    return f"{opening}{inner}{closing}"


@lru_cache(maxsize=4096)
def _is_quotation_mark(character: str) -> bool:
    # By name, for Unicode has some forty of them: half-width, full-width, vertical, ornamental, angled.
    name = unicodedata.name(character, "")
    return character == "`" or "QUOTATION MARK" in name or "CORNER BRACKET" in name


def language_of(text: str, default: str = "en") -> str:
    """``ja`` or ``en`` from the script: any kana, or Han that outweighs Latin, is Japanese."""
    if _KANA.search(text):
        return "ja"
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han and han * 2 >= latin:
        return "ja"
    return "en" if latin else default


def language_tag(tag: object) -> str | None:
    """``ja`` or ``en`` from a tag such as ``ja-JP``; None for no tag and for other languages."""
    short = str(tag or "").replace("_", "-").split("-")[0].strip().lower()
    return short if short in ("ja", "en") else None
