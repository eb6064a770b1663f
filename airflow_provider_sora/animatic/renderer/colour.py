"""Colour spaces and grades."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
from PIL import Image, ImageEnhance

from airflow_provider_sora.animatic.renderer.camera import Planes, from_frame

#: Per grade: what red, green and blue are multiplied with, the gamma, and the saturation.
GRADES: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "cold": ((0.80, 0.96, 1.16), 1.00, 0.86),
    "warm": ((1.14, 1.00, 0.80), 0.96, 1.06),
    "mono": ((1.00, 1.00, 1.00), 1.00, 0.00),
    "bright": ((1.10, 1.10, 1.10), 0.86, 1.00),
    "dark": ((0.72, 0.72, 0.76), 1.18, 0.94),
    "vivid": ((1.02, 1.02, 1.02), 1.00, 1.45),
    "golden": ((1.18, 0.98, 0.70), 0.95, 1.12),
    "night": ((0.42, 0.52, 0.80), 1.22, 0.80),
    "neon": ((0.98, 0.70, 1.18), 1.06, 1.35),
    "overcast": ((0.90, 0.95, 0.98), 1.00, 0.62),
    "studio": ((1.04, 1.04, 1.04), 0.94, 0.96),
    "day": ((1.03, 1.03, 1.02), 0.94, 1.08),
}


def grade(picture: Image.Image, names: Iterable[str]) -> Image.Image:
    """The picture with each named grade applied in turn."""
    for name in names:
        gains, gamma, saturation = GRADES[name]
        if saturation != 1.0:
            picture = ImageEnhance.Color(picture).enhance(saturation)
        ramp = np.linspace(0.0, 1.0, 256) ** gamma * 255
        table = np.concatenate([np.clip(ramp * gain, 0, 255) for gain in gains]).astype(np.uint8)
        picture = picture.point(table.tolist())
    return picture


def rgb_to_planes(picture: Image.Image) -> Planes:
    """The picture as yuv420p planes in the colours of high-definition video; its sides must be even."""
    frame = av.VideoFrame.from_image(picture)
    return from_frame(frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"))
