"""Music, its fades and its yielding, and the loudness of the whole, measured by a second measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.media.cut.edit import Card, Clip, Edit, Music
from airflow_provider_sora.media.cut.encode import Encoding
from airflow_provider_sora.media.cut.film import cut_film
from tests.support.clips import make_clip
from tests.support.films import flashing, heard, tone, tune
from tests.support.r128 import loudness, true_peak

QUICK = Encoding(preset="ultrafast")
SECOND = 48_000


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "film.mp4")


@pytest.fixture
def mute(tmp_path: Path) -> str:
    path = tmp_path / "mute.mp4"
    path.write_bytes(make_clip(frames=144, sound=None))
    return str(path)


@pytest.fixture
def beeping(tmp_path: Path) -> str:
    path = tmp_path / "beeping.mp4"
    path.write_bytes(flashing(seconds=6))
    return str(path)


def test_the_second_measurement_is_the_recommendations_own() -> None:
    """EBU Tech 3341: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS."""
    time = np.arange(20 * SECOND) / SECOND
    wave = np.stack([10 ** (-23 / 20) * np.sin(time * 2 * np.pi * 1000)] * 2).astype(np.float32)
    assert loudness(wave) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("target_loudness", [None, -23.0, -16.0])
def test_a_film_with_music_is_as_loud_as_asked(
    tmp_path: Path, beeping: str, target: str, target_loudness: float | None
) -> None:
    music = Music(tune(tmp_path / "m.wav", 2.0))
    cut_film(Edit((Clip(beeping),), music=music, loudness=target_loudness), target, encoding=QUICK)
    assert loudness(heard(target)) == pytest.approx(target_loudness or -14, abs=0.3)
    assert true_peak(heard(target)) <= -0.9


def test_peaks_are_held_where_the_loudness_would_clip_them(tmp_path: Path, target: str) -> None:
    """Short loud beeps in long silence: at -14 LUFS they would stand above full scale."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(flashing(seconds=6, beep_at=0.9))
    cut_film(Edit((Clip(str(clip)),), loudness=-8.0), target, encoding=QUICK)
    sound = heard(target)
    assert true_peak(sound) <= -0.5
    assert loudness(sound) > -12.5


def test_music_is_repeated_faded_and_as_long_as_the_film(tmp_path: Path, mute: str, target: str) -> None:
    music = Music(tune(tmp_path / "m.wav", 1.3), fade_in=1.0, fade_out=2.0, gain_db=0.0)
    cut_film(Edit((Clip(mute),), music=music, loudness=-20.0), target, encoding=QUICK)
    sound = heard(target)
    assert sound.shape[1] == pytest.approx(6 * SECOND, abs=1100)
    strength = [tone(sound[:, at : at + 4800], 300) for at in range(0, 6 * SECOND - 4800, 4800)]
    middle = strength[20]
    assert strength[0] < 0.15 * middle and strength[5] == pytest.approx(0.55 * middle, rel=0.1)
    assert strength[-1] < 0.1 * middle and strength[49] == pytest.approx(0.525 * middle, rel=0.1)
    assert min(strength[11:38]) > 0.8 * middle, "no hole where it is repeated"


@pytest.mark.parametrize(("duck_db", "least", "most"), [(12.0, 8.0, 12.5), (0.0, -0.2, 0.2)])
def test_music_yields_while_the_clips_are_heard(
    tmp_path: Path, target: str, duck_db: float, least: float, most: float
) -> None:
    loud, mute = tmp_path / "loud.mp4", tmp_path / "mute.mp4"
    loud.write_bytes(make_clip(frames=72))
    mute.write_bytes(make_clip(frames=72, sound=None))
    music = Music(tune(tmp_path / "m.wav", 9), fade_in=0, fade_out=0, gain_db=0, duck_db=duck_db)
    edit = Edit((Clip(str(mute)), Clip(str(loud)), Clip(str(mute))), music=music, loudness=-20.0)
    cut_film(edit, target, encoding=QUICK)
    sound = heard(target)
    alone, under = tone(sound[:, SECOND : 2 * SECOND], 300), tone(sound[:, 4 * SECOND : 5 * SECOND], 300)
    again = tone(sound[:, 8 * SECOND : 9 * SECOND], 300)
    assert least <= 20 * np.log10(alone / under) <= most
    assert again == pytest.approx(alone, rel=0.1), "it comes back"
    assert tone(sound[:, 4 * SECOND : 5 * SECOND], 1000) > under


def test_a_silent_film_is_left_silent(mute: str, target: str, tmp_path: Path) -> None:
    still = tune(tmp_path / "still.wav", 2, amplitude=0)
    cut_film(Edit((Clip(mute), Card("End")), music=Music(still)), target, encoding=QUICK)
    assert float(np.abs(heard(target)).max()) < 1e-4


@pytest.mark.parametrize(
    ("music", "error", "said"),
    [
        ("mute", ConfigurationError, "The music has no sound at all"),
        ("late", ConfigurationError, "The music has no sound behind 9 s"),
        ("page", ArchiveError, "the music cannot be read"),
    ],
)
def test_music_without_sound_is_told_before_the_work(
    tmp_path: Path, mute: str, target: str, music: str, error: type[Exception], said: str
) -> None:
    (tmp_path / "page").write_text("<html>")
    sources = {
        "mute": Music(mute),
        "late": Music(tune(tmp_path / "m.wav", 2), start=9),
        "page": Music(str(tmp_path / "page")),
    }
    with pytest.raises(error, match=said):
        cut_film(Edit((Clip(mute),), music=sources[music]), target)
    assert not Path(target).exists()
