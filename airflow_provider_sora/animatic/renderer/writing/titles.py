"""What is written on the picture: the prompt, the changes asked for, scene, timecode, and that this is a draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from airflow_provider_sora.animatic.renderer.scene import Scene
from airflow_provider_sora.animatic.renderer.writing.lettering import sans, serif, shorten, wrap
from airflow_provider_sora.animatic.renderer.writing.overlay import Overlay, overlay

NOTE = "ANIMATIC – draft, not a generated video"
WHITE = (255, 255, 255, 255)
SOFT = (255, 255, 255, 190)
ACCENT = (255, 208, 112, 255)


def timecode(seconds: float, fps: int) -> str:
    """``HH:MM:SS:FF``."""
    total = round(seconds * fps)
    whole, frames = divmod(total, fps)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}:{frames:02}"


def _unit(scene: Scene) -> int:
    """A tenth of an inch, so to say: what all measures grow with."""
    return max(4, round(min(scene.width, scene.height) / 72))


def _fitted(
    text: str, face: Callable[[int], ImageFont.FreeTypeFont], sizes: range, width: float, most: int
) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The text in the largest size at which it needs no more than ``most`` lines; shortened at the smallest."""
    for size in sizes:
        font = face(size)
        if len(lines := wrap(text[:1000], font, width)) <= most:
            return lines, font
    return shorten(lines, most, font, width), font


