"""Pictures of one shape in a film of another: what is kept, what is cut and what the ground is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from airflow_provider_sora.media.cut.edit import Clip, Edit
from airflow_provider_sora.media.cut.encode import Encoding
from airflow_provider_sora.media.cut.film import cut_film
from airflow_provider_sora.media.cut.fitting import Fitting, fitting
from tests.support.films import picture

QUICK = Encoding(preset="ultrafast", crf=10)
WIDE, TALL, SQUARE = (1280, 720), (720, 1280), (720, 720)


@pytest.mark.parametrize(
    ("stored", "size", "fit", "more", "found"),
    [
        (WIDE, (640, 360), "pad", {}, Fitting((1280, 720, 0, 0), (640, 360))),
        (WIDE, TALL, "crop", {}, Fitting((404, 720, 438, 0), TALL)),
        (WIDE, TALL, "crop", {"focus": (0.0, 0.5)}, Fitting((404, 720, 0, 0), TALL)),
        (WIDE, TALL, "crop", {"focus": (1.0, 0.5)}, Fitting((404, 720, 876, 0), TALL)),
        (WIDE, TALL, "crop", {"focus": (0.3, 0.5)}, Fitting((404, 720, 182, 0), TALL)),
        (TALL, WIDE, "crop", {"focus": (0.5, 0.25)}, Fitting((720, 404, 0, 118), WIDE)),
        (WIDE, TALL, "pad", {}, Fitting((1280, 720, 0, 0), (720, 404))),
        (WIDE, TALL, "blur", {}, Fitting((1280, 720, 0, 0), (720, 404))),
        (TALL, SQUARE, "pad", {}, Fitting((720, 1280, 0, 0), (404, 720))),
        ((854, 480), WIDE, "pad", {}, Fitting((854, 480, 0, 0), WIDE)),
        ((720, 480), (864, 480), "pad", {"aspect": Fraction(6, 5)}, Fitting((720, 480, 0, 0), (864, 480))),
    ],
)
def test_what_is_kept(stored: Any, size: Any, fit: Any, more: dict[str, Any], found: Fitting) -> None:
    assert fitting(stored, size, fit, **more) == found


@pytest.fixture
def striped(tmp_path: Path) -> str:
    """A wide clip: its left third red, its middle green, its right third blue."""
    path = str(tmp_path / "striped.mp4")
    with av.open(path, "w") as out:
        video: Any = out.add_stream("libx264", rate=24, options={"crf": "5"})
        video.width, video.height, video.pix_fmt = 384, 216, "yuv420p"
        colours = np.zeros((216, 384, 3), np.uint8)
        for number in range(3):
            colours[:, number * 128 : (number + 1) * 128, number] = 200
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(colours, "rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize(("focus", "colour"), [((0.0, 0.5), 0), ((0.5, 0.5), 1), ((1.0, 0.5), 2)])
def test_a_crop_keeps_what_it_is_focused_on(striped: str, tmp_path: Path, focus: Any, colour: int) -> None:
    target = str(tmp_path / "film.mp4")
    cut_film(Edit((Clip(striped),), size=(108, 192), fit="crop", focus=focus), target, encoding=QUICK)
    seen = picture(target, 2)
    assert seen.shape == (192, 108, 3)
    means = seen.reshape(-1, 3).mean(axis=0)
    assert int(means.argmax()) == colour and means[colour] > 150


def test_a_blurred_ground_is_the_picture_itself_dark_and_without_edges(striped: str, tmp_path: Path) -> None:
    target = str(tmp_path / "film.mp4")
    cut_film(Edit((Clip(striped),), size=(216, 384), fit="blur"), target, encoding=QUICK)
    seen = picture(target, 2).astype(int)
    front, ground = seen[192], seen[40]
    assert front[20].argmax() == 0 and front[108].argmax() == 1 and front[200].argmax() == 2, "whole in the middle"
    assert ground[108].argmax() == 1 and 60 < ground[108].max() < 180, "its middle, enlarged and darkened"
    assert np.abs(np.diff(ground, axis=0)).max() < 30, "no edges"


def test_padding_is_black(striped: str, tmp_path: Path) -> None:
    target = str(tmp_path / "film.mp4")
    cut_film(Edit((Clip(striped),), size=(216, 384)), target, encoding=QUICK)
    seen = picture(target, 2)
    assert seen[100].max() < 8 and seen[192, 108].max() > 150


def test_colours_stay_what_they_were(striped: str, tmp_path: Path) -> None:
    """A small file without colour tags is BT.601, the film is BT.709: what is seen must be the same."""
    target = str(tmp_path / "film.mp4")
    before = picture(striped, 2)
    cut_film(Edit((Clip(striped, 0.04),)), target, encoding=QUICK)
    with av.open(target) as file:
        context = file.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
        frame = next(file.decode(video=0))
        after = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    for column in (60, 190, 320):
        assert after[100, column] == pytest.approx(before[100, column].astype(int), abs=8)


def test_a_turned_picture_stands_upright(tmp_path: Path, striped: str) -> None:
    turned, target = str(tmp_path / "turned.mp4"), str(tmp_path / "film.mp4")
    data = bytearray(Path(striped).read_bytes())
    # The matrix of the track's header: a quarter turn clockwise, as telephones write it.
    at = data.index(b"tkhd") + 4 + 40
    quarter = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in quarter)
    Path(turned).write_bytes(bytes(data))
    cut_film(Edit((Clip(turned),), size=(216, 384)), target, encoding=QUICK)
    seen = picture(target, 2)
    assert seen[40, 108].argmax() == 0 and seen[340, 108].argmax() == 2, "red, which was left, is at the top"
