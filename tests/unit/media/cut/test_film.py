"""Films made of real clips: each picture, the place of each sound, and what is copied."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.media.cut.edit import Card, Clip, Edit, Shot
from airflow_provider_sora.media.cut.encode import Encoding
from airflow_provider_sora.media.cut.film import cut_film
from tests.support.clips import level, make_clip
from tests.support.films import beeps, flashes, flashing, greys, heard, picture, tone

Put = Callable[..., str]
QUICK = Encoding(preset="ultrafast")


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """A file of the test's own."""

    def write(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return write


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "film.mp4")


def levels(*numbers: int) -> Any:
    return pytest.approx([level(number) for number in numbers], abs=4)


def test_every_picture_is_the_one_that_was_asked_for(put: Put, target: str) -> None:
    one, two = put("one.mp4", make_clip()), put("two.mp4", make_clip(first=100))
    film = cut_film(Edit((Clip(one, 0.25, 0.75), Clip(two, 0.5))), target)
    assert not film.copied and film.plan.timeline.frames == 24
    assert greys(target) == levels(*range(6, 18), *range(112, 124))


def test_a_late_begin_is_jumped_to_and_still_exact(put: Put, target: str) -> None:
    long = put("long.mp4", make_clip(frames=200))
    cut_film(Edit((Clip(long, 150 / 24, 160 / 24), Clip(long, 3, 3.25))), target)
    assert greys(target) == levels(*range(150, 160), *range(72, 78))