def _shade(layer: Image.Image, top: int, strength: int) -> None:
    """A shade that deepens towards the lower edge, so that white text stays legible on any picture."""
    height = layer.height - top
    ramp = Image.linear_gradient("L").resize((layer.width, height)).point(lambda v: min(255, v * 2) * strength // 255)
    black = Image.new("RGBA", (layer.width, height), (6, 8, 14, 0))
    black.putalpha(ramp)
    layer.alpha_composite(black, (0, top))


def _veil(layer: Image.Image, box: tuple[int, int, int, int], unit: int) -> None:
    """A soft darkness behind a title, so that it stays legible before windows and suns."""
    small = Image.new("L", (layer.width // 8, layer.height // 8), 0)
    ImageDraw.Draw(small).rectangle([n // 8 for n in box], fill=118)
    mask = small.filter(ImageFilter.GaussianBlur(unit * 0.55)).resize(layer.size, Image.Resampling.BICUBIC)
    layer.alpha_composite(Image.merge("RGBA", [Image.new("L", layer.size, v) for v in (8, 10, 20)] + [mask]))


def _card(scene: Scene, layer: Image.Image, unit: int) -> None:
    """The prompt as a title, and under it what was changed since."""
    width = scene.width - 16 * unit
    most = 7 if scene.height > scene.width else 5
    lines, font = _fitted(scene.prompt, serif, range(5 * unit, int(2.2 * unit), -max(1, unit // 4)), width, most)
    step = round(font.size * 1.42)
    top = round(scene.height * 0.46 - step * len(lines) / 2)
    longest = max((font.getlength(line) for line in lines), default=0.0)
    changes = _Changes.of(scene, width, unit)
    lower = top + step * len(lines) + (2 * unit + changes.height if changes.texts else 0)
    _veil(layer, (4 * unit, top - 3 * unit, round(12 * unit + longest), lower + 2 * unit), unit)
    pen = ImageDraw.Draw(layer)
    for index, line in enumerate(lines):
        pen.text((8 * unit, top + index * step), line, font=font, fill=WHITE)
    pen.rectangle((8 * unit, top - 2 * unit, 16 * unit, top - 2 * unit + max(2, unit // 4)), fill=ACCENT)
    changes.draw(pen, 8 * unit, top + step * len(lines) + 2 * unit)


@dataclass(frozen=True)
class _Changes:
    """The last three changes asked for, each a label and up to two lines behind it."""

    font: ImageFont.FreeTypeFont
    step: int
    texts: list[tuple[str, float, list[str]]]

    @classmethod
    def of(cls, scene: Scene, width: float, unit: int) -> _Changes:
        font, texts = sans(round(2.1 * unit)), []
        for number, text in list(enumerate(scene.changes, 1))[-3:]:
            label = "REMIX" if len(scene.changes) == 1 else f"REMIX {number}"
            room = font.getlength(f"{label}   ")
            texts.append((label, room, shorten(wrap(text[:600], font, width - room), 2, font, width - room)))
        return cls(font, round(font.size * 1.45), texts)

    @property
    def height(self) -> int:
        return self.step * sum(len(lines) for _, _, lines in self.texts)

    def draw(self, pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
        for label, room, lines in self.texts:
            pen.text((x, y), label, font=self.font, fill=ACCENT)
            for line in lines:
                pen.text((x + room, y), line, font=self.font, fill=WHITE)
                y += self.step


def _caption(scene: Scene, layer: Image.Image, unit: int) -> None:
    """The prompt as a subtitle over a picture."""
    width = scene.width - 8 * unit
    tall = scene.height > scene.width
    sizes = range(round((3.4 if tall else 2.9) * unit), round(2.0 * unit), -1)
    lines, font = _fitted(scene.prompt, sans, sizes, width, 4 if tall else 2)
    step = round(font.size * 1.45)
    changes = _Changes.of(scene, width, unit)
    top = scene.height - 8 * unit - step * len(lines) - changes.height
    _shade(layer, max(0, top - 8 * unit), 200)
    pen = ImageDraw.Draw(layer)
    for index, line in enumerate(lines):
        pen.text((4 * unit, top + index * step), line, font=font, fill=WHITE)
    changes.draw(pen, 4 * unit, top + step * len(lines))


def burn_ins(scene: Scene) -> list[Overlay]:
    """All that stands still over the moving picture: one overlay a corner, so that little is blended."""
    unit = _unit(scene)
    small = sans(max(9, round(1.5 * unit)))
    words, foot, label, note = (Image.new("RGBA", (scene.width, scene.height), (0, 0, 0, 0)) for _ in range(4))
    if scene.picture is None:
        _card(scene, words, unit)
    else:
        _caption(scene, words, unit)
    slate = f"SCENE {scene.number}  ·  {scene.camera.replace('_', ' ').upper()}  ·  {scene.tone.upper()}"
    pen = ImageDraw.Draw(foot)
    for offset, colour in ((1, (0, 0, 0, 160)), (0, SOFT)):
        pen.text((4 * unit + offset, scene.height - 4 * unit + offset), slate, font=small, fill=colour, anchor="ls")
    if scene.label:
        _plaque(label, (4 * unit, 3 * unit), scene.label, small, right=False)
    _plaque(note, (scene.width - 3 * unit, 3 * unit), NOTE, small, right=True)
    return [found for layer in (words, foot, label, note) if (found := overlay(layer)) is not None]


def _plaque(
    layer: Image.Image, place: tuple[int, int], text: str, font: ImageFont.FreeTypeFont, *, right: bool
) -> None:
    """A line of text on a faint dark plate."""
    x, y = place
    length = round(font.getlength(text))
    pad = round(font.size * 0.6)
    left = x - length - 2 * pad if right else x - pad
    plate = Image.new("RGBA", (length + 2 * pad, round(font.size * 1.9)), (8, 10, 16, 110))
    layer.alpha_composite(plate, (max(0, left), y))
    ImageDraw.Draw(layer).text((max(0, left) + pad, y + plate.height // 2), text, font=font, fill=SOFT, anchor="lm")


class Clock:
    """The running timecode: every digit is drawn once and laid where it belongs."""

    def __init__(self, scene: Scene) -> None:
        unit = _unit(scene)
        self._scene = scene
        font = sans(max(9, round(1.7 * unit)))
        self._step = (max(round(font.getlength(d)) for d in "0123456789") + 2) // 2 * 2
        self._left = max(0, (scene.width - 4 * unit - self._step * 11) // 2 * 2)
        base = scene.height - 4 * unit
        self._glyphs: dict[str, Overlay] = {}
        for glyph in "0123456789:":
            layer = Image.new("RGBA", (scene.width, scene.height), (0, 0, 0, 0))
            middle = self._left + self._step / 2
            pen = ImageDraw.Draw(layer)
            pen.text((middle + 1, base + 1), glyph, font=font, fill=(0, 0, 0, 160), anchor="ms")
            pen.text((middle, base), glyph, font=font, fill=WHITE, anchor="ms")
            found = overlay(layer)
            if found:
                self._glyphs[glyph] = found

    def overlays(self, frame: int) -> list[Overlay]:
        """The overlays that show the time of one frame."""
        text = timecode(self._scene.start + frame / self._scene.fps, self._scene.fps)
        return [
            Overlay(glyph.x + index * self._step, glyph.y, glyph.keep, glyph.add)
            for index, char in enumerate(text)
            if (glyph := self._glyphs.get(char)) and glyph.x + index * self._step + self._step <= self._scene.width
        ]
