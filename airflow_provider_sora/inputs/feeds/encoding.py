"""The text of a feed's bytes: what is declared where that makes sense, else what makes the most sense.

Any bytes can be read in a dozen encodings without an error, and most of the results are no language. So a reading is
judged by what it looks like: letters of two scripts in one word, a lone Han character inside a Latin word (``Cr鑪e``),
half-width katakana, control characters and signs in the middle of words are what a wrong encoding leaves behind.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import airflow_provider_sora.inputs.encoding  # noqa: F401  (what NEC and IBM added to EUC-JP)

#: Names that mean, in practice, a superset of what they say.
_SUPERSETS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cswindows31j"), "cp932"),
    **dict.fromkeys(("x-euc-jp", "x-eucjp", "cp51932", "eucjp-ms", "eucjp-win"), "euc_jp"),
    **dict.fromkeys(("iso8859-1", "latin-1", "ascii", "us-ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("euc_kr", "ks_c_5601-1987", "ks_c_5601_1987"), "cp949"),
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
#: Character sets by the beginning of their codec's name. Python's other codecs are no encodings of documents, and some
#: take hours for a megabyte (punycode). UTF-16 and UTF-32 are told by their byte order mark alone.
_CHARSETS = ("utf-8", "utf-7", "ascii", "iso", "cp", "mac", "koi8", "gb", "big5", "shift", "euc", "hz", "johab", "tis")
#: Encodings that write everything in ASCII; nothing but their name tells them.
_SEVEN_BIT = ("iso2022", "hz", "utf-7")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: What feeds in a language were written in before UTF-8.
_BY_LANGUAGE = {
    "ja": ("euc_jp", "cp932"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5hkscs"),
    **dict.fromkeys(("zh-tw", "zh-hk"), ("big5hkscs", "gb18030")),
    **dict.fromkeys(("ru", "bg", "be", "sr", "mk"), ("cp1251", "koi8_r")),
    "uk": ("cp1251", "koi8_u"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl"), ("cp1250", "iso8859-2")),
    "el": ("cp1253", "iso8859-7"),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "th": ("cp874",),
    **dict.fromkeys(("et", "lv", "lt"), ("cp1257",)),
    "vi": ("cp1258",),
}
_LANGUAGE = re.compile(
    rb"<(?:\w+:)?language>\s*([A-Za-z]{2}(?:[-_][A-Za-z]+)?)|xml:lang=[\"']([A-Za-z]{2}(?:-[A-Za-z]+)?)"
)
_WORDS = re.compile(r"[^\W\d_]*[^\x00-\x7f\s][^\s<>]*", re.UNICODE)
_CJK = r"\u3005\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff]")
#: So many Han characters may come without kana.
_SHORT = 12
#: One or two such characters with other letters around them.
_LONE = re.compile(rf"(?<![{_CJK}])[{_CJK}]{{1,2}}(?![{_CJK}])")
#: How much of a text may be odd before another reading is looked for.
_TOLERATED = 0.02
#: How many characters beyond ASCII are judged; a feed that is odd is so from its beginning.
_SAMPLE = 4000


def decoded(data: bytes, *, declared: str | None = None, charset: str | None = None) -> str:
    """The text of ``data``; what cannot be read becomes U+FFFD.

    A byte order mark decides. Bytes that are UTF-8 are UTF-8, for hardly anything else happens to be. Else the first of
    ``charset``, ``declared`` and the encodings of the document's language that gives a sensible text counts, else the
    most sensible of all.

    :param declared: the encoding that the document names.
    :param charset: the encoding that the web server names.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    named = [codec for codec in (codec_of(declared), codec_of(charset)) if codec]
    if data.isascii():
        return data.decode(next((codec for codec in named if codec.startswith(_SEVEN_BIT)), "ascii"), "replace")
    utf8 = data.decode("utf-8", "replace")
    if _is_utf8(data, utf8):
        return utf8
    best, least = utf8, float("inf")
    for codec in dict.fromkeys(_candidates(data, named)):
        text = data.decode(codec, _errors(codec))
        odd = oddness(text) + _without_kana(codec, text)
        if odd < least:
            best, least = text, odd
        if odd <= _TOLERATED:
            break
    return best


def _without_kana(codec: str, text: str) -> float:
    """Japanese of some length has kana; what has none is Korean or Chinese in the wrong one of three encodings."""
    if codec not in ("euc_jp", "cp932") or _KANA.search(text):
        return 0.0
    return 0.5 if len(_HAN.findall(text)) >= _SHORT else 0.0


def _is_utf8(data: bytes, text: str) -> bool:
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    if not broken:
        return True
    # One damaged character does not take a document's word away; Western bytes hold no valid sequences at all.
    whole = sum(1 for character in text if character > "\x7f") - broken
    return whole > 2 * broken


