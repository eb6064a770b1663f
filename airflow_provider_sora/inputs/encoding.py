"""Bytes as text when several encodings are possible: what is declared, else what reads most plausibly."""

from __future__ import annotations

import codecs
import re

from airflow_provider_sora.inputs.plausible import bits

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
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: What is compared when nothing, or the wrong thing, is declared; with what each is less likely by itself, in bits.
_CANDIDATES = {
    "cp932": 0.0, "cp1252": 0.0, "euc_jp": 2.0, "cp949": 4.0, "gb18030": 4.0, "big5": 8.0, "cp1251": 8.0,
    "cp1250": 5.0, "koi8_r": 12.0, "cp1253": 12.0, "cp1254": 6.0, "mac_roman": 16.0, "cp850": 20.0,
}  # fmt: skip
#: How much of the bytes beyond ASCII is looked at.
_SAMPLE = 20_000
#: Bits by which the best reading must be ahead of the next, or it cannot be told; more where it is one of East Asia,
#: whose encodings read each other's bytes as words.
_AHEAD, _AHEAD_IN_ASIA = 4.0, 10.0
_OF_ASIA = ("cp932", "euc_jp", "cp949", "gb18030", "big5")


class UnclearEncodingError(ValueError):
    """Bytes that several encodings read about equally well, or none."""


def decoded(data: bytes, *, declared: str | None = None, charset: str | None = None, sure: bool = False) -> str:
    """The text of ``data``; what cannot be read becomes U+FFFD.

    A byte order mark decides; then ``declared`` and ``charset``, if the bytes can be read so; then UTF-8; then whatever
    reads most plausibly, see :mod:`.plausible`. What is declared is kept though a character is damaged, unless another
    reading is more plausible by far.

    :param declared: the encoding that the document names. A damaged character does not take its word away.
    :param charset: the encoding that the web server names.
    :param sure: raise where it cannot be told, rather than to take the likeliest.
    :raises UnclearEncodingError: with ``sure`` only.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    if wide := _without_mark(data):
        return data.decode(wide, "replace")
    said = _codec(charset)
    named = [codec for codec in (_codec(declared), None if said in _SERVERS_DEFAULT else said) if codec]
    named += ["utf-8"]
    for codec in list(named):
        text = data.decode(codec, _errors(codec))
        if "\ufffd" in text:
            continue
        if not _controls(text) and (codec == "utf-8" or _believable(data, codec)):
            return text
        named.remove(codec)
    return data.decode(*_likeliest(data, named, said, sure))


def read_as(data: bytes, encoding: str) -> str:
    """The text in the encoding that a person names.

    :raises LookupError: no character set.
    :raises ValueError: the bytes are not in it.
    """
    name = encoding.strip().lower().replace("_", "-")
    codec = name if re.fullmatch("utf-(16|32)(-[lb]e)?", name) else _codec(encoding)
    if codec is None:
        raise LookupError(encoding)
    return data.decode(codec, "strict").removeprefix("\ufeff")


def _believable(data: bytes, codec: str) -> bool:
    """Whether an encoding that is named reads as somebody would write: one of a byte a character reads any bytes."""
    judged = "cp1252" if codec in _SERVERS_DEFAULT else codec
    if judged not in _CANDIDATES:
        return True
    sample = _sample(data)
    best = min(bits(sample.decode(one, _errors(one)), one) for one in _CANDIDATES)
    return bits(sample.decode(judged, _errors(judged)), judged) <= 1.2 * best + _AHEAD


def _controls(text: str) -> bool:
    return any("\x80" <= c <= "\x9f" and c != "\x85" for c in text[:_SAMPLE])


def _likeliest(data: bytes, named: list[str], said: str | None, sure: bool) -> tuple[str, str]:
    sample = _sample(data)
    found = sorted(
        (bits(sample.decode(codec, _errors(codec)), codec) + prior, codec) for codec, prior in _candidates(said)
    )
    best, codec = found[0]
    # What is named stays where only a few characters of many are damaged.
    for one in named:
        text = sample.decode(one, _errors(one))
        damaged, whole = text.count("\ufffd"), sum(c > "\x7f" for c in text)
        if whole and damaged * 8 <= whole and one not in _CANDIDATES:
            return one, _errors(one)
        allowance = 40 * damaged if damaged * 5 <= whole else 0
        if one in _CANDIDATES and bits(text, one) <= best + allowance + _AHEAD:
            return one, _errors(one)
    # Windows-1252 and its cousins read most letters alike; only what reads as another script is another text.
    other = next(
        (cost for cost, one in found[1:] if sample.decode(one, _errors(one)) != sample.decode(codec, _errors(codec))),
        None,
    )
    if sure and other is not None and other - best < (_AHEAD_IN_ASIA if codec in _OF_ASIA else _AHEAD):
        raise UnclearEncodingError(f"it may be {codec} or {found[1][1]}")
    return codec, _errors(codec)


def _candidates(said: str | None) -> list[tuple[str, float]]:
    return [(codec, 0.0 if codec == said else prior) for codec, prior in _CANDIDATES.items()]


def _sample(data: bytes) -> bytes:
    """Of the lines that hold more than ASCII, what stands from there on: the rest tells nothing."""
    lines, size = [], 0
    for line in re.split(rb"[\r\n<>]+", data):
        if beyond := re.search(rb"[^\x00-\x7f]", line):
            start = max(beyond.start() - 100, 0)
            lines.append(line[start : start + 2000])
            size += len(lines[-1])
            if size > _SAMPLE:
                break
    return b"\n".join(lines)


def _without_mark(data: bytes) -> str | None:
    """UTF-16 without its byte order mark: every other byte of ASCII is nought."""
    head = data[:400]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) // 2 or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


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
