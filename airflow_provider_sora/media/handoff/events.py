"""Which piece of which shot stands where, as editing programs count it (pure).

There a dissolve lies across a cut: the clip before it ends, and the clip after it begins, at the cut, and the dissolve
uses what both have beyond it. So the frames that two shots share are parted between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from airflow_provider_sora.media.cut.edit import Clip
from airflow_provider_sora.media.cut.timeline import Facts, Placed, Timeline


@dataclass(frozen=True, slots=True)
class Dissolve:
    """:param before: its frames before the cut; ``after``: behind it."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Event:
    """A shot as it lies in a track, from cut to cut.

    :param shot: its number in the film, from 0.
    :param begin: frame of the film at which it begins.
    :param frames: how many frames of the film it is long.
    :param source: seconds into its file at which it begins.
    :param lead: the dissolve across the cut at its begin.
    """

    shot: int
    begin: int
    frames: int
    source: Fraction
    lead: Dissolve | None = None

    def source_frame(self, rate: Fraction) -> int:
        """Its first frame, counted in its file at ``rate``."""
        return round(self.source * rate)


def events_of(timeline: Timeline) -> tuple[Event, ...]:
    """The film's shots from cut to cut; of a loop, the begin of the first shot stands again at the end."""
    found: list[Event] = []
    for number, placed in enumerate(timeline.shots):
        lead = _dissolve(placed.blend_in) if number else None
        begin = placed.begin + (lead.before if lead else placed.blend_in)
        end = placed.end - _after(placed.blend_out)
        found.append(_event(timeline, number, placed, begin, end, lead))
    first, last = timeline.shots[0], timeline.shots[-1]
    if last.blend_out:
        begin = last.end - _after(last.blend_out)
        source = _start(first) + (begin - (last.end - last.blend_out)) / timeline.rate
        found.append(Event(0, begin, last.end - begin, source, _dissolve(last.blend_out)))
    return tuple(found)


def handles(event: Event, facts: Facts | None, timeline: Timeline) -> tuple[Fraction, Fraction]:
    """Seconds of the file before and behind what is used of it; nothing for a card."""
    if facts is None:
        return Fraction(0), Fraction(0)
    return event.source, max(Fraction(0), facts.seconds - event.source - event.frames / timeline.rate)


def _event(timeline: Timeline, number: int, placed: Placed, begin: int, end: int, lead: Dissolve | None) -> Event:
    source = _start(placed) + (begin - placed.begin) / timeline.rate
    return Event(number, begin, end - begin, source, lead)


def _start(placed: Placed) -> Fraction:
    return Fraction(placed.shot.start) if isinstance(placed.shot, Clip) else Fraction(0)


def _dissolve(frames: int) -> Dissolve | None:
    return Dissolve(frames // 2, frames - frames // 2) if frames else None


def _after(frames: int) -> int:
    return frames - frames // 2


def sounding(events: Sequence[Event], facts: Sequence[Facts | None]) -> list[bool]:
    """Of which events there is sound."""
    found = (facts[event.shot] for event in events)
    return [one is not None and one.has_sound for one in found]
