"""The pictures of a film, one after the other, in its size, colours and rate; one of each reel in memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.media.cut.clip_facts import aspect_of, begin_of, opened, pictures_in, unreadable
from airflow_provider_sora.media.cut.edit import Card, Clip, Edit
from airflow_provider_sora.media.cut.fitting import fitting_chain
from airflow_provider_sora.media.cut.graph import Chain, picture_form
from airflow_provider_sora.media.cut.timeline import Piece, Timeline
from airflow_provider_sora.paid import said

#: A file may end so much before the length it states; its last picture stands in, as in every player.
_SHORT = Fraction(1, 2)
#: Seconds of a file from which on its begin is not decoded but jumped over.
_JUMP = 1

Reel = Generator[Any, None, None]


def pictures(edit: Edit, timeline: Timeline, card: Callable[[Card], Any]) -> Reel:
    """Every picture of the film in order, ``timeline.frames`` of them, in yuv420p.

    :param card: draws a card in the film's size.
    """
    reels: dict[int, Reel] = {}

    def reel(number: int, first: int) -> Reel:
        """The one reel of a shot goes on from piece to piece; that of a loop's first shot is opened once more."""
        if first == 0 or number not in reels:
            shot = timeline.shots[number].shot
            made = _card_reel(card(shot)) if isinstance(shot, Card) else clip_reel(shot, edit, timeline)
            reels[number] = _from(made, first)
        return reels[number]

    for piece in timeline.pieces:
        span = piece.span
        seen = reel(span.shot, span.first)
        if piece.into is None:
            for _ in range(piece.frames):
                yield next(seen)
        else:
            yield from _dissolve(piece, seen, reel(piece.into.shot, piece.into.first), timeline.rate)
        if span.first + span.frames == timeline.shots[span.shot].frames:
            seen.close()  # a film of a thousand shots has two files open at a time


def _from(reel: Reel, first: int) -> Reel:
    for _ in range(first):
        next(reel)
    return reel


def _card_reel(picture: Any) -> Reel:
    while True:
        yield picture


def clip_reel(clip: Clip, edit: Edit, timeline: Timeline) -> Reel:
    """The pictures of a clip from its ``start`` on, at the film's rate and in its form; the last one stays.

    :raises ArchiveError: the file cannot be read, or ends long before it said it would.
    """
    import av

    try:
        with opened(clip.source, clip.called) as file:
            track = pictures_in(file, clip.called)
            track.thread_type = "AUTO"
            shown = _at_rate(_decoded(file, track, Fraction(clip.start)), timeline.rate, _each(track))
            yield from _in_form(shown, edit, timeline, aspect_of(track), clip)
    except (av.error.FFmpegError, OSError) as error:
        raise unreadable(clip.called, error) from error


def _decoded(file: Any, track: Any, start: Fraction) -> Iterator[tuple[Fraction, Any]]:
    """Seconds since ``start`` and picture, of all that are decoded; a few before it are among them."""
    begin = begin_of(track)
    if start > _JUMP:
        file.seek(int((begin + start) / track.time_base), stream=track, backward=True)
    at = Fraction(0)
    for frame in file.decode(track):
        if frame.pts is not None:
            at = frame.pts * track.time_base - begin - start
        yield at, frame


def _each(track: Any) -> Fraction:
    """Seconds that a picture of the file is seen."""
    return 1 / Fraction(track.average_rate) if track.average_rate else Fraction(0)


def _at_rate(found: Iterator[tuple[Fraction, Any]], rate: Fraction, each: Fraction) -> Iterator[Any]:
    """For every frame of the film the picture that is seen then. Of times rounded in the file, a quarter of a frame is
    forgiven.

    :param each: seconds that a picture of the file is seen.
    """
    now, frame = next(found, (Fraction(0), None))
    if frame is None:
        raise ArchiveError("no picture in it decodes")
    number, ahead = 0, next(found, None)
    while True:
        due = (number + Fraction(1, 4)) / rate
        while ahead is not None and ahead[0] <= due:
            now, frame = ahead
            ahead = next(found, None)
        yield frame
        number += 1
        if ahead is None and (missing := number / rate - now - each) > _SHORT:
            raise ArchiveError(f"its pictures end at least {float(missing):.2f} s too early")


def _in_form(shown: Iterator[Any], edit: Edit, timeline: Timeline, aspect: Fraction, clip: Clip) -> Reel:
    chain: Chain | None = None
    form, before, made, number = None, None, None, 0
    try:
        for frame in shown:
            if frame is not before:
                found = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
                if found != form:
                    form, number = found, 0
                    chain = fitting_chain(frame, timeline.size, edit.fit, edit.focus, aspect, timeline.rate)
                before, made = frame, frame
                if chain is not None:
                    _numbered((frame,), number, timeline.rate)
                    made = chain.one(frame)
                    number += 1
            yield made
    except ArchiveError as error:
        step = "leave it out of the film, or take less of it."
        raise ArchiveError(f"{clip.called}: {error.happened} Nothing was stored.", cost=said(), step=step) from error


def _dissolve(piece: Piece, one: Reel, two: Reel, rate: Fraction) -> Iterator[Any]:
    """From one reel to the other, by equal steps that begin and end within the two: neither stands still."""
    chain: Chain | None = None
    seconds = float((piece.frames + 1) / rate)
    for number in range(1, piece.frames + 1):
        frames = next(one), next(two)
        if chain is None:
            chain = Chain()
            ends = [chain.source(picture_form(frame, rate)) for frame in frames]
            chain.then("xfade", f"transition=fade:duration={seconds:.6f}:offset=0", behind=ends)
            chain.end()
            # What xfade begins with is the first reel's picture alone; it has been seen, and is dropped.
            _numbered(frames, 0, rate)
            chain.one(*frames)
        _numbered(frames, number, rate)
        yield chain.one(*frames)


def _numbered(frames: Iterable[Any], number: int, rate: Fraction) -> None:
    for frame in frames:
        frame.pts, frame.time_base = number, 1 / rate
