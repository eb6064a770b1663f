"""What stands behind a title card: a landscape, a skyline, a shore or a studio, in the light the prompt asks for.

The seed places everything, the light colours it, so that a remix keeps the place and changes its mood.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from airflow_provider_sora.animatic.renderer.backdrops.light import LIGHTS, Colour, Floats, Light, mix, painted, ramp
from airflow_provider_sora.animatic.renderer.backdrops.places import city, ridges, sea
from airflow_provider_sora.animatic.renderer.scene import Scene


def backdrop(scene: Scene, width: int, height: int) -> Image.Image:
    """An RGB plate of the given pixels."""
    random = np.random.default_rng(scene.seed)
    light = LIGHTS[scene.tone]
    if scene.layout == "studio":
        return _studio(light, width, height, random)
    horizon = 0.72 if scene.layout == "city" else 0.62
    plate = _sky(light, width, height, horizon, random)
    if scene.layout == "city":
        city(plate, light, random)
    elif scene.layout == "sea":
        plate = sea(plate, light, horizon, random)
    else:
        ridges(plate, light, random)
    return plate


def _glow(width: int, height: int, x: float, y: float, radius: float) -> Floats:
    """Light that falls off around a point, shape ``(height, width, 1)``, 0 to 1."""
    down, across = np.ogrid[:height, :width]
    away = ((across - x) ** 2 + (down - y) ** 2).astype(np.float32)
    return np.exp(-away / np.float32(2 * radius * radius))[:, :, None]


def _sky(light: Light, width: int, height: int, horizon: float, random: np.random.Generator) -> Image.Image:
    """Sky with its sun or moon and a glow around it, drawn small and enlarged, since it is all soft."""
    small_w, small_h = width // 4, height // 4
    stops = [(0.0, light.top), (horizon * 0.6, light.middle), (horizon, light.horizon), (1.0, light.horizon)]
    x = random.uniform(0.66, 0.88)
    y = random.uniform(0.19, 0.27)  # above where a title stands
    values = np.broadcast_to(ramp(stops, small_h), (small_h, small_w, 3)).copy()
    disc = np.array(light.disc, np.float32)
    glow = _glow(small_w, small_h, x * small_w, y * small_h, 0.22 * small_h)
    values += (disc - values) * glow * (0.30 if light.stars else 0.55)
    down, across = np.ogrid[:small_h, :small_w]
    band = np.sin(across * 0.021 + down * 0.13 + random.uniform(0, 6)) + np.sin(across * 0.047 - down * 0.09)
    haze = np.exp(-(((down / small_h - horizon * 0.55) / 0.16) ** 2)) * band
    values += haze.astype(np.float32)[:, :, None] * 5
    plate = painted(values).resize((width, height), Image.Resampling.BICUBIC)
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


def _studio(light: Light, width: int, height: int, random: np.random.Generator) -> Image.Image:
    """A paper sweep under a soft lamp, with a round stand for what is to be shown."""
    small_w, small_h = width // 2, height // 2
    stops = [(0.0, light.top), (0.55, light.middle), (0.72, light.horizon), (1.0, light.near)]
    values = np.broadcast_to(ramp(stops, small_h), (small_h, small_w, 3)).copy()
    x = random.uniform(0.60, 0.76)
    lamp = np.array(light.disc, np.float32)
    values += (lamp - values) * _glow(small_w, small_h, x * small_w, 0.40 * small_h, 0.30 * small_h) * 0.62
    down, across = np.ogrid[:small_h, :small_w]
    edge = ((across / small_w - 0.5) ** 2 + (down / small_h - 0.5) ** 2).astype(np.float32)[:, :, None]
    values *= 1 - 0.5 * edge
    plate = painted(values).resize((width, height), Image.Resampling.BICUBIC)
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
        colour = (*mix(light.near, light.disc, float(lit) * 0.8), 255)
        drop = 2 * flat * (1 - (2 * share - 1) ** 2) ** 0.5
        column = left + index
        pen.line((column, top + 2 * flat, column, bottom_y + 2 * flat + drop), fill=colour)
    pen.ellipse((left, top, right, top + 4 * flat), fill=(*mix(light.horizon, light.disc, 0.75), 255))
    block = big.reduce(2)
    plate.paste(block, (round(x - box_w / 2), round(y - pad - flat)), block)