def _candidates(data: bytes, named: list[str]) -> Iterator[str]:
    yield from (codec for codec in named if codec != "utf-8")
    found = _LANGUAGE.search(data[:4000])
    tag = (found[1] or found[2]).decode("ascii").lower().replace("_", "-") if found else ""
    yield from _BY_LANGUAGE.get(tag, _BY_LANGUAGE.get(tag[:2], ()))
    yield from ("cp1252", "euc_jp", "cp932", "cp1250", "cp1251", "koi8_r", "cp1253", "cp949", "gb18030", "big5hkscs")


@lru_cache(maxsize=64)
def codec_of(name: str | None) -> str | None:
    """Python's name of a character set, or None for what is none."""
    name = (name or "").strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_SUPERSETS.get(name, name)).name
    except (LookupError, ValueError):
        return None
    found = _SUPERSETS.get(found, found)
    return found if found.startswith(_CHARSETS) else None


def oddness(text: str) -> float:
    """The share of a text's characters beyond ASCII that no writer would have put there, 0 to 1."""
    seen, odd = 0, 0.0
    for word in _WORDS.finditer(text):
        beyond = [c for c in word[0] if c > "\x7f"]
        seen += len(beyond)
        odd += min(len(beyond), _odd_in(word[0], beyond))
        if seen > _SAMPLE:
            break
    return odd / seen if seen else 0.0


def _odd_in(word: str, beyond: list[str]) -> float:
    scripts = {_script(c) for c in word if c.isalpha()}
    odd: float = sum(
        c == "\ufffd" or "\x80" <= c <= "\x9f" or "\u2500" <= c <= "\u259f" or "\ue000" <= c <= "\uf8ff" for c in beyond
    )
    if "kana" not in scripts:
        # Without kana, half-width ones and rare characters are what is left of another encoding.
        odd += sum("\uff61" <= c <= "\uff9f" or _is_rare_kanji(c) for c in beyond)
    if "other" in scripts or len(scripts - {"han", "kana"}) > 1 or {"han", "hangul"} <= scripts:
        odd += len(beyond)
    for run in _LONE.finditer(word):
        sides = word[: run.start()][-1:].isalpha(), word[run.end() :][:1].isalpha()
        odd += len(run[0]) * sum(sides) / 2
    if scripts == {"latin"}:
        odd += _odd_latin(word)
    if scripts & {"cyrillic", "greek"} and re.search(r"[^\W\d_][^\W\d_]", word):
        odd += sum(1 for a, b in pairwise(word) if a.islower() and b.isupper())
    return odd


def _odd_latin(word: str) -> int:
    """Signs inside a word, capitals after small letters, and words without a single plain letter."""
    odd = 0
    for before, here, after in zip(" " + word, word, word[1:] + " ", strict=False):
        if here <= "\x7f":
            continue
        if not here.isalpha():
            within = before.isalpha() and after.isalpha()
            odd += within and here not in "’‘·­–—…ªº°«»“”"
            odd += unicodedata.category(here) in ("Sk", "Sc", "So", "No", "Sm") and (
                before.isalpha() or after.isalpha()
            )
            odd += here in "‚ƒ„†‡ˆ‰‹›¬¦¤¶¨¸¯" and before.isalpha()
        elif (
            (here.isupper() and before.islower())
            or here == "ƒ"
            or (here.islower() and before.isupper() and before > "\x7f")
        ):
            odd += 1
    letters = [c for c in word if c.isalpha()]
    if sum(c > "\x7f" for c in word) > 1 and all(c > "\x7f" for c in letters):
        odd += len(word)
    return odd


@lru_cache(maxsize=4096)
def _is_rare_kanji(character: str) -> bool:
    """Of the second level of JIS X 0208, where names and old words stand."""
    try:
        return "\u4e00" <= character <= "\u9fff" and character.encode("euc_jp")[0] >= 0xD0
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    point = ord(character)
    for script, ranges in _SCRIPTS.items():
        if any(low <= point <= high for low, high in ranges):
            return script
    return "other" if point < 0x250 else "rest"


_SCRIPTS = {
    "latin": ((0x41, 0x24F), (0x1E00, 0x1EFF)),
    "greek": ((0x370, 0x3FF),),
    "cyrillic": ((0x400, 0x52F),),
    "hebrew": ((0x590, 0x5FF),),
    "arabic": ((0x600, 0x6FF),),
    "thai": ((0xE00, 0xE7F),),
    "kana": ((0x3041, 0x30FF), (0x31F0, 0x31FF)),
    "han": ((0x3005, 0x3007), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
    "hangul": ((0xAC00, 0xD7A3), (0x1100, 0x11FF)),
}


def _errors(codec: str) -> str:
    return "nec-and-ibm" if codec == "euc_jp" else "replace"
