"""Captions beside and in the pictures, cards and marks: what is due when, and what is seen."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Caption, Card, Clip, Edit, Mark
from airflow_provider_sora.media.cut.encode import Encoding
from airflow_provider_sora.media.cut.film import cut_film
from airflow_provider_sora.media.cut.lettering.captions import captions_of, srt, webvtt
from airflow_provider_sora.media.cut.lettering.drawing import _face, wrapped
from airflow_provider_sora.media.cut.timeline import Facts, Timeline, place
from tests.support.clips import level, make_clip
from tests.support.films import picture

QUICK = Encoding(preset="ultrafast", crf=10)
JAPANESE = "「おはようございます」と、漁師は言った。今日は海がとても静かですね。"


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    path.write_bytes(make_clip(frames=48, size=(320, 180)))
    return str(path)


def placed(edit: Edit) -> Timeline:
    facts = Facts(Fraction(4), Fraction(24), 320, 180, True)
    return place(edit, [facts if isinstance(shot, Clip) else None for shot in edit.shots])


def test_captions_of_shots_stand_in_the_films_time() -> None:
    edit = Edit(
        (
            Card("Title", 1),
            Clip("a", 1, 3, blend=12, captions=(Caption(0.5, 9, "until the shot ends"),)),
            Clip("b", captions=(Caption(0, 1, "dissolving in"),)),
        ),
        captions=(Caption(0.25, 0.75, "over all"),),
    )
    found = [(one.start, one.end, one.text) for one in captions_of(edit, placed(edit))]
    assert found == [(0.25, 0.75, "over all"), (1.5, 3.0, "until the shot ends"), (2.5, 3.5, "dissolving in")]
    late = Edit((Clip("a", 0, 1, captions=(Caption(1.5, 2, "Too late"),)),))
    with pytest.raises(
        ConfigurationError, match=r"A caption of shot 1 \(a\) begins at 1.5 s, but it is over at 1.000 s"
    ):
        captions_of(late, placed(late))
    loop = Edit((Clip("a", captions=(Caption(0, 0.5, "gone"), Caption(0, 2, "cut"))),), loop=24)
    assert [(one.start, one.end, one.text) for one in captions_of(loop, placed(loop))] == [(0.0, 1.0, "cut")]


CAPTIONS = (
    Caption(0.5, 2.04, "Tom & Jerry <3\n\n --> away", "Ann"),
    Caption(3661.0019, 3662, JAPANESE),
)


def test_the_files_are_as_their_formats_say() -> None:
    assert webvtt(CAPTIONS) == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:02.040\n<v Ann>Tom &amp; Jerry &lt;3\n--&gt; away\n\n"
        f"01:01:01.002 --> 01:01:02.000\n{JAPANESE}\n"
    )
    assert srt(CAPTIONS) == (
        "1\n00:00:00,500 --> 00:00:02,040\nAnn: Tom & Jerry <3\n--> away\n\n"
        f"2\n01:01:01,002 --> 01:01:02,000\n{JAPANESE}\n"
    )


@pytest.mark.parametrize(("write", "kind"), [(webvtt, "webvtt"), (srt, "srt")])
def test_a_player_reads_them_back(tmp_path: Path, write: Any, kind: str) -> None:
    path = tmp_path / f"captions.{kind}"
    path.write_text(write(CAPTIONS), "utf-8")
    with av.open(str(path), format=kind) as file:
        packets = [packet for packet in file.demux(subtitles=0) if packet.size]
        times = [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base)) for packet in packets
        ]
        assert times == [(0.5, pytest.approx(1.54)), (3661.002, pytest.approx(0.998))]
        assert JAPANESE in bytes(packets[1]).decode()


def test_captions_are_burnt_in_while_they_are_due_and_only_then(clip: str, tmp_path: Path) -> None:
    target = str(tmp_path / "film.mp4")
    shot = Clip(clip, 0.25, captions=(Caption(0.5, 1.0, JAPANESE, "漁師"),))
    cut_film(Edit((shot,)), target, encoding=QUICK)
    beside = [picture(target, number) for number in (11, 12, 23, 24)]
    cut_film(Edit((shot,), burn_captions=True), target, encoding=QUICK)
    burnt = [picture(target, number) for number in (11, 12, 23, 24)]
    changed = [int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(beside, burnt, strict=True)]
    assert changed[0] < 12 and changed[3] < 12 and min(changed[1:3]) > 100
    where = np.argwhere(np.abs(burnt[1].astype(int) - beside[1].astype(int)).max(axis=2) > 60)
    assert where[:, 0].min() > 100, "low in the picture"
    assert where[:, 1].min() >= 4 and where[:, 1].max() < 316, "nothing is cut off"


def test_words_are_broken_where_japanese_may_be_broken() -> None:
    face = _face(None, 20)
    for width in range(40, 400, 7):
        lines = wrapped(JAPANESE, face, width)
        assert "".join(lines) == JAPANESE
        assert not any(line[0] in "、。」ょっ" for line in lines[1:]) or width < 60
        assert all(face.getlength(line) <= max(width, 60) for line in lines)
    assert wrapped("A very-long-word and Donaudampfschifffahrtsgesellschaft", face, 120)[0] == "A very-long-"


def test_a_card_shows_its_words_in_its_colours(clip: str, tmp_path: Path) -> None:
    target = str(tmp_path / "film.mp4")
    card = Card("海辺の朝\nA film", 0.5, colour="#ffffff", ground="#802040")
    cut_film(Edit((card, Clip(clip))), target, encoding=QUICK)
    seen = picture(target, 3)
    assert seen[5, 5] == pytest.approx([0x80, 0x20, 0x40], abs=6)
    words = np.argwhere(seen.min(axis=2) > 200)
    assert len(words) > 200 and words[:, 0].min() > 40 and words[:, 0].max() < 140
    assert abs(words[:, 1].mean() - 160) < 12, "in the middle"


@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left", "bottom right"])
def test_a_mark_stands_in_its_corner_of_every_picture(clip: str, tmp_path: Path, corner: Any) -> None:
    target, logo = str(tmp_path / "film.mp4"), tmp_path / "logo.png"
    sign = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    ImageDraw.Draw(sign).rectangle((0, 0, 79, 39), fill=(255, 0, 0, 255))
    sign.save(logo)
    mark = Mark(picture=str(logo), corner=corner, opacity=0.5, height=0.2)
    cut_film(Edit((Clip(clip), Clip(clip, 1)), mark=mark), target, encoding=QUICK)
    for number in (0, 47, 48, 71):
        seen = picture(target, number).astype(int)
        red = np.argwhere(seen[:, :, 0] - seen[:, :, 1] > 60)
        top, left = corner.split()
        assert (red[:, 0].mean() < 90) == (top == "top") and (red[:, 1].mean() < 160) == (left == "left")
        assert len(red) == pytest.approx(72 * 36, rel=0.1)
        grey = level(number if number < 48 else number - 24)
        middle = seen[int(red[:, 0].mean()), int(red[:, 1].mean())]
        assert middle == pytest.approx([(grey + 255) / 2, grey / 2, grey / 2], abs=14), "half of it shows through"


def test_a_caption_stands_above_the_mark(clip: str, tmp_path: Path) -> None:
    target = str(tmp_path / "film.mp4")
    mark = Mark(text="AI generated, every word of it", height=0.2)
    words = (Caption(0, 1, JAPANESE * 2),)
    cut_film(Edit((Clip(clip),), captions=words, burn_captions=True, mark=mark), target, encoding=QUICK)
    with_both = picture(target, 5).astype(int)
    cut_film(Edit((Clip(clip),), mark=mark), target, encoding=QUICK)
    only_mark = picture(target, 5).astype(int)
    words_at = np.argwhere(np.abs(with_both - only_mark).max(axis=2) > 60)
    assert words_at[:, 0].max() < 180 - 36 - 4


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"captions": (Caption(0, 1, "한국어"),), "burn_captions": True}, "has no sign for 한 (U+D55C), 국"),
        ({"font": "missing.ttf", "mark": Mark()}, "font missing.ttf cannot be read"),
        ({"mark": Mark(picture="missing.png")}, "The mark's picture cannot be read"),
        ({"card": Card("x", colour="blueish")}, "colour of card 'x' is 'blueish', which is no colour"),
    ],
)
def test_words_that_cannot_be_set_are_told_before_the_work(
    clip: str, tmp_path: Path, edit: dict[str, Any], said: str
) -> None:
    card = [edit.pop("card")] if "card" in edit else []
    with pytest.raises(ConfigurationError) as raised:
        cut_film(Edit((*card, Clip(clip)), **edit), str(tmp_path / "film.mp4"))
    assert said in str(raised.value)
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize(("module", "said"), [("uniseg.linebreak", "need uniseg"), ("pylopdf_fonts_jp", "need a font")])
def test_without_the_extra_it_is_said_what_to_install(
    clip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=rf"{said}.*airflow-provider-sora\[edit\]"):
        cut_film(Edit((Card("Title"), Clip(clip))), str(tmp_path / "film.mp4"))
