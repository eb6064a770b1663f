"""Camera moves over a still plate: smooth below one pixel, without distortion, about a millisecond a frame.

A pan reads whole-pixel windows from copies of the plate shifted by fractions of a pixel, made once. A zoom scales
one window with FFmpeg's scaler and then cuts the exact frame from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

#: How much larger than the frame the plate is drawn, so that the camera has somewhere to go.
MARGIN = 1.16
PHASES = 8


@dataclass(frozen=True)
class View:
    """One frame's window on the plate: centre in plate pixels and scale of plate pixels to frame pixels."""

    x: float
    y: float
    scale: float


def ease(t: float) -> float:
    """Slow at both ends, as a hand on a tripod: 0 to 1."""
    return 0.5 - 0.5 * math.cos(math.pi * min(1.0, max(0.0, t)))


def plate_size(width: int, height: int) -> tuple[int, int]:
    """Pixels of the plate for a frame: the frame's own shape, larger, even."""
    return math.ceil(width * MARGIN / 2) * 2, math.ceil(height * MARGIN / 2) * 2


def path(camera: str, frames: int, frame: tuple[int, int], plate: tuple[int, int]) -> list[View]:
    """The window of every frame. The whole plate fits the frame at ``frame / plate`` scale."""
    free_x, free_y = plate[0] - frame[0], plate[1] - frame[1]
    centre_x, centre_y = plate[0] / 2, plate[1] / 2
    views = []
    for index in range(frames):
        t = ease(index / max(1, frames - 1))
        x, y, scale = centre_x, centre_y, 1.0
        if camera in ("pan_left", "pan_right"):
            x += (t - 0.5) * free_x * (1 if camera == "pan_right" else -1)
        elif camera in ("tilt_up", "tilt_down"):
            y += (t - 0.5) * free_y * (1 if camera == "tilt_down" else -1)
        elif camera in ("zoom_in", "zoom_out", "dolly_in", "dolly_out"):
            near = t if camera.endswith("_in") else 1 - t
            wide = max(frame[0] / plate[0], frame[1] / plate[1])
            reach = 1.0 if camera.startswith("zoom") else 1.08
            scale = wide * (reach / wide) ** near
            if camera.startswith("dolly"):
                y += 0.03 * plate[1] * near
        views.append(View(x, y, scale))
    return views


def _shifted(plane: Plane, amount: float, axis: int) -> Plane:
    """The plane moved by a fraction of a pixel towards the origin along one axis."""
    if amount == 0:
        return plane
    weight = np.uint16(round(amount * 256))
    wide = plane.astype(np.uint16)
    following = np.roll(wide, -1, axis=axis)
    return ((wide * (256 - weight) + following * weight) >> 8).astype(np.uint8)


class _Slider:
    """Sub-pixel windows along one axis of a plane, from copies shifted in advance."""

    def __init__(self, plane: Plane, axis: int) -> None:
        self._axis = axis
        self._copies = [_shifted(plane, phase / PHASES, axis) for phase in range(PHASES)]

    def window(self, x: float, y: float, width: int, height: int) -> Plane:
        along = x if self._axis == 1 else y
        steps = max(0, round(along * PHASES))
        whole, phase = divmod(steps, PHASES)
        plane = self._copies[phase]
        left, top = (whole, round(y)) if self._axis == 1 else (round(x), whole)
        left = min(left, plane.shape[1] - width)
        top = min(top, plane.shape[0] - height)
        return plane[top : top + height, left : left + width]


