"""Fonts and line breaking, for Latin and Japanese text alike."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pylopdf_fonts_jp
from PIL import ImageFont

#: Signs that Japanese never sets at the start of a line, and those it never leaves at the end of one.
NOT_FIRST = "、。，．・：；？！）］｝」』】〉》〕ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…‥,.!?:;)]}%"
NOT_LAST = "（［｛「『【〈《〔([{"


@lru_cache(maxsize=32)
def sans(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans JP, for what is burned in."""
    return ImageFont.truetype(str(pylopdf_fonts_jp.sans_path()), size)


@lru_cache(maxsize=32)
def serif(size: int) -> ImageFont.FreeTypeFont:
    """Noto Serif JP, for title cards."""
    return ImageFont.truetype(str(pylopdf_fonts_jp.serif_path()), size)


def _is_wide(char: str) -> bool:
    """Whether a line may break beside this character: kana, kanji and their full-width relatives."""
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\uff00" <= char <= "\uffef"


def pieces(text: str) -> Iterator[str]:
    """The unbreakable runs of a text: words with the space before them, single Japanese characters with the
    punctuation that belongs to them."""
    run = ""
    for char in text:
        if not run:
            run = char
        elif char in NOT_FIRST or run[-1] in NOT_LAST:
            run += char
        elif char == " " or _is_wide(char) or _is_wide(run[-1]):
            yield run
            run = char
        else:
            run += char
    if run:
        yield run


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The lines of a text that are no wider than ``width`` pixels, or one sign wide; a longer word is cut."""
    width = max(width, 2.0 * font.size)
    lines: list[str] = []
    lengths: dict[str, float] = {}

    def length(piece: str) -> float:
        if piece not in lengths:
            lengths[piece] = font.getlength(piece)
        return lengths[piece]

    for paragraph in text.splitlines() or [""]:
        line, used = "", 0.0
        for piece in pieces(" ".join(paragraph.split())):
            if used + length(piece) <= width:
                line += piece
                used += length(piece)
                continue
            if line.strip():
                lines.append(line.strip())
            line = piece.lstrip()
            while font.getlength(line) > width:
                cut = _fitting(line, font, width)
                lines.append(line[:cut])
                line = line[cut:]
            used = font.getlength(line)
        if line.strip():
            lines.append(line.strip())
    return lines


def _fitting(line: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(line[:middle]) <= width else (low, middle - 1)
    return low


def shorten(lines: list[str], most: int, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """At most ``most`` lines; what is left out shows as an ellipsis."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and font.getlength(f"{last}…") > width:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip(' ,;、。')}…"]
