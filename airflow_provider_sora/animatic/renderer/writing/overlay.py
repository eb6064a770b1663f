"""Text and shades laid over moving frames: blended plane by plane, only where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from airflow_provider_sora.animatic.renderer.camera import Plane, Planes
from airflow_provider_sora.animatic.renderer.colour import rgb_to_planes

U16 = NDArray[np.uint16]


@dataclass(frozen=True)
class Overlay:
    """A picture with transparency, ready to be blended at an even place of a frame."""

    x: int
    y: int
    keep: tuple[U16, U16, U16]  # how much of the frame stays, 0..256
    add: tuple[U16, U16, U16]  # what is added, already weighted, 0..255 * 256

    def lay(self, planes: Sequence[Plane]) -> None:
        """Blend onto planes that may be written to."""
        for plane, keep, add, divide in zip(planes, self.keep, self.add, (1, 2, 2), strict=True):
            top, left = self.y // divide, self.x // divide
            target = plane[top : top + keep.shape[0], left : left + keep.shape[1]]
            np.copyto(target, (target * keep + add) >> 8, casting="unsafe")


def overlay(layer: Image.Image) -> Overlay | None:
    """An overlay from an RGBA layer of the frame's size, cut to what is not transparent; None when all is."""
    box = layer.getchannel("A").getbbox()
    if box is None:
        return None
    left, top = box[0] // 2 * 2, box[1] // 2 * 2
    right = min(layer.width, (box[2] + 1) // 2 * 2)
    bottom = min(layer.height, (box[3] + 1) // 2 * 2)
    part = layer.crop((left, top, right, bottom))
    alpha = np.asarray(part.getchannel("A"), np.uint16)
    small = np.asarray(part.getchannel("A").reduce(2), np.uint16)
    planes = rgb_to_planes(part.convert("RGB"))
    weights = tuple((a * 256 + 127) // 255 for a in (alpha, small, small))
    keep = tuple((256 - w).astype(np.uint16) for w in weights)
    add = tuple((p.astype(np.uint16) * w).astype(np.uint16) for p, w in zip(planes, weights, strict=True))
    return Overlay(left, top, keep, add)  # type: ignore[arg-type]


class Canvas:
    """One reusable frame buffer with room for the three planes."""

    def __init__(self, width: int, height: int) -> None:
        half = (height // 2, width // 2)
        self.planes: Planes = (
            np.empty((height, width), np.uint8),
            np.empty(half, np.uint8),
            np.empty(half, np.uint8),
        )

    def take(self, planes: Planes) -> None:
        for mine, theirs in zip(self.planes, planes, strict=True):
            np.copyto(mine, theirs)