def _slide(planes: Planes, views: list[View], frame: tuple[int, int], axis: int) -> Iterator[Planes]:
    width, height = frame
    sliders = [_Slider(plane, axis) for plane in planes]
    for view in views:
        left, top = view.x - width / 2, view.y - height / 2
        yield (
            sliders[0].window(left, top, width, height),
            sliders[1].window(left / 2, top / 2, width // 2, height // 2),
            sliders[2].window(left / 2, top / 2, width // 2, height // 2),
        )


def to_frame(planes: Planes) -> av.VideoFrame:
    """The planes as one yuv420p frame of PyAV."""
    height, width = planes[0].shape
    buffer = np.empty((height * 3 // 2, width), np.uint8)
    fill(buffer, planes)
    return av.VideoFrame.from_ndarray(buffer, format="yuv420p")


def fill(buffer: Plane, planes: Planes) -> None:
    """Lay the planes into the one array that PyAV reads as yuv420p."""
    height, width = planes[0].shape
    buffer[:height] = planes[0]
    quarter = height // 4 * width + (height % 4) // 2 * (width // 2)
    flat = buffer[height:].reshape(-1)
    flat[:quarter] = planes[1].reshape(-1)
    flat[quarter:] = planes[2].reshape(-1)


def from_frame(frame: av.VideoFrame) -> Planes:
    """The planes of a yuv420p frame."""
    array = frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
    height, width = frame.height, frame.width
    flat = array[height:].reshape(-1)
    half = (height // 2) * (width // 2)
    shape = (height // 2, width // 2)
    return array[:height], flat[:half].reshape(shape), flat[half:].reshape(shape)


def _span(centre: float, length: float, limit: int) -> tuple[int, int]:
    """Even bounds around a window with a little room for the scaler's taps, inside the plate."""
    low = max(0, (math.floor(centre - length / 2) - 4) // 2 * 2)
    high = min(limit, (math.ceil(centre + length / 2) + 5) // 2 * 2)
    return low, high


def _zoom(planes: Planes, views: list[View], frame: tuple[int, int]) -> Iterator[Planes]:
    width, height = frame
    plate_h, plate_w = planes[0].shape
    for view in views:
        x0, x1 = _span(view.x, width / view.scale, plate_w)
        y0, y1 = _span(view.y, height / view.scale, plate_h)
        part = tuple(
            np.ascontiguousarray(plane[y0 // d : y1 // d, x0 // d : x1 // d])
            for plane, d in zip(planes, (1, 2, 2), strict=True)
        )
        scaled_w = max(width, round((x1 - x0) * view.scale / 2) * 2)
        scaled_h = max(height, round((y1 - y0) * view.scale / 2) * 2)
        source = to_frame(part)  # type: ignore[arg-type]
        big = from_frame(source.reformat(scaled_w, scaled_h, "yuv420p", interpolation="FAST_BILINEAR"))
        left = min(max(0.0, (view.x - x0) * scaled_w / (x1 - x0) - width / 2), scaled_w - width)
        top = min(max(0.0, (view.y - y0) * scaled_h / (y1 - y0) - height / 2), scaled_h - height)
        yield (
            _cut(big[0], left, top, width, height),
            _cut(big[1], left / 2, top / 2, width // 2, height // 2),
            _cut(big[2], left / 2, top / 2, width // 2, height // 2),
        )


def _cut(plane: Plane, left: float, top: float, width: int, height: int) -> Plane:
    """A window at a fractional place, blended from its neighbours."""
    x, y = min(int(left), plane.shape[1] - width), min(int(top), plane.shape[0] - height)
    fx, fy = left - x, top - y
    more_x = 1 if fx > 0.03 and x + width < plane.shape[1] else 0
    more_y = 1 if fy > 0.03 and y + height < plane.shape[0] else 0
    window = plane[y : y + height + more_y, x : x + width + more_x]
    if more_x:
        weight = np.uint16(round(fx * 256))
        wide = window.astype(np.uint16)
        window = ((wide[:, :-1] * (256 - weight) + wide[:, 1:] * weight) >> 8).astype(np.uint8)
    if more_y:
        weight = np.uint16(round(fy * 256))
        wide = window.astype(np.uint16)
        window = ((wide[:-1] * (256 - weight) + wide[1:] * weight) >> 8).astype(np.uint8)
    return window


def move(planes: Planes, camera: str, frames: int, frame: tuple[int, int]) -> Iterator[Planes]:
    """Every frame's planes, in order; they may be views of the plate and must not be written to."""
    plate_h, plate_w = planes[0].shape
    views = path(camera, frames, frame, (plate_w, plate_h))
    if camera.startswith(("zoom", "dolly")):
        return _zoom(planes, views, frame)
    return _slide(planes, views, frame, axis=0 if camera.startswith("tilt") else 1)
