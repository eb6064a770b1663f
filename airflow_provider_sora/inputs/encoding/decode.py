"""Bytes as text when several encodings are possible: what is declared, else what reads most plausibly."""

from __future__ import annotations

import re

from airflow_provider_sora.inputs.encoding.charsets import (
    MARKS,
    SERVERS_DEFAULT,
    SEVEN_BIT,
    codec_of,
    codecs_of_language,
    errors,
)
from airflow_provider_sora.inputs.encoding.plausible import bits

#: What is compared when nothing, or the wrong thing, is declared; with what each is less likely by itself, in bits.
_CANDIDATES = {
    "cp932": 0.0, "cp1252": 0.0, "euc_jp": 2.0, "cp949": 4.0, "gb18030": 4.0, "big5hkscs": 8.0, "cp1251": 8.0,
    "cp1250": 5.0, "iso8859-2": 7.0, "koi8_r": 12.0, "cp1253": 12.0, "cp1254": 6.0, "mac_roman": 16.0, "cp850": 20.0,
}  # fmt: skip
#: Bits by which an encoding of the document's language is likelier.
_OF_ITS_LANGUAGE = 12.0
#: How much of the bytes beyond ASCII is looked at.
_SAMPLE = 20_000
#: Bits by which the best reading must be ahead of the next, or it cannot be told; more where it is one of East Asia,
#: whose encodings read each other's bytes as words.
_AHEAD, _AHEAD_IN_ASIA = 4.0, 10.0
_OF_ASIA = ("cp932", "euc_jp", "cp949", "gb18030", "big5hkscs")


class UnclearEncodingError(ValueError):
    """Bytes that several encodings read about equally well, or none."""


def decoded(
    data: bytes,
    *,
    declared: str | None = None,
    charset: str | None = None,
    language: str | None = None,
    sure: bool = False,
) -> str:
    """The text of ``data``; what cannot be read becomes U+FFFD.

    A byte order mark decides. Bytes that are UTF-8 are UTF-8, for hardly anything else happens to be. Then ``declared``
    and ``charset`` count, if the bytes can be read so and what they give is believable; then whatever reads most
    plausibly, see :mod:`.plausible`. What is declared is kept though a character is damaged, unless another reading is
    more plausible by far.

    :param declared: the encoding that the document names. A damaged character does not take its word away.
    :param charset: the encoding that the web server names.
    :param language: what the document says it is written in, as ``pl`` or ``zh-TW``.
    :param sure: raise where it cannot be told, rather than to take the likeliest.
    :raises UnclearEncodingError: with ``sure`` only.
    """
    for mark, codec in MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    if wide := _without_mark(data):
        return data.decode(wide, "replace")
    said = codec_of(charset)
    named = [codec for codec in (codec_of(declared), None if said == SERVERS_DEFAULT else said) if codec]
    if data.isascii():
        return data.decode(next((codec for codec in named if codec.startswith(SEVEN_BIT)), "ascii"), "replace")
    named = ["utf-8", *(codec for codec in named if codec != "utf-8")]
    its = codecs_of_language(language)
    for codec in (*named, *(codec for codec in its if codec not in _CANDIDATES)):
        text = data.decode(codec, errors(codec))
        if "\ufffd" in text:
            continue
        if codec == "utf-8" or (not _controls(text) and _believable(data, codec)):
            return text
        if codec in named:
            named.remove(codec)
    priors = {codec: prior - _OF_ITS_LANGUAGE * (codec in its) for codec, prior in _CANDIDATES.items()}
    if said in priors:
        priors[said] = min(priors[said], 0.0)
    return data.decode(*_likeliest(data, named, priors, sure))


def read_as(data: bytes, encoding: str) -> str:
    """The text in the encoding that a person names.

    :raises LookupError: no character set.
    :raises ValueError: the bytes are not in it.
    """
    name = encoding.strip().lower().replace("_", "-")
    codec = name if re.fullmatch("utf-(16|32)(-[lb]e)?", name) else codec_of(encoding)
    if codec is None:
        raise LookupError(encoding)
    return data.decode(codec, "strict").removeprefix("\ufeff")


def _believable(data: bytes, codec: str) -> bool:
    """Whether an encoding that is named reads as somebody would write: one of a byte a character reads any bytes."""
    if codec not in _CANDIDATES:
        return True
    sample = _sample(data)
    best = min(bits(sample.decode(one, errors(one)), one) for one in _CANDIDATES)
    return bits(sample.decode(codec, errors(codec)), codec) <= 1.2 * best + _AHEAD


def _controls(text: str) -> bool:
    return any("\x80" <= c <= "\x9f" and c != "\x85" for c in text[:_SAMPLE])


def _likeliest(data: bytes, named: list[str], priors: dict[str, float], sure: bool) -> tuple[str, str]:
    sample = _sample(data)
    found = sorted((bits(sample.decode(one, errors(one)), one) + prior, one) for one, prior in priors.items())
    best, codec = found[0]
    # What is named stays where only a few characters of many are damaged.
    for one in named:
        text = sample.decode(one, errors(one))
        damaged, whole = text.count("\ufffd"), sum(c > "\x7f" for c in text)
        if whole and damaged * 8 <= whole and one not in _CANDIDATES:
            return one, errors(one)
        allowance = 40 * damaged if damaged * 5 <= whole else 0
        if one in _CANDIDATES and bits(text, one) <= best + allowance + _AHEAD:
            return one, errors(one)
    # Windows-1252 and its cousins read most letters alike; only what reads as another script is another text.
    other = next(
        (cost for cost, one in found[1:] if sample.decode(one, errors(one)) != sample.decode(codec, errors(codec))),
        None,
    )
    if sure and other is not None and other - best < (_AHEAD_IN_ASIA if codec in _OF_ASIA else _AHEAD):
        raise UnclearEncodingError(f"it may be {codec} or {found[1][1]}")
    return codec, errors(codec)


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
