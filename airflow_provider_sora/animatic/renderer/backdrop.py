"""What stands behind a title card: a landscape, a skyline, a shore or a studio, in the light the prompt asks for.

The seed places everything, the light colours it, so that a remix keeps the place and changes its mood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from airflow_provider_sora.animatic.renderer.scene import Scene

Colour = tuple[int, int, int]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Light:
    """The colours of one time of day: sky from top to horizon, far and near ground, sun or moon, lit windows."""

    top: Colour
    middle: Colour
    horizon: Colour
    far: Colour
    near: Colour
    disc: Colour
    windows: Colour
    stars: bool = False


LIGHTS = {
    "day": Light((52, 116, 190), (118, 172, 222), (222, 234, 238), (142, 172, 196), (30, 58, 70), (255, 250, 228), (226, 238, 246)),
    "golden": Light((46, 40, 92), (176, 84, 98), (255, 184, 96), (186, 104, 96), (36, 22, 44), (255, 236, 178), (255, 206, 120)),
    "night": Light((5, 8, 26), (16, 28, 66), (52, 74, 122), (32, 46, 86), (6, 9, 22), (232, 238, 250), (255, 214, 138), True),
    "neon": Light((8, 4, 28), (52, 10, 78), (204, 36, 138), (70, 22, 104), (10, 6, 26), (94, 236, 255), (255, 84, 190), True),
    "studio": Light((58, 62, 70), (106, 110, 118), (176, 178, 182), (148, 150, 154), (84, 86, 92), (255, 255, 252), (240, 240, 240)),
    "overcast": Light((92, 106, 120), (138, 152, 164), (198, 206, 208), (150, 162, 170), (50, 62, 70), (236, 240, 240), (240, 226, 186)),
}  # fmt: skip


def backdrop(scene: Scene, width: int, height: int) -> Image.Image:
    """An RGB plate of the given pixels."""
    random = np.random.default_rng(scene.seed)
    light = LIGHTS[scene.tone]
    if scene.layout == "studio":
        return _studio(light, width, height, random)
    horizon = 0.72 if scene.layout == "city" else 0.62
    plate = _sky(light, width, height, horizon, random)
    if scene.layout == "city":
        _city(plate, light, random)
    elif scene.layout == "sea":
        plate = _sea(plate, light, horizon, random)
    else:
        _ridges(plate, light, random)
    return plate


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _ramp(stops: list[tuple[float, Colour]], height: int) -> Floats:
    """Colours down a column, shape ``(height, 1, 3)``."""
    at = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [colour[c] for _, colour in stops]) for c in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)[:, None, :]


def _glow(width: int, height: int, x: float, y: float, radius: float) -> Floats:
    """Light that falls off around a point, shape ``(height, width, 1)``, 0 to 1."""
    down, across = np.ogrid[:height, :width]
    away = ((across - x) ** 2 + (down - y) ** 2).astype(np.float32)
    return np.exp(-away / np.float32(2 * radius * radius))[:, :, None]


def _painted(values: Floats) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _sky(light: Light, width: int, height: int, horizon: float, random: np.random.Generator) -> Image.Image:
    """Sky with its sun or moon and a glow around it, drawn small and enlarged, since it is all soft."""
    small_w, small_h = width // 4, height // 4
    stops = [(0.0, light.top), (horizon * 0.6, light.middle), (horizon, light.horizon), (1.0, light.horizon)]
    x = random.uniform(0.74, 0.90)
    y = random.uniform(0.2, 0.34) if light.stars else random.uniform(0.3, 0.5)
    values = np.broadcast_to(_ramp(stops, small_h), (small_h, small_w, 3)).copy()
    disc = np.array(light.disc, np.float32)
    glow = _glow(small_w, small_h, x * small_w, y * small_h, 0.22 * small_h)
    values += (disc - values) * glow * (0.30 if light.stars else 0.55)
    down, across = np.ogrid[:small_h, :small_w]
    band = np.sin(across * 0.021 + down * 0.13 + random.uniform(0, 6)) + np.sin(across * 0.047 - down * 0.09)
    haze = np.exp(-(((down / small_h - horizon * 0.55) / 0.16) ** 2)) * band
    values += haze.astype(np.float32)[:, :, None] * 5
    plate = _painted(values).resize((width, height), Image.Resampling.BICUBIC)
    radius = 0.055 * height
    _disc(plate, x * width, y * height, radius, light.disc)
    if light.stars:
        _stars(plate, horizon, random)
    return plate


def _disc(plate: Image.Image, x: float, y: float, radius: float, colour: Colour) -> None:
    """A round sun or moon with a smooth edge."""
    size = round(radius * 2) + 6
    down, across = np.ogrid[:size, :size]
    away = np.hypot(across - size / 2, down - size / 2)
    mask = Image.fromarray((np.clip(radius - away + 0.5, 0, 1) * 235).astype(np.uint8))
    plate.paste(colour, (round(x - size / 2), round(y - size / 2)), mask)


def _stars(plate: Image.Image, horizon: float, random: np.random.Generator) -> None:
    pen = ImageDraw.Draw(plate, "RGBA")
    scale = max(1.0, plate.height / 720)
    for _ in range(150):
        x, y = random.uniform(0, plate.width), random.uniform(0, plate.height * horizon * 0.8)
        radius = random.uniform(0.4, 1.4) * scale
        pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 255, int(random.uniform(60, 210)))
        )


def _ridges(plate: Image.Image, light: Light, random: np.random.Generator) -> None:
    """Hills, one before the other, paler with distance."""
    width, height = plate.size
    across = np.linspace(0, 1, width)
    down = np.arange(height, dtype=np.float32)[:, None]
    layers = 5
    for layer in range(layers):
        near = layer / (layers - 1)
        rise = 0.15 - 0.05 * near
        line = np.zeros(width)
        for octave, weight in ((1, 1.0), (2.3, 0.5), (5.1, 0.22), (11.7, 0.09), (27.0, 0.035)):
            line += weight * np.sin(across * np.pi * octave * random.uniform(1.2, 2.2) + random.uniform(0, 6.3))
        top = height * (0.56 + 0.10 * layer - rise * 0.5 * line / 1.4)
        mask = Image.fromarray((np.clip(down - top[None, :].astype(np.float32) + 0.5, 0, 1) * 255).astype(np.uint8))
        first = max(0, int(top.min()) - 1)
        colour = _mix(light.far, light.near, near**0.8)
        shade = _ramp([(0.0, _mix(colour, light.horizon, 0.22 * (1 - near))), (1.0, colour)], height - first)
        body = _painted(np.broadcast_to(shade, (height - first, width, 3)))
        plate.paste(body, (0, first), mask.crop((0, first, width, height)))


def _city(plate: Image.Image, light: Light, random: np.random.Generator) -> None:
    """A skyline in three depths with lit windows, and its glow in the street below."""
    width, height = plate.size
    pen = ImageDraw.Draw(plate)
    for layer in range(3):
        near = layer / 2
        colour = _mix(light.far, light.near, 0.25 + 0.75 * near)
        unit = height * (0.011 + 0.006 * near)
        x = -random.uniform(0, 8) * unit
        while x < width:
            wide = round(random.uniform(6, 13)) * unit
            top = height * random.uniform(0.36 + 0.12 * layer, 0.62 + 0.11 * layer)
            pen.rectangle((x, top, x + wide - unit * 0.5, height), fill=colour)
            if random.random() < 0.25:
                pen.line((x + wide / 2, top, x + wide / 2, top - 3 * unit), fill=colour, width=max(1, round(unit / 4)))
            _windows(pen, (x, top, wide, height), unit, _mix(colour, light.windows, 0.35 + 0.5 * near), random)
            x += wide
    ground = round(height * 0.93)
    pen.rectangle((0, ground, width, height), fill=_mix(light.near, (0, 0, 0), 0.35))
    for _ in range(26):
        x, long = random.uniform(0, width), random.uniform(0.02, 0.12) * width
        y = random.uniform(ground, height)
        pen.line(
            (x, y, x + long, y),
            fill=_mix(light.near, light.windows, random.uniform(0.2, 0.7)),
            width=max(1, height // 400),
        )


def _windows(
    pen: ImageDraw.ImageDraw,
    house: tuple[float, float, float, float],
    unit: float,
    colour: Colour,
    random: np.random.Generator,
) -> None:
    x, top, wide, bottom = house
    lit = random.uniform(0.12, 0.42)
    y = top + unit
    while y < bottom:
        place = x + unit * 0.8
        while place < x + wide - 1.6 * unit:
            if random.random() < lit:
                pen.rectangle((place, y, place + unit * 0.5, y + unit * 0.8), fill=colour)
            place += unit * 1.25
        y += unit * 1.9


def _sea(plate: Image.Image, light: Light, horizon: float, random: np.random.Generator) -> Image.Image:
    """Water that mirrors the sky, broken by ripples that grow towards the shore."""
    width, height = plate.size
    line = round(height * horizon)
    mirrored = plate.crop((0, max(0, 2 * line - height), width, line)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    soft = mirrored.resize((width // 24, max(2, (height - line) // 48)), Image.Resampling.BOX)
    mirrored = soft.resize((width, height - line), Image.Resampling.BICUBIC)
    water = np.asarray(mirrored, np.float32) * 0.62 + np.array(light.near, np.float32) * 0.38
    down, across = np.ogrid[: height - line, :width]
    depth = (down / max(1, height - line)).astype(np.float32)
    wave = np.sin(
        across * (0.012 + random.uniform(0, 0.004)) + 900 / (12 + 60 * depth) * 7 + np.sin(across * 0.031) * 1.4
    )
    ripple = (np.sin(900 / (10 + 46 * depth) * 6 + np.sin(across * 0.017 + depth * 9) * 2.2) * 0.6 + wave * 0.4).astype(
        np.float32
    )
    water += ripple[:, :, None] * (4 + 15 * depth)[:, :, None]
    plate.paste(_painted(water), (0, line))
    _ridge_line(plate, light, line, random)
    return plate


def _ridge_line(plate: Image.Image, light: Light, line: int, random: np.random.Generator) -> None:
    """A far coast with a lighthouse."""
    width, height = plate.size
    pen = ImageDraw.Draw(plate)
    colour = _mix(light.far, light.near, 0.55)
    left = random.uniform(0.5, 0.68) * width
    across = np.linspace(0, 1, 60)
    crest = np.sin(across * np.pi) ** 0.6 * (0.045 + 0.012 * np.sin(across * 17 + random.uniform(0, 6))) * height
    coast = [(left + share * 0.4 * width, line - rise) for share, rise in zip(across, crest, strict=True)]
    pen.polygon([(left, line + 1), *coast, (left + 0.4 * width, line + 1)], fill=colour)
    x, foot = left + 0.12 * width, line - 0.035 * height
    tall, wide = 0.13 * height, 0.011 * height
    pen.polygon(
        [(x - wide, foot), (x + wide, foot), (x + wide * 0.6, foot - tall), (x - wide * 0.6, foot - tall)], fill=colour
    )
    pen.ellipse((x - wide, foot - tall - wide * 1.6, x + wide, foot - tall + wide * 0.4), fill=light.windows)


def _studio(light: Light, width: int, height: int, random: np.random.Generator) -> Image.Image:
    """A paper sweep under a soft lamp, with a round stand for what is to be shown."""
    small_w, small_h = width // 2, height // 2
    stops = [(0.0, light.top), (0.55, light.middle), (0.72, light.horizon), (1.0, light.near)]
    values = np.broadcast_to(_ramp(stops, small_h), (small_h, small_w, 3)).copy()
    x = random.uniform(0.60, 0.76)
    lamp = np.array(light.disc, np.float32)
    values += (lamp - values) * _glow(small_w, small_h, x * small_w, 0.40 * small_h, 0.30 * small_h) * 0.62
    down, across = np.ogrid[:small_h, :small_w]
    edge = ((across / small_w - 0.5) ** 2 + (down / small_h - 0.5) ** 2).astype(np.float32)[:, :, None]
    values *= 1 - 0.5 * edge
    plate = _painted(values).resize((width, height), Image.Resampling.BICUBIC)
    centre, radius = x * width, 0.17 * min(width, height) * 1.25
    for top, thick in ((0.80, 0.075), (0.725, 0.06)):
        _stand(plate, (centre, top * height), radius, thick * height, light)
        radius *= 0.72
    return plate


def _stand(plate: Image.Image, place: tuple[float, float], radius: float, thick: float, light: Light) -> None:
    """A round block seen a little from above, drawn large and reduced for smooth edges, on its own soft shadow."""
    x, y = place
    flat = radius * 0.24
    pad = radius * 0.5
    box_w, box_h = round(2 * radius + 2 * pad), round(2 * flat + thick + 2 * pad)
    big = Image.new("RGBA", (box_w * 2, box_h * 2), (0, 0, 0, 0))
    pen = ImageDraw.Draw(big)
    left, right, top = 2 * pad, 2 * (pad + 2 * radius), 2 * pad
    side = np.linspace(0, 1, round(right - left))
    bottom_y = top + 2 * thick
    pen.ellipse((left - 24, bottom_y - 6, right + 24, bottom_y + 4 * flat + 26), fill=(10, 10, 14, 90))
    big = big.filter(ImageFilter.BoxBlur(14))
    pen = ImageDraw.Draw(big)
    for index, share in enumerate(side):
        lit = 0.35 + 0.65 * np.sin(np.pi * min(1.0, share * 0.9 + 0.08)) ** 1.2
        colour = (*_mix(light.near, light.disc, float(lit) * 0.8), 255)
        drop = 2 * flat * (1 - (2 * share - 1) ** 2) ** 0.5
        column = left + index
        pen.line((column, top + 2 * flat, column, bottom_y + 2 * flat + drop), fill=colour)
    pen.ellipse((left, top, right, top + 4 * flat), fill=(*_mix(light.horizon, light.disc, 0.75), 255))
    block = big.reduce(2)
    plate.paste(block, (round(x - box_w / 2), round(y - pad - flat)), block)
