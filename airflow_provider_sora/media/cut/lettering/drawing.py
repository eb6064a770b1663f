"""Words set with Pillow: cards, captions and marks. Lines are broken by the rules of Unicode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Card, Mark

_INSTALL = "install airflow-provider-sora[edit], which brings a font and the rules of line breaking."
#: What no font has a sign for: how a missing sign looks is found out with it.
_NO_SIGN = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture with transparency and the even place of its upper left corner in the film's picture."""

    picture: Any
    x: int
    y: int


def draw_card(card: Card, size: tuple[int, int], font: str | None) -> Any:
    """A card as a picture without transparency: its lines in the middle, the first one larger.

    :raises ConfigurationError: a colour or sign that is not known, or no font.
    """
    from PIL import Image, ImageDraw

    width, height = size
    first, _, rest = card.text.strip().partition("\n")
    face = _face(font, max(8, round(min(size) / 11)))
    lines = [(line, face) for line in wrapped(first, face, width * 0.84)]
    small = _face(font, max(8, round(min(size) / 20)))
    lines += [("", small)] if rest.strip() else []
    lines += [(line, small) for part in rest.splitlines() for line in wrapped(part, small, width * 0.84) or [""]]
    picture = Image.new("RGB", size, _colour(card, "ground"))
    pen = ImageDraw.Draw(picture)
    top = (height - sum(_step(one) for _, one in lines)) / 2
    for line, one in lines:
        pen.text((width / 2, top + _step(one) / 2), line, font=one, fill=_colour(card, "colour"), anchor="mm")
        top += _step(one)
    return picture


def draw_caption(words: str, size: tuple[int, int], font: str | None, *, floor: int) -> Layer:
    """A caption, low in the middle: white with a dark edge, so that it can be read on anything.

    :param floor: the line above which it has to end.
    """
    from PIL import Image, ImageDraw

    width, height = size
    face = _face(font, max(10, round(min(size) / 18)))
    edge = max(1, round(face.size / 11))
    lines = [line for part in words.splitlines() for line in wrapped(part, face, width * 0.86 - 2 * edge)]
    longest = max(face.getlength(line) for line in lines)
    box = (_even(min(width, longest + 4 * edge)), _even(_step(face) * len(lines) + 2 * edge))
    layer = Image.new("RGBA", box, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for number, line in enumerate(lines):
        place = (box[0] / 2, edge + _step(face) * (number + 0.5))
        pen.text(place, line, font=face, fill="white", anchor="mm", stroke_width=edge, stroke_fill=(0, 0, 0, 220))
    # An upright film is played under buttons and names: there the words stay clear of them.
    free = height * (0.16 if height > width else 0.06)
    return Layer(layer, _even((width - box[0]) / 2), _even(max(0.0, min(height - free, floor) - box[1])))


def draw_mark(mark: Mark, size: tuple[int, int], font: str | None) -> Layer:
    """A mark in its corner, as opaque as it is meant to be.

    :raises ConfigurationError: its picture cannot be read.
    """
    from PIL import Image

    tall = max(8, round(min(size) * mark.height))
    if mark.picture is not None:
        try:
            with Image.open(mark.picture) as opened:
                layer = opened.convert("RGBA")
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise ConfigurationError(
                f"The mark's picture cannot be read ({type(error).__name__}).", step="give a PNG, WebP or JPEG."
            ) from error
        layer = layer.resize((max(1, round(layer.width * tall / layer.height)), tall), Image.Resampling.LANCZOS)
    else:
        layer = _plate(mark.text, tall, font)
    layer.thumbnail((size[0] * 0.9, size[1] * 0.9))
    layer.putalpha(layer.getchannel("A").point(lambda value: round(value * mark.opacity)))
    vertical, _, horizontal = mark.corner.partition(" ")
    free = min(size) * 0.03
    x = free if horizontal == "left" else size[0] - free - layer.width
    y = free if vertical == "top" else size[1] - free - layer.height
    return Layer(layer, _even(x), _even(y))


def _plate(text: str, tall: int, font: str | None) -> Any:
    """Words on a dark plate."""
    from PIL import Image, ImageDraw

    words = " ".join(text.split())
    face = _face(font, max(6, round(tall * 0.62)))
    _check_signs(words, face)
    plate = Image.new("RGBA", (round(face.getlength(words) + tall * 0.8), tall), (10, 12, 16, 150))
    ImageDraw.Draw(plate).text((plate.width / 2, tall / 2), words, font=face, fill="white", anchor="mm")
    return plate


def wrapped(text: str, face: Any, width: float) -> list[str]:
    """A text's lines of at most ``width`` pixels; a word that is longer is broken where it must.

    :raises ConfigurationError: the font has no sign for a letter.
    """
    try:
        from uniseg.linebreak import line_break_units
    except ImportError as error:
        raise ConfigurationError("Words on pictures need uniseg, which is not installed.", step=_INSTALL) from error
    words = " ".join(text.split())
    _check_signs(words, face)
    lines, line = [], ""
    for unit in line_break_units(words):
        if face.getlength((line + unit).rstrip()) <= width:
            line += unit
            continue
        if line:
            lines.append(line.rstrip())
        line = unit
        while len(line) > 1 and face.getlength(line.rstrip()) > width:
            cut = max(1, sum(1 for end in range(1, len(line)) if face.getlength(line[:end]) <= width))
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _face(font: str | None, size: int) -> Any:
    path = font
    if path is None:
        try:
            import pylopdf_fonts_jp
        except ImportError as error:
            raise ConfigurationError(
                "Words on pictures need a font, and none is installed with this provider.",
                step=f"give font, or {_INSTALL}",
            ) from error
        path = str(pylopdf_fonts_jp.sans_path())
    try:
        return _opened(path, size)
    except OSError as error:
        raise ConfigurationError(
            f"font {path} cannot be read ({error}).", step="give the path of a TrueType or OpenType font."
        ) from error


@lru_cache(maxsize=16)
def _opened(path: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(path, size)


def _check_signs(words: str, face: Any) -> None:
    """Nothing is worse than a finished film with empty boxes in its words."""
    nothing = bytes(face.getmask(_NO_SIGN))
    missing = [sign for sign in dict.fromkeys(words) if not sign.isspace() and bytes(face.getmask(sign)) == nothing]
    if missing:
        raise ConfigurationError(
            f"The font {face.getname()[0]} has no sign for {_listed(missing)}.", step="give font, a file that has them."
        )


def _listed(signs: Sequence[str]) -> str:
    return ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs[:5])


def _colour(card: Card, name: str) -> tuple[int, ...]:
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(getattr(card, name))[:3]
    except ValueError as error:
        raise ConfigurationError(
            f"{name} of {card.called} is {getattr(card, name)!r}, which is no colour.", step="write it as #rrggbb."
        ) from error


def _step(face: Any) -> int:
    return round(face.size * 1.4)


def _even(value: float) -> int:
    return max(0, round(value / 2) * 2)
