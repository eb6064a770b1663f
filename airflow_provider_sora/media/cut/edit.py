"""What a person decides about a film, as values that check themselves: shots in order, and what lies over all of them.

Times are seconds, transitions are frames of the film. Nothing here opens a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.checks import check_frames, check_seconds, shortened, wrong_value

Fit = Literal["pad", "crop", "blur"]
FITS: tuple[Fit, ...] = ("pad", "crop", "blur")
Corner = Literal["top left", "top right", "bottom left", "bottom right"]
CORNERS: tuple[Corner, ...] = ("top left", "top right", "bottom left", "bottom right")
#: LUFS of a film that has music and says nothing else: what video sites play at.
LOUDNESS = -14.0
CENTRE = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Caption:
    """Words that are heard or shown, and when.

    :param start: seconds from the begin of the shot or film it belongs to, as is ``end``.
    :param speaker: who says it; named in WebVTT, and before the words where captions are burnt in or SRT.
    """

    start: float
    end: float
    text: str
    speaker: str | None = None

    def __post_init__(self) -> None:
        where = f"caption {shortened(self.text)}"
        check_seconds(f"start of {where}", self.start)
        check_seconds(f"end of {where}", self.end)
        if not self.text.strip():
            raise wrong_value("the text of a caption", self.text, "words")
        if self.end <= self.start:
            raise wrong_value(f"end of {where}", self.end, f"after its start, {self.start:g}")


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of a video file.

    :param source: path of the file; in an edit list of a task, the archived video it stands for.
    :param start: seconds into the file at which it begins; ``end``: at which it ends, None for the file's own end.
    :param blend: frames over which it dissolves into the next shot, sound included; 0 is a plain cut. Of the last shot
        it must be 0: ``Edit.loop`` is the dissolve into the first.
    :param captions: by the seconds of this shot, from its first frame on.
    :param gain_db: of its own sound; ``-inf`` is silence.
    :param name: what to call it in messages, captions' files and timelines.
    """

    source: str
    start: float = 0.0
    end: float | None = None
    blend: int = 0
    captions: tuple[Caption, ...] = ()
    gain_db: float = 0.0
    name: str | None = None

    def __post_init__(self) -> None:
        check_seconds(f"start of {self.called}", self.start)
        if self.end is not None:
            check_seconds(f"end of {self.called}", self.end)
            if self.end <= self.start:
                raise wrong_value(f"end of {self.called}", self.end, f"after its start, {self.start:g}")
        check_frames(f"blend of {self.called}", self.blend)
        if math.isnan(self.gain_db) or self.gain_db > 24:
            raise wrong_value(f"gain_db of {self.called}", self.gain_db, "at most 24 dB")

    @property
    def called(self) -> str:
        return self.name or self.source


@dataclass(frozen=True, slots=True)
class Card:
    """Words on a plain ground: a title, an end card, the place of a scene that is still missing. It is silent.

    :param text: its first line is set larger; lines are wrapped as they need.
    :param colour: of the words, as is ``ground``, in a form that Pillow knows: ``white``, ``#101418``.
    """

    text: str
    seconds: float = 2.0
    blend: int = 0
    captions: tuple[Caption, ...] = ()
    colour: str = "#f4f1ea"
    ground: str = "#101418"
    name: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise wrong_value("the text of a card", self.text, "words")
        check_seconds(f"seconds of {self.called}", self.seconds, above=True)
        check_frames(f"blend of {self.called}", self.blend)

    @property
    def called(self) -> str:
        return self.name or f"card {shortened(self.text)}"


Shot = Clip | Card


@dataclass(frozen=True, slots=True)
class Music:
    """A bed of music under the whole film: any file with sound. It is repeated where it is shorter than the film.

    :param start: seconds into the file at which it begins.
    :param fade_in: seconds, as is ``fade_out``.
    :param gain_db: of the music before everything else.
    :param duck_db: by how much it yields, at most, while the clips have sound of their own; 0 never.
    """

    source: str
    start: float = 0.0
    fade_in: float = 1.0
    fade_out: float = 2.0
    gain_db: float = -6.0
    duck_db: float = 12.0

    def __post_init__(self) -> None:
        for name in ("start", "fade_in", "fade_out", "duck_db"):
            check_seconds(f"{name} of the music", getattr(self, name))
        if not math.isfinite(self.gain_db) or self.gain_db > 24:
            raise wrong_value("gain_db of the music", self.gain_db, "at most 24 dB")