def test_rates_are_brought_to_one(put: Put, target: str) -> None:
    slow, fast = put("slow.mp4", make_clip(frames=12, rate=12)), put("fast.mp4", make_clip(frames=48, rate=48))
    cut_film(Edit((Clip(slow), Clip(fast)), rate=Fraction(24)), target)
    doubled = [number // 2 for number in range(24)]
    assert greys(target) == levels(*doubled, *range(0, 48, 2))
    ntsc = put("ntsc.mp4", make_clip(frames=60, rate=Fraction(30000, 1001)))
    film = cut_film(Edit((Clip(ntsc, 0.5), Clip(ntsc))), target)
    assert film.plan.timeline.rate == Fraction(30000, 1001)
    assert greys(target) == levels(*range(15, 60), *range(60))


def test_a_dissolve_goes_by_equal_steps_and_stands_still_nowhere(put: Put, target: str) -> None:
    dark = put("dark.mp4", make_clip(frames=1, rate=1))  # a second of one grey
    card = Card("·", 1, blend=9, ground="#c8c8c8", colour="#c8c8c8")
    cut_film(Edit((card, Clip(dark)), rate=Fraction(24)), target)
    found = greys(target)
    assert len(found) == 39 and found[14] == pytest.approx(200, abs=3) and found[24] == pytest.approx(level(0), abs=3)
    steps = np.diff(found[14:25])
    assert steps == pytest.approx((level(0) - 200) / 10, abs=3)


def test_a_loop_ends_where_it_begins(put: Put, target: str) -> None:
    clip = put("clip.mp4", make_clip(frames=48))
    cut_film(Edit((Clip(clip),), loop=12), target)
    found = greys(target)
    assert len(found) == 36 and found[:24] == levels(*range(12, 36))
    mixed = [level(36 + n) + (level(n) - level(36 + n)) * (n + 1) / 13 for n in range(12)]
    assert found[24:] == pytest.approx(mixed, abs=5)


@pytest.mark.slow
def test_picture_and_sound_stay_together_at_every_cut(put: Put, target: str) -> None:
    """Cuts and dissolves between clips of other rates, sizes, sample rates and containers."""
    clips = [
        put("a.mp4", flashing()),
        put("b.mp4", flashing(rate=30, size=(192, 96), samples=44_100)),
        put("c.mp4", flashing(rate=Fraction(24000, 1001), samples=22_050)),
        put("d.webm", flashing(rate=20, kind="webm")),
    ]
    shots: list[Shot] = []
    for number in range(20):
        shots.append(
            Clip(clips[number % 4], 0.1 + number % 3 * 0.037, 1.9, blend=0 if number % 5 or number == 19 else 4)
        )
    film = cut_film(Edit(tuple(shots), rate=Fraction(24)), target, encoding=QUICK)
    frame = 1 / 24
    expected = [
        float(placed.begin / 24) + at - placed.shot.start  # type: ignore[union-attr]
        for placed in film.plan.timeline.shots
        for at in (0.5, 1.5)
    ]
    seen, rang = flashes(target), beeps(target)
    assert len(seen) == len(rang) == len(expected) == 40
    assert max(abs(a - b) for a, b in zip(seen, expected, strict=True)) <= frame
    assert max(abs(a - b) for a, b in zip(rang, expected, strict=True)) <= 0.006
    assert max(abs(a - b) for a, b in zip(seen, rang, strict=True)) <= frame


def test_clips_with_and_without_sound_stand_in_one_film(put: Put, target: str) -> None:
    loud, mute = put("loud.mp4", make_clip()), put("mute.mp4", make_clip(sound=None))
    cut_film(Edit((Clip(mute), Clip(loud, gain_db=-6), Card("End", 1))), target)
    sound = heard(target)
    assert sound.shape[1] == pytest.approx(3 * 48_000, abs=1100)
    assert tone(sound[:, 4800:43200], 1000) < 0.001 and tone(sound[:, 100800:139200], 1000) < 0.001
    assert tone(sound[:, 52800:91200], 1000) == pytest.approx(0.25 * 10 ** (-6 / 20), rel=0.05)
    cut_film(Edit((Clip(mute, 0.5), Clip(mute))), target)
    with av.open(target) as file:
        assert not file.streams.audio, "a film without any sound has no sound track"


def test_a_dissolve_of_sound_keeps_its_power(put: Put, target: str) -> None:
    one = put("one.mp4", make_clip(frames=48))
    cut_film(Edit((Clip(one, blend=24), Clip(one, 0.0005))), target)
    sound = heard(target)
    powers = [float(np.mean(sound[0, at : at + 2400] ** 2)) for at in range(36_000, 108_000, 2400)]
    assert min(powers) > 0 and max(powers) / powers[0] < 2.1, "no gap and no bump beyond the sum of two equal sounds"


def test_what_needs_no_encoding_is_copied(put: Put, target: str) -> None:
    one, two = put("one.mp4", make_clip()), put("two.mp4", make_clip(first=24))
    assert cut_film(Edit((Clip(one), Clip(two))), target).copied
    with av.open(one) as a, av.open(target) as b:
        copied = [bytes(packet) for packet in b.demux(video=0)]
        assert copied[: a.streams.video[0].frames] == [bytes(packet) for packet in a.demux(video=0) if packet.size]
    assert greys(target) == levels(*range(48))
    assert cut_film(Edit((Clip(one), Clip(two)), size=(160, 96), rate=Fraction(24)), target).copied
    assert not cut_film(Edit((Clip(one), Clip(two)), size=(80, 48)), target).copied


def test_why_a_film_is_encoded_stands_in_the_log(put: Put, target: str, caplog: pytest.LogCaptureFixture) -> None:
    one, two = put("one.mp4", make_clip()), put("two.mp4", make_clip(size=(96, 160), sound=None))
    with caplog.at_level(logging.INFO):
        assert not cut_film(Edit((Clip(one), Clip(two))), target).copied
    assert "encoded anew: they differ in size: 160x96 in shot 1" in caplog.text
    assert picture(target, 30)[:, 0].max() < 24 and picture(target, 30).shape == (96, 160, 3)


def test_progress_is_told(put: Put, target: str, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    monkeypatch.setattr("airflow_provider_sora.media.cut.film._EVERY", 0.0)
    with caplog.at_level(logging.INFO):
        cut_film(Edit((Clip(put("one.mp4", make_clip()), 0.5),)), target)
    assert "6 of 12 pictures (50 %)" in caplog.text and "times as fast as they play" in caplog.text


def test_the_index_lies_at_the_front(put: Put, target: str) -> None:
    cut_film(Edit((Clip(put("one.mp4", make_clip()), 0.5),)), target)
    data = Path(target).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(put: Put, target: str) -> None:
    clip = put("clip.mp4", make_clip(frames=48, size=(640, 360)))
    program = (
        "import resource, sys\n"
        "from airflow_provider_sora.media.cut.edit import Clip, Edit\n"
        "from airflow_provider_sora.media.cut.film import cut_film\n"
        "from airflow_provider_sora.media.cut.encode import Encoding\n"
        "for times in (2, 16):\n"
        "    cut_film(Edit((Clip(sys.argv[1], 0.1),) * times), sys.argv[2], encoding=Encoding(preset='ultrafast'))\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, clip, target], capture_output=True, text=True, check=True)
    short, long = (int(line) for line in run.stdout.split())
    assert long - short < 40_000, "kilobytes; the pictures of the longer film alone are 240,000"


def test_files_that_are_no_clips_are_told_by_name(put: Put, target: str) -> None:
    clip = put("clip.mp4", make_clip())
    with pytest.raises(ArchiveError, match=r"shot 2 \(broken\) cannot be read"):
        cut_film(Edit((Clip(clip), Clip(put("page.mp4", b"<html>" * 20), name="broken"))), target)
    with pytest.raises(ConfigurationError, match=r"shot 1 \(.*\) holds no pictures"):
        cut_film(Edit((Clip(_sound_only(clip)),)), target)
    listed = put("list.mp4", f"ffconcat version 1.0\nfile {clip}\n".encode())
    with pytest.raises(ArchiveError, match="cannot be read"):
        cut_film(Edit((Clip(listed),)), target)
    assert not Path(target).exists()


def test_a_clip_that_is_cut_short_is_told(put: Put, target: str) -> None:
    data = bytearray(flashing(seconds=8))
    half = data.index(b"mdat") + 200
    data[half:-20000] = bytes(len(data[half:-20000]))
    with pytest.raises(ArchiveError, match="broken"):
        cut_film(Edit((Clip(put("clip.mp4", bytes(data)), 0.1, name="broken"),)), target)


def test_without_a_decoder_it_is_said_what_to_install(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ConfigurationError, match=r"needs PyAV.*airflow-provider-sora\[media\]"):
        cut_film(Edit((Clip("clip.mp4"),)), target)


def test_a_decoder_that_is_too_old_is_told(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "AudioFrame", object)
    with pytest.raises(ConfigurationError, match=r"needs PyAV 18 or later, but .* is installed"):
        cut_film(Edit((Clip("clip.mp4"),)), target)


def _sound_only(clip: str) -> str:
    path = clip.replace(".mp4", "-sound.m4a")
    with av.open(clip) as source, av.open(path, "w", format="mp4") as out:
        copy = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    return path
