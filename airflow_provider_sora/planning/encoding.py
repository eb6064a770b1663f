"""Bytes as text when several encodings are possible: what is declared, else what fits Japanese text best."""

from __future__ import annotations

import codecs
import re

#: Names that mean, in practice, a superset with circled digits and rare name characters.
_SUPERSETS = {
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cswindows31j"), "cp932"),
    **dict.fromkeys(("x-euc-jp", "x-eucjp", "cp51932", "eucjp-ms", "eucjp-win"), "euc_jp"),
}
#: Character sets by the beginning of their codec's name. Python's other codecs are no encodings of documents, and some
#: take hours for a megabyte (punycode). UTF-16 and UTF-32 are told by their byte order mark alone.
_CHARSETS = ("utf-8", "utf-7", "ascii", "iso", "cp", "mac", "koi8", "gb", "big5", "shift", "euc", "hz", "johab", "tis")
#: What web servers say of every file when nobody told them; it fits any bytes, so it tells nothing.
_SERVERS_DEFAULT = ("ascii", "iso8859-1", "cp1252")
#: Signs of a wrong guess: what could not be read, half-width katakana, and the private use area of CP932.
_UNLIKELY = re.compile("[\ufffd\uff61-\uff9f\ue000-\uf8ff]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(data: bytes, *, declared: str | None = None, charset: str | None = None) -> str:
    """The text of ``data``; what cannot be read becomes U+FFFD.

    A byte order mark decides; then ``declared`` and ``charset``; without them UTF-8, EUC-JP and CP932 are compared.

    :param declared: the encoding that the document names. A damaged character does not take its word away.
    :param charset: the encoding that the web server names.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    said = _codec(charset)
    named = [codec for codec in (_codec(declared), None if said in _SERVERS_DEFAULT else said) if codec]
    candidates = [*named, "utf-8"]
    if set(candidates) == {"utf-8"}:
        # Whoever names UTF-8, or nothing, may have exported from an older system.
        candidates += ["euc_jp", "cp932"]
    best = data.decode(candidates[0], _errors(candidates[0]))
    for codec in candidates[1:]:
        # The first that reads all is taken; EUC-JP read as CP932 seldom fails, but swarms with half-width katakana.
        if not (worst := len(_UNLIKELY.findall(best))):
            break
        text = data.decode(codec, _errors(codec))
        best = text if len(_UNLIKELY.findall(text)) < worst else best
    return best


def _codec(name: str | None) -> str | None:
    """Python's name of a character set, or None for what is none."""
    name = (name or "").strip().strip("\"'").lower()
    try:
        found = codecs.lookup(_SUPERSETS.get(name, name)).name
    except (LookupError, ValueError):
        return None
    found = _SUPERSETS.get(found, found)
    return found if found.startswith(_CHARSETS) else None


def _errors(codec: str) -> str:
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