@dataclass(frozen=True, slots=True)
class Mark:
    """What is laid visibly over every picture of a copy: words such as "AI generated", or a picture of one's own.

    :param picture: path of a PNG, WebP or JPEG; in its place ``text`` is set.
    :param opacity: 0 to 1.
    :param height: of the mark, as a share of the film's shorter side.
    """

    text: str = "AI generated"
    picture: str | None = None
    corner: Corner = "bottom right"
    opacity: float = 0.8
    height: float = 0.05

    def __post_init__(self) -> None:
        if self.picture is None and not self.text.strip():
            raise wrong_value("the text of the mark", self.text, "words, or give a picture")
        if self.corner not in CORNERS:
            raise wrong_value("corner of the mark", self.corner, f"one of {', '.join(CORNERS)}")
        if not 0 < self.opacity <= 1:
            raise wrong_value("opacity of the mark", self.opacity, "above 0 and at most 1")
        if not 0.01 <= self.height <= 0.5:
            raise wrong_value("height of the mark", self.height, "from 0.01 to 0.5 of the shorter side")


@dataclass(frozen=True, slots=True)
class Edit:
    """A film: its shots in order, and what lies over all of them.

    :param loop: frames over which the end dissolves into the begin, so that the film can be played round and round; the
        film then starts behind those frames of its first shot.
    :param size: width and height in even pixels; None takes the first clip's.
    :param rate: frames a second; None takes the first clip's.
    :param fit: a clip of another shape is shown whole on black (``pad``) or on its own blurred picture (``blur``), or
        is cut to shape around ``focus`` (``crop``).
    :param focus: what a crop keeps in view: x and y from 0 (left, top) to 1.
    :param loudness: integrated loudness in LUFS after EBU R128; None leaves it, or is -14 where there is music.
    :param captions: by the seconds of the film, besides those of the shots.
    :param burn_captions: draw them into the pictures, too.
    :param font: path of a TrueType or OpenType font for all words; None takes Noto Sans JP where it is installed.
    :raises ConfigurationError: a value that cannot be meant; no file was opened yet.
    """

    shots: tuple[Shot, ...]
    loop: int = 0
    size: tuple[int, int] | None = None
    rate: Fraction | None = None
    fit: Fit = "pad"
    focus: tuple[float, float] = CENTRE
    music: Music | None = None
    loudness: float | None = None
    captions: tuple[Caption, ...] = ()
    burn_captions: bool = False
    mark: Mark | None = None
    font: str | None = None

    def __post_init__(self) -> None:
        if not any(isinstance(shot, Clip) for shot in self.shots):
            raise ConfigurationError("An edit needs at least one clip.", step="give the clips of the film in order.")
        check_frames("loop", self.loop)
        if self.shots[-1].blend:
            raise ConfigurationError(
                f"{self.shots[-1].called} is the last shot, so there is nothing for its blend of "
                f"{self.shots[-1].blend} frames to dissolve into.",
                step="leave that blend out, or give loop, which dissolves the end into the begin.",
            )
        if self.size is not None and not all(side > 0 and side % 2 == 0 and side <= 8192 for side in self.size):
            raise wrong_value("size", "x".join(map(str, self.size)), "an even width and height of at most 8192 pixels")
        if self.rate is not None and not 1 <= self.rate <= 240:
            raise wrong_value("rate", str(self.rate), "from 1 to 240 frames a second")
        if self.fit not in FITS:
            raise wrong_value("fit", self.fit, f"one of {', '.join(FITS)}")
        if not all(0 <= part <= 1 for part in self.focus):
            raise wrong_value("focus", str(self.focus), "x and y from 0 to 1")
        if self.loudness is not None and not -40 <= self.loudness <= -5:
            raise wrong_value("loudness", self.loudness, "from -40 to -5 LUFS")

    @property
    def target_loudness(self) -> float | None:
        """LUFS that the film is brought to; None leaves its sound as it is."""
        return LOUDNESS if self.loudness is None and self.music is not None else self.loudness

    @property
    def clips(self) -> tuple[Clip, ...]:
        return tuple(shot for shot in self.shots if isinstance(shot, Clip))


def names_of(shots: Sequence[Shot]) -> list[str]:
    """What to call the shots in messages, in order: by number, for one clip may stand in a film twice."""
    return [f"shot {number} ({shot.called})" for number, shot in enumerate(shots, 1)]
