"""What follows from an edit list and the lengths of its files, in whole frames of the film (pure).

A frame of the film is the unit of everything: pictures are delivered by it, and sound by the samples up to it, each
counted from the film's begin. So nothing can add up, and picture and sound part by less than a sample at every cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Card, Clip, Edit, Shot, names_of

#: Samples a second of every film.
SAMPLES = 48_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts of a clip's file.

    :param seconds: from its first picture to the end of its last.
    :param rate: its frames a second, as it states them.
    """

    seconds: Fraction
    rate: Fraction
    width: int
    height: int
    has_sound: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Some frames of one shot, counted from the shot's own first one."""

    shot: int
    first: int
    frames: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the film in which one shot is seen, or one dissolves into ``into``."""

    begin: int
    span: Span
    into: Span | None = None

    @property
    def frames(self) -> int:
        return self.span.frames

    @property
    def end(self) -> int:
        return self.begin + self.frames


@dataclass(frozen=True, slots=True)
class Placed:
    """A shot in its place.

    :param begin: frame of the film at which its first one stands; below 0 for the first shot of a loop.
    :param frames: all that it has, those of both dissolves included.
    :param blend_in: how many of them another shot dissolves into, as is ``blend_out``.
    """

    shot: Shot
    called: str
    begin: int
    frames: int
    blend_in: int
    blend_out: int

    @property
    def end(self) -> int:
        return self.begin + self.frames


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole film: ``pieces`` follow one another without a gap from frame 0 to ``frames``."""

    rate: Fraction
    size: tuple[int, int]
    shots: tuple[Placed, ...]
    pieces: tuple[Piece, ...]

    @property
    def frames(self) -> int:
        return self.pieces[-1].end

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.rate

    def sample(self, frame: int) -> int:
        """The first sample of a frame of the film."""
        return round(frame * SAMPLES / self.rate)


def place(edit: Edit, facts: Sequence[Facts | None]) -> Timeline:
    """Put every shot where it belongs.

    :param facts: of each shot's file, in order; None for a card.
    :raises ConfigurationError: a shot ends after its file does, or is too short for its dissolves; it is named.
    """
    first = next(found for found in facts if found is not None)
    rate = edit.rate or first.rate
    size = edit.size or (max(2, first.width // 2 * 2), max(2, first.height // 2 * 2))
    lengths = [
        _length(shot, found, name, rate)
        for shot, found, name in zip(edit.shots, facts, names_of(edit.shots), strict=True)
    ]
    placed = _placed(edit, lengths)
    return Timeline(rate, size, placed, _pieces(placed))


def _length(shot: Shot, found: Facts | None, name: str, rate: Fraction) -> int:
    """Frames of the film that a shot has."""
    if isinstance(shot, Card) or found is None:
        return max(1, round(Fraction(shot.seconds) * rate)) if isinstance(shot, Card) else 0
    start, end = Fraction(shot.start), found.seconds
    if shot.end is not None:
        if Fraction(shot.end) > end + 1 / rate:
            raise _outside(name, "ends", shot.end, end)
        end = min(end, Fraction(shot.end))
    if start >= end:
        raise _outside(name, "begins", shot.start, end)
    return max(1, round((end - start) * rate))


def _outside(name: str, verb: str, at: float, seconds: Fraction) -> ConfigurationError:
    return ConfigurationError(
        f"{name} {verb} at {at:g} s, but its file is over at {float(seconds):.3f} s.",
        step=f"correct {'start' if verb == 'begins' else 'end'}, or leave it out.",
    )


def _placed(edit: Edit, lengths: Sequence[int]) -> tuple[Placed, ...]:
    placed: list[Placed] = []
    begin, blend_in = -edit.loop, edit.loop
    for number, (shot, frames, name) in enumerate(zip(edit.shots, lengths, names_of(edit.shots), strict=True)):
        blend_out = edit.loop if number == len(lengths) - 1 else shot.blend
        if blend_in + blend_out >= frames:
            raise ConfigurationError(
                f"{name} has {frames} frames, too few for {blend_in} that the shot before dissolves into and "
                f"{blend_out} that dissolve into the next.",
                step="shorten the blend, or take more of the clip.",
            )
        placed.append(Placed(shot, name, begin, frames, blend_in, blend_out))
        begin += frames - blend_out
        blend_in = blend_out
    return tuple(placed)


def _pieces(placed: Sequence[Placed]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for number, shot in enumerate(placed):
        seen = shot.frames - shot.blend_in - shot.blend_out
        pieces.append(Piece(shot.begin + shot.blend_in, Span(number, shot.blend_in, seen)))
        if shot.blend_out:
            into = Span((number + 1) % len(placed), 0, shot.blend_out)
            pieces.append(
                Piece(shot.end - shot.blend_out, Span(number, shot.frames - shot.blend_out, into.frames), into)
            )
    return tuple(pieces)


def is_plain(edit: Edit) -> bool:
    """Whether an edit is whole clips, one after the other, with nothing over them: their packets could be copied."""
    untouched = all(
        isinstance(shot, Clip) and not shot.start and shot.end is None and not shot.blend and not shot.gain_db
        for shot in edit.shots
    )
    over = edit.loop or edit.music or edit.mark or edit.burn_captions or edit.target_loudness is not None
    return untouched and not over
