"""Draw the sample catalogue's product pictures: ``python -m devtools.draw_products dags/include/products``.

The pictures are the project's own, made of ellipses and gradients, drawn at three times their size and scaled down.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

#: Final size; drawn three times as large, so that edges come out smooth.
SIZE = (960, 720)
ZOOM = 3
Color = tuple[int, int, int]
Box = tuple[float, float, float, float]


class Studio:
    """A lit backdrop on which shapes are set; coordinates are those of the final picture."""

    def __init__(self, wall: Color, floor: Color) -> None:
        self.image = Image.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), wall)
        width, height = self.image.size
        shade = Image.linear_gradient("L").resize((width, height))
        self.image = Image.composite(Image.new("RGB", self.image.size, floor), self.image, shade)
        glow = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(glow).ellipse((width * 0.12, -height * 0.25, width * 0.75, height * 0.75), fill=110)
        glow = glow.filter(ImageFilter.GaussianBlur(width // 9))
        self.image = Image.composite(Image.new("RGB", self.image.size, (255, 253, 248)), self.image, glow)

    def _big(self, box: Box) -> Box:
        return (box[0] * ZOOM, box[1] * ZOOM, box[2] * ZOOM, box[3] * ZOOM)

    def shadow(self, box: Box, strength: int = 120, blur: int = 18) -> None:
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).ellipse(self._big(box), fill=strength)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * ZOOM))
        self.image.paste(Image.new("RGB", self.image.size, (46, 38, 32)), mask=mask)

    def shape(self, kind: str, box: Box, color: Color, *, radius: float = 0, hole: Box | None = None) -> None:
        """An ``ellipse`` or ``rounded`` rectangle, lit from the left; ``hole`` is cut out of it as an ellipse."""
        mask = Image.new("L", self.image.size, 0)
        pen = ImageDraw.Draw(mask)
        if kind == "ellipse":
            pen.ellipse(self._big(box), fill=255)
        else:
            pen.rounded_rectangle(self._big(box), radius=radius * ZOOM, fill=255)
        if hole:
            pen.ellipse(self._big(hole), fill=0)
        self._paint(mask, box, color)

    def line(self, points: list[tuple[float, float]], color: Color, width: float) -> None:
        mask = Image.new("L", self.image.size, 0)
        pen = ImageDraw.Draw(mask)
        big = [(x * ZOOM, y * ZOOM) for x, y in points]
        pen.line(big, fill=255, width=round(width * ZOOM), joint="curve")
        for x, y in (big[0], big[-1]):
            half = width * ZOOM / 2
            pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self._paint(mask, (min(xs) - width, min(ys), max(xs) + width, max(ys)), color)

    def arc(self, box: Box, start: float, end: float, color: Color, width: float) -> None:
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).arc(self._big(box), start, end, fill=255, width=round(width * ZOOM))
        self._paint(mask, box, color)

    def _paint(self, mask: Image.Image, box: Box, color: Color) -> None:
        left, top, right, bottom = (round(v) for v in self._big(box))
        size = (max(right - left, 1), max(bottom - top, 1))
        # Light from the left: a lightened copy fades into a darkened one.
        fade = Image.linear_gradient("L").rotate(90).resize(size)
        light = Image.new("RGB", size, tuple(min(255, round(c * 1.12 + 14)) for c in color))
        dark = Image.new("RGB", size, tuple(round(c * 0.68) for c in color))
        painted = Image.new("RGB", self.image.size, color)
        painted.paste(Image.composite(dark, light, fade), (left, top))
        self.image.paste(painted, mask=mask)

    def save(self, path: Path) -> None:
        picture = self.image.resize(SIZE, Image.Resampling.LANCZOS)
        picture.save(path, quality=86)  # Pillow takes the format from the name


def mug() -> Studio:
    at = Studio((232, 224, 212), (205, 192, 174))
    at.shadow((300, 545, 720, 640))
    at.arc((520, 270, 735, 490), -105, 105, (178, 112, 70), 34)
    at.shape("rounded", (320, 205, 630, 600), (196, 128, 82), radius=52)
    at.shape("ellipse", (320, 170, 630, 250), (214, 152, 108))
    at.shape("ellipse", (340, 182, 610, 240), (92, 56, 38))
    at.shape("rounded", (320, 470, 630, 500), (238, 226, 208), radius=4)
    return at


def chair() -> Studio:
    at = Studio((214, 221, 219), (186, 170, 148))
    at.shadow((230, 590, 760, 680))
    wood, weave = (168, 112, 66), (226, 208, 172)
    at.line([(640, 400), (690, 640)], wood, 22)
    at.line([(380, 400), (330, 640)], wood, 22)
    at.shape("rounded", (350, 110, 660, 380), wood, radius=70)
    at.shape("rounded", (378, 138, 632, 352), weave, radius=52)
    for x in range(410, 630, 34):
        at.line([(x, 150), (x, 342)], (204, 182, 140), 5)
    at.shape("rounded", (310, 372, 710, 440), wood, radius=34)
    at.shape("rounded", (330, 366, 690, 418), weave, radius=26)
    at.line([(440, 440), (420, 655)], (190, 130, 80), 22)
    at.line([(570, 440), (600, 655)], (190, 130, 80), 22)
    return at


def headphones() -> Studio:
    at = Studio((206, 212, 220), (164, 170, 180))
    at.shadow((270, 560, 700, 640))
    at.arc((290, 110, 670, 600), 180, 360, (54, 62, 76), 34)
    at.arc((306, 128, 654, 590), 200, 340, (92, 104, 124), 12)
    for left in (262, 598):
        at.shape("rounded", (left, 320, left + 100, 560), (60, 70, 86), radius=46)
    at.shape("rounded", (336, 338, 388, 542), (196, 178, 156), radius=26)
    at.shape("rounded", (572, 338, 624, 542), (196, 178, 156), radius=26)
    at.shape("ellipse", (284, 410, 320, 470), (198, 120, 74))
    at.shape("ellipse", (640, 410, 676, 470), (198, 120, 74))
    return at


def tea() -> Studio:
    at = Studio((222, 228, 212), (158, 150, 128))
    at.shadow((190, 560, 800, 650))
    at.shape("rounded", (250, 190, 520, 600), (86, 112, 78), radius=26)
    at.shape("rounded", (240, 150, 530, 250), (112, 140, 98), radius=24)
    at.shape("ellipse", (330, 330, 440, 440), (226, 214, 176))
    at.shape("ellipse", (352, 352, 418, 418), (120, 150, 92))
    at.shape("rounded", (590, 440, 770, 600), (236, 230, 218), radius=44)
    at.shape("ellipse", (590, 412, 770, 470), (246, 242, 232))
    at.shape("ellipse", (606, 422, 754, 462), (158, 176, 84))
    return at


def main(folder: str) -> None:
    """Write all pictures into ``folder``."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, draw in {"mug.jpg": mug, "chair.jpg": chair, "headphones.jpg": headphones, "tea.webp": tea}.items():
        draw().save(target / name)
        print(f"{target / name}: {(target / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dags/include/products")
