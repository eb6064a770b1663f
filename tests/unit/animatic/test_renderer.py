"""Drafts as files and pictures: they play, their text is really there, a remix resembles its source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from airflow_provider_sora.animatic.renderer import film, found, stills
from airflow_provider_sora.animatic.renderer.encode import join
from airflow_provider_sora.animatic.renderer.scene import Scene, change, follow, read_prompt
from airflow_provider_sora.animatic.renderer.writing.lettering import sans, shorten, wrap
from airflow_provider_sora.animatic.renderer.writing.titles import burn_ins, timecode


def small(prompt: str = "static: a harbour at night", **more: object) -> Scene:
    return replace(read_prompt(prompt, size="320x180", seconds=1, fps=6), **more)  # type: ignore[arg-type]


def facts(path: Path) -> tuple[int, float, list[str]]:
    with av.open(str(path)) as file:
        kinds = [stream.type for stream in file.streams]
        frames = sum(1 for _ in file.decode(video=0))
        return frames, round(float((file.duration or 0) / av.time_base), 1), kinds


def picture(scene: Scene, folder: Path) -> np.ndarray:
    frame = next(iter(film.frames(scene, folder)))
    return np.asarray(frame.to_image(src_colorspace="ITU709"), np.int16)


def test_draft_is_a_whole_mp4_with_its_index_in_front(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    film.render({"scene": small().as_json(), "uploads": str(tmp_path), "output": str(path)})
    data = path.read_bytes()
    assert data[4:8] == b"ftyp"
    assert data.index(b"moov") < data.index(b"mdat")
    assert facts(path) == (6, 1.0, ["video", "audio"])
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_extension_is_joined_without_a_gap(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mp4"
    film.render({"scene": small().as_json(), "uploads": str(tmp_path), "output": str(first)})
    more = follow(small(), "and on", seconds=2, start=1).as_json()
    film.render({"scene": more, "uploads": str(tmp_path), "output": str(second), "source": str(first)})
    assert facts(second)[:2] == (18, 3.0)
    join([first, first, first], tmp_path / "c.mp4")
    with av.open(str(tmp_path / "c.mp4")) as file:
        times = [float(frame.time or 0) for frame in file.decode(video=0)]
    assert np.allclose(np.diff(times), 1 / 6, atol=1e-3)


def test_foreign_video_is_adapted(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    film.shoot(small(fps=10, seconds=2), tmp_path, source)
    found.adapt(source, tmp_path / "b.mp4", (160, 90), 6)
    assert facts(tmp_path / "b.mp4")[:2] == (12, 2.0)
    assert found.probe(tmp_path / "b.mp4")[:2] == (160, 90)
    (tmp_path / "c.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match="not a video"):
        found.probe(tmp_path / "c.mp4")


def test_padding_keeps_a_video_playable(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    film.render({"scene": small().as_json(), "uploads": str(tmp_path), "output": str(path), "pad": 100_000})
    assert path.stat().st_size > 100_000
    assert facts(path)[0] == 6


def test_stills(tmp_path: Path) -> None:
    film.shoot(small(), tmp_path, tmp_path / "a.mp4")
    stills.thumbnail(tmp_path / "a.mp4", tmp_path / "t.webp")
    stills.spritesheet(tmp_path / "a.mp4", tmp_path / "s.jpg")
    assert (Image.open(tmp_path / "t.webp").format, Image.open(tmp_path / "t.webp").size) == ("WEBP", (320, 180))
    assert Image.open(tmp_path / "s.jpg").size == (256 * 5, 144 * 5)


def test_remix_keeps_the_layout_and_cools_the_picture(tmp_path: Path) -> None:
    before = small("static golden hour over the mountains")
    after = replace(change(before, "colder"), changes=())  # without its caption, which is another picture
    warm, cold = picture(before, tmp_path), picture(after, tmp_path)
    assert (cold[..., 2] - cold[..., 0]).mean() > (warm[..., 2] - warm[..., 0]).mean() + 20
    one, other = warm.mean(axis=2).ravel(), cold.mean(axis=2).ravel()
    assert np.corrcoef(one, other)[0, 1] > 0.99
    stranger = picture(replace(after, seed=before.seed + 1), tmp_path).mean(axis=2).ravel()
    assert np.corrcoef(one, stranger)[0, 1] < np.corrcoef(one, other)[0, 1] - 0.015


def test_reference_picture_is_what_is_filmed(tmp_path: Path) -> None:
    Image.new("RGB", (320, 180), (200, 40, 40)).save(tmp_path / "red.png")
    seen = picture(small("static", picture="red.png"), tmp_path)
    middle = seen[30:60, 100:220].reshape(-1, 3).mean(axis=0)
    assert abs(middle - np.array([200, 40, 40])).max() < 8


@pytest.mark.parametrize("prompt", ["a lighthouse in the rain", "雨の灯台、静かな海。"])
def test_prompt_is_set_in_the_picture_in_any_script(prompt: str, tmp_path: Path) -> None:
    scene = replace(small(), prompt=prompt)
    blank = replace(scene, prompt=" ")
    changed = np.abs(picture(scene, tmp_path) - picture(blank, tmp_path)).max(axis=2) > 60
    assert changed.sum() > 250


def test_japanese_glyphs_are_drawn_and_not_boxes() -> None:
    font = sans(40)
    shapes = {bytes(font.getmask(char)) for char in "夕暮れの港をパンする東京都議会"}
    assert len(shapes) >= 13


def test_lines_break_where_each_script_allows() -> None:
    font = sans(20)
    lines = wrap("The quick brown fox jumps", font, 110)
    assert " ".join(lines) == "The quick brown fox jumps"
    assert all(font.getlength(line) <= 110 for line in lines)
    japanese = wrap("夕暮れの港、静かな海。漁船が帰る「ただいま」", font, 120)
    assert all(line[0] not in "、。」ー" and line[-1] != "「" for line in japanese)
    assert "".join(wrap("x" * 200, font, 100)) == "x" * 200
    assert shorten(["one", "two", "three"], 2, font, 100) == ["one", "two…"]


def test_timecode_counts_frames_and_goes_on_in_an_extension() -> None:
    assert timecode(0, 24) == "00:00:00:00"
    assert timecode(61 + 5 / 24, 24) == "00:01:01:05"


def test_longest_prompt_can_be_set() -> None:
    assert burn_ins(read_prompt("長い" * 16_000, size="720x1280", seconds=4, fps=24))


@pytest.mark.parametrize("size", ["16x16", "64x64", "90x400", "400x90"])
def test_smallest_frames_can_be_drawn(size: str, tmp_path: Path) -> None:
    for prompt in ("zoom in: a city in neon", "pan: the sea", "studio", "tilt over the hills"):
        scene = replace(read_prompt(prompt, size=size, seconds=0.5, fps=6), changes=("warmer",))
        assert len(list(film.frames(scene, tmp_path))) == 3


@pytest.mark.parametrize("size", ["1280x720", "720x1280"])
@pytest.mark.parametrize("changes", [1, 3])
def test_long_changes_under_a_picture_stay_above_the_foot(size: str, changes: int) -> None:
    """White text of the caption never reaches down to the line with scene and timecode."""
    asked = ("One change: turn the light to a warm lamp in the evening. Keep the product, its shape and place. " * 4,)
    scene = read_prompt("A mug on a table. " * 30, size=size, seconds=4, fps=24)
    words, foot, *_ = burn_ins(replace(scene, picture="mug.jpg", changes=asked * changes))
    brightest = words.add[0][foot.y - words.y :].max() >> 8
    assert brightest < 60, "only the shade lies there"
    assert (words.add[0][: foot.y - words.y].max() >> 8) > 200, "the text stands above it"
