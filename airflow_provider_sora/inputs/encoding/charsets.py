"""Names of encodings as documents and servers write them, and Python's codecs for them."""

from __future__ import annotations

import codecs
from functools import lru_cache

#: Names that mean, in practice, a superset of what they say: with circled digits, rare name characters, the euro sign.
_SUPERSETS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cswindows31j"), "cp932"),
    **dict.fromkeys(("x-euc-jp", "x-eucjp", "cp51932", "eucjp-ms", "eucjp-win"), "euc_jp"),
    **dict.fromkeys(("iso8859-1", "latin-1", "ascii", "us-ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("euc_kr", "ks_c_5601-1987", "ks_c_5601_1987"), "cp949"),
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
#: Character sets by the beginning of their codec's name. Python's other codecs are no encodings of documents, and some
#: take hours for a megabyte (punycode). UTF-16 and UTF-32 are told by their byte order mark alone.
_CHARSETS = ("utf-8", "utf-7", "ascii", "iso", "cp", "mac", "koi8", "gb", "big5", "shift", "euc", "hz", "johab", "tis")
#: Encodings that write everything in ASCII; nothing but their name tells them.
SEVEN_BIT = ("iso2022", "hz", "utf-7")
#: What web servers say of every file when nobody told them; it fits any bytes, so it tells nothing.
SERVERS_DEFAULT = "cp1252"
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: What texts in a language were written in before UTF-8.
_BY_LANGUAGE = {
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5hkscs"),
    **dict.fromkeys(("zh-tw", "zh-hk"), ("big5hkscs",)),
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


def codecs_of_language(tag: str | None) -> tuple[str, ...]:
    """What texts of a language, as ``pl`` or ``zh-TW``, were written in before UTF-8; nothing for those of the West."""
    tag = (tag or "").strip().lower().replace("_", "-")
    return _BY_LANGUAGE.get(tag, _BY_LANGUAGE.get(tag[:2], ()))


def errors(codec: str) -> str:
    """How a codec reads what it does not know."""
    return "nec-and-ibm" if codec == "euc_jp" else "replace"


def _nec_and_ibm(error: UnicodeError) -> tuple[str, int]:
    """Characters that NEC and IBM added to EUC-JP, such as 髙 and ①, which Python's codec lacks and CP932 has."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) == 2 and min(pair) >= 0xA1 and max(pair) <= 0xFE:
        row, cell = pair[0] - 0xA0, pair[1] - 0xA0
        lead = (row - 1) // 2 + (0x81 if row < 63 else 0xC1)
        trail = cell + (0x9E if row % 2 == 0 else 0x3F + (cell > 63))
        try:
            return bytes((lead, trail)).decode("cp932"), error.start + 2
        except UnicodeDecodeError:
            return "\ufffd", error.start + 2
    return "\ufffd", error.start + 1


codecs.register_error("nec-and-ibm", _nec_and_ibm)
