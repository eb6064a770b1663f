"""The colours of a place at one time of day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
    "day": Light(
        (52, 116, 190), (118, 172, 222), (222, 234, 238), (142, 172, 196),
        (30, 58, 70), (255, 250, 228), (226, 238, 246),
    ),
    "golden": Light(
        (46, 40, 92), (176, 84, 98), (255, 184, 96), (186, 104, 96),
        (36, 22, 44), (255, 236, 178), (255, 206, 120),
    ),
    "night": Light(
        (5, 8, 26), (16, 28, 66), (52, 74, 122), (32, 46, 86),
        (6, 9, 22), (232, 238, 250), (255, 214, 138), True,
    ),
    "neon": Light(
        (8, 4, 28), (52, 10, 78), (204, 36, 138), (70, 22, 104),
        (10, 6, 26), (94, 236, 255), (255, 84, 190), True,
    ),
    "studio": Light(
        (58, 62, 70), (106, 110, 118), (176, 178, 182), (148, 150, 154),
        (84, 86, 92), (255, 255, 252), (240, 240, 240),
    ),
    "overcast": Light(
        (92, 106, 120), (138, 152, 164), (198, 206, 208), (150, 162, 170),
        (50, 62, 70), (236, 240, 240), (240, 226, 186),
    ),
}  # fmt: skip


def mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def ramp(stops: list[tuple[float, Colour]], height: int) -> Floats:
    """Colours down a column, shape ``(height, 1, 3)``."""
    at = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [colour[c] for _, colour in stops]) for c in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)[:, None, :]


def painted(values: Floats) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
