"""The sound of a film's clips: exactly the samples that its pictures last, in pieces of a second or less."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from airflow_provider_sora.media.cut.clip_facts import begin_of, opened, unreadable
from airflow_provider_sora.media.cut.edit import Clip
from airflow_provider_sora.media.cut.graph import Chain
from airflow_provider_sora.media.cut.timeline import SAMPLES, Timeline

#: Of sound whose stated time is off by less, the time is taken for rounded: nothing is filled or dropped.
_GAP = Fraction(1, 50)
_JUMP = 1


class SoundReel:
    """The sound of a file from a moment on, handed out by the sample; where there is none, silence.

    :param start: seconds from the file's first picture, or, of a file without pictures, from its begin.
    :raises ArchiveError: the file cannot be read.
    """

    def __init__(self, path: str, start: Fraction, called: str, gain_db: float = 0.0) -> None:
        from av.audio.fifo import AudioFifo

        self._called = called
        self._fifo: Any = AudioFifo()
        self._blocks = iter(()) if gain_db == -math.inf else _blocks(path, start, called)
        self._gain = _gain(gain_db) if gain_db else None
        #: Samples that came out of the file so far.
        self.delivered = 0
        self.over = False

    def take(self, samples: int) -> Any:
        """The next ``samples``, filled up with silence behind the sound's end."""
        found = self.some(samples)
        missing = samples - (found.samples if found is not None else 0)
        if not missing:
            return found
        if found is not None:
            found.pts = None
            self._fifo.write(found)
        self._fifo.write(silence(missing))
        return self._fifo.read(samples)

    def some(self, samples: int) -> Any | None:
        """The next ``samples``, or as many as there are; None at the end."""
        import av

        try:
            while self._fifo.samples < samples and not self.over:
                block = next(self._blocks, None)
                if block is None:
                    self.over = True
                else:
                    block.pts = None
                    self._fifo.write(self._louder(block))
        except (av.error.FFmpegError, OSError) as error:
            raise unreadable(self._called, error) from error
        ready = min(samples, self._fifo.samples)
        self.delivered += ready
        return self._fifo.read(ready) if ready else None

    def _louder(self, block: Any) -> Any:
        if self._gain is None:
            return block
        block.pts = 0
        made = self._gain.one(block)
        made.pts = None
        return made

    def close(self) -> None:
        if hasattr(self._blocks, "close"):
            self._blocks.close()


def silence(samples: int) -> Any:
    import av

    frame = av.AudioFrame(format="fltp", layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = SAMPLES
    return frame


def _gain(decibel: float) -> Chain:
    chain = Chain(sound=True)
    chain.source()
    chain.then("volume", f"{decibel}dB:precision=float")
    chain.end()
    return chain


def _blocks(path: str, start: Fraction, called: str) -> Iterator[Any]:
    """The file's sound in the film's form, from ``start`` on, in its place: gaps filled, what overlaps left out."""
    with opened(path, called) as file:
        if not file.streams.audio:
            return
        track = file.streams.audio[0]
        begin = begin_of(file.streams.video[0]) if file.streams.video else begin_of(track)
        if start > _JUMP:
            file.seek(int((begin + start - _JUMP / Fraction(2)) / track.time_base), stream=track, backward=True)
        at: int | None = None
        for stated, block in _resampled(file, track):
            place = round((stated - begin - start) * SAMPLES)
            if at is None:
                at = 0
                if place > 0:
                    yield from _silences(place)
                    at = place
            elif place - at > _GAP * SAMPLES:
                yield from _silences(place - at)
                at = place
            dropped = 0 if at - place <= _GAP * SAMPLES and at > 0 else max(0, at - place)
            if dropped >= block.samples:
                continue
            block = _without_first(block, dropped) if dropped else block
            at += block.samples
            yield block


def _resampled(file: Any, track: Any) -> Iterator[tuple[Fraction, Any]]:
    """Blocks in the film's form with the seconds at which the file puts them."""
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="fltp", layout="stereo", rate=SAMPLES)
    at = Fraction(0)
    for frame in itertools.chain(file.decode(track), (None,)):
        for block in resampler.resample(frame):
            if block.pts is not None and block.time_base is not None:
                at = block.pts * block.time_base
            yield at, block
            at += Fraction(block.samples, SAMPLES)


def _silences(samples: int) -> Iterator[Any]:
    while samples > 0:
        part = min(samples, SAMPLES)
        yield silence(part)
        samples -= part


def _without_first(block: Any, samples: int) -> Any:
    from av.audio.fifo import AudioFifo

    fifo: Any = AudioFifo()
    block.pts = None
    fifo.write(block)
    fifo.read(samples)
    return fifo.read(block.samples - samples)


def clips_sound(timeline: Timeline) -> Iterator[Any]:
    """All of the clips' own sound, one block after the other; together ``timeline.sample(timeline.frames)`` samples."""
    reels: dict[int, SoundReel] = {}

    def reel(number: int, first: int) -> SoundReel:
        if first == 0 or number not in reels:
            reels[number] = _reel_of(timeline, number, first)
        return reels[number]

    for piece in timeline.pieces:
        span = piece.span
        heard = reel(span.shot, span.first)
        ends = _seconds_of(timeline, piece.begin, piece.end)
        if piece.into is None:
            for samples in ends:
                yield heard.take(samples)
        else:
            yield from _dissolve(ends, heard, reel(piece.into.shot, piece.into.first))
        if span.first + span.frames == timeline.shots[span.shot].frames:
            heard.close()


def _reel_of(timeline: Timeline, number: int, first: int) -> SoundReel:
    shot = timeline.shots[number].shot
    start = first / timeline.rate
    if isinstance(shot, Clip):
        return SoundReel(shot.source, Fraction(shot.start) + start, shot.called, shot.gain_db)
    return SoundReel("", start, shot.called, -math.inf)


def _seconds_of(timeline: Timeline, begin: int, end: int) -> list[int]:
    """Samples of a stretch of the film, in parts of at most a second."""
    first, last = timeline.sample(begin), timeline.sample(end)
    return [min(SAMPLES, last - at) for at in range(first, last, SAMPLES)]


def _dissolve(parts: list[int], one: SoundReel, two: SoundReel) -> Iterator[Any]:
    """One sound fades out while the other fades in, of equal power in all."""
    whole = sum(parts)
    chain = Chain(sound=True)
    first, second = chain.source(), chain.source()
    out = chain.then("afade", f"t=out:ss=0:ns={whole}:curve=qsin", behind=(first,))
    into = chain.then("afade", f"t=in:ss=0:ns={whole}:curve=qsin", behind=(second,))
    chain.then("amix", "inputs=2:normalize=0:duration=longest", behind=(out, into))
    chain.end()
    at = 0
    for samples in parts:
        blocks = one.take(samples), two.take(samples)
        for block in blocks:
            block.pts, block.time_base = at, Fraction(1, SAMPLES)
        at += samples
        yield from chain.push(*blocks)
    yield from chain.push(None, None)
