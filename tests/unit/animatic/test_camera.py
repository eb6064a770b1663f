"""Camera moves: where an edge in the picture really is in each frame, to a fraction of a pixel."""

from __future__ import annotations

import numpy as np
import pytest

from airflow_provider_sora.animatic.renderer import camera

FRAME = (320, 180)
FRAMES = 30


def plate() -> camera.Planes:
    """A white disc on black; round, so that stretching shows."""
    width, height = camera.plate_size(*FRAME)
    down, across = np.ogrid[:height, :width]
    away = np.hypot(across - width / 2, down - height / 2)
    luma = (np.clip(30 - away + 0.5, 0, 1) * 219 + 16).astype(np.uint8)
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    return luma, grey, grey.copy()


def discs(name: str) -> list[tuple[float, float, float, float]]:
    """Centre and size of the disc in every frame."""
    found = []
    for luma, _, _ in camera.move(plate(), name, FRAMES, FRAME):
        assert luma.shape == (FRAME[1], FRAME[0])
        weight = (luma.astype(float) - 16) / 219
        rows, columns = weight.sum(axis=1), weight.sum(axis=0)
        total = weight.sum()
        x, y = (columns * np.arange(FRAME[0])).sum() / total, (rows * np.arange(FRAME[1])).sum() / total
        wide = 4 * np.sqrt((columns * (np.arange(FRAME[0]) - x) ** 2).sum() / total)
        high = 4 * np.sqrt((rows * (np.arange(FRAME[1]) - y) ** 2).sum() / total)
        found.append((x, y, wide, high))
    assert len(found) == FRAMES
    return found


@pytest.mark.parametrize(
    "name", ["pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "dolly_in", "dolly_out"]
)
def test_moves_are_smooth_and_do_not_distort(name: str) -> None:
    seen = np.array(discs(name))
    centres, sizes = seen[:, :2], seen[:, 2:]
    views = camera.path(name, FRAMES, FRAME, camera.plate_size(*FRAME))
    middle = np.array(camera.plate_size(*FRAME)) / 2
    planned = [np.array(FRAME) / 2 + (middle - (view.x, view.y)) * view.scale for view in views]
    offset = (centres - np.array(planned)).mean(axis=0)  # pixel centres lie half a pixel off pixel edges
    assert np.abs(offset).max() < 0.6
    assert np.abs(centres - planned - offset).max() < 0.2  # never a jump of a fifth of a pixel
    assert np.abs(sizes[:, 0] / sizes[:, 1] - 1).max() < 0.012
    travelled = np.abs(seen[-1] - seen[0])
    assert travelled.max() > 4


@pytest.mark.parametrize(
    ("name", "axis", "sign"), [("pan_right", 0, -1), ("pan_left", 0, 1), ("tilt_down", 1, -1), ("tilt_up", 1, 1)]
)
def test_picture_moves_against_the_camera(name: str, axis: int, sign: int) -> None:
    seen = discs(name)
    assert np.sign(seen[-1][axis] - seen[0][axis]) == sign


def test_zoom_in_ends_larger_and_zoom_out_smaller() -> None:
    inward, outward = discs("zoom_in"), discs("zoom_out")
    assert inward[-1][2] > inward[0][2] * 1.1
    assert outward[-1][2] < outward[0][2] / 1.1


def test_static_shot_does_not_move() -> None:
    seen = np.array(discs("static"))
    assert np.ptp(seen, axis=0).max() == 0


def test_planes_survive_the_way_into_a_frame_and_back() -> None:
    random = np.random.default_rng(1)
    planes = tuple(random.integers(0, 255, shape, np.uint8) for shape in ((90, 166), (45, 83), (45, 83)))
    back = camera.from_frame(camera.to_frame(planes))  # type: ignore[arg-type]
    assert all((a == b).all() for a, b in zip(planes, back, strict=True))
