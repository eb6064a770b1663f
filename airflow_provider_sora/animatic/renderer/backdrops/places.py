"""Places to stand before: hills, a skyline, a shore."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from airflow_provider_sora.animatic.renderer.backdrops.light import Colour, Light, mix, painted, ramp


def ridges(plate: Image.Image, light: Light, random: np.random.Generator) -> None:
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
        colour = mix(light.far, light.near, near**0.8)
        shade = ramp([(0.0, mix(colour, light.horizon, 0.22 * (1 - near))), (1.0, colour)], height - first)
        body = painted(np.broadcast_to(shade, (height - first, width, 3)))
        plate.paste(body, (0, first), mask.crop((0, first, width, height)))


def city(plate: Image.Image, light: Light, random: np.random.Generator) -> None:
    """A skyline in three depths with lit windows, and its glow in the street below."""
    width, height = plate.size
    pen = ImageDraw.Draw(plate)
    for layer in range(3):
        near = layer / 2
        colour = mix(light.far, light.near, 0.25 + 0.75 * near)
        unit = height * (0.011 + 0.006 * near)
        x = -random.uniform(0, 8) * unit
        while x < width:
            wide = round(random.uniform(6, 13)) * unit
            top = height * random.uniform(0.36 + 0.12 * layer, 0.62 + 0.11 * layer)
            pen.rectangle((x, top, x + wide - unit * 0.5, height), fill=colour)
            if random.random() < 0.25:
                pen.line((x + wide / 2, top, x + wide / 2, top - 3 * unit), fill=colour, width=max(1, round(unit / 4)))
            _windows(pen, (x, top, wide, height), unit, mix(colour, light.windows, 0.35 + 0.5 * near), random)
            x += wide
    ground = round(height * 0.93)
    pen.rectangle((0, ground, width, height), fill=mix(light.near, (0, 0, 0), 0.35))
    for _ in range(26):
        x, long = random.uniform(0, width), random.uniform(0.02, 0.12) * width
        y = random.uniform(ground, height)
        pen.line(
            (x, y, x + long, y),
            fill=mix(light.near, light.windows, random.uniform(0.2, 0.7)),
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


def sea(plate: Image.Image, light: Light, horizon: float, random: np.random.Generator) -> Image.Image:
    """Water that mirrors the sky, broken by ripples that grow towards the shore."""
    width, height = plate.size
    line = round(height * horizon)
    mirrored = plate.crop((0, max(0, 2 * line - height), width, line)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    soft = mirrored.resize((max(2, width // 24), max(2, (height - line) // 48)), Image.Resampling.BOX)
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
    plate.paste(painted(water), (0, line))
    _ridge_line(plate, light, line, random)
    return plate


def _ridge_line(plate: Image.Image, light: Light, line: int, random: np.random.Generator) -> None:
    """A far coast with a lighthouse."""
    width, height = plate.size
    pen = ImageDraw.Draw(plate)
    colour = mix(light.far, light.near, 0.55)
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
