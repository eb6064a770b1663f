"""Add up the fragments of an MP4 while they pass by, and find out where one is missing.

A fragmented file that ends behind a fragment is whole to whoever only adds up boxes. What else it says of its own
extent tells: a length promised in advance, an index in front (``sidx``) or behind (``mfra``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from airflow_provider_sora.media.mp4_moov import MovieHeader, Timing, Track, boxes, first_of, integer

#: Seconds by which fragments may fall short of the length promised in advance: rounding, and a track's lead.
_SHORTFALL = 0.5


@dataclass(slots=True)
class Fragments:
    """What the boxes between and around fragments say; positions are in bytes from the file's beginning.

    :param starts: where fragments begin; ``listed``: where they should, by the list behind them.
    :param end: where the file should end, by the index before them.
    :param waiting: the last fragment's media data has not come yet.
    """

    starts: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)
    end: int = 0
    waiting: bool = False
    _tracks: dict[int, Timing] = field(default_factory=dict)
    _defaults: dict[int, int] = field(default_factory=dict)

    def begin(self, movie: MovieHeader) -> None:
        self._defaults = movie.defaults

    def add_fragment(self, body: bytes) -> None:
        """A ``moof`` box."""
        for kind, payload in boxes(memoryview(body)):
            if kind == b"traf":
                self._add_run(list(boxes(payload)))

    def _add_run(self, parts: Iterable[tuple[bytes, memoryview]]) -> None:
        number = default = 0
        for kind, payload in parts:
            flags = integer(payload, 1, 3)
            if kind == b"tfhd" and len(payload) >= 8:
                number = integer(payload, 4, 4)
                at = 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
                default = integer(payload, at, 4) if flags & 0x8 else self._defaults.get(number, 0)
            elif kind == b"trun" and len(payload) >= 8:
                timing = self._tracks.setdefault(number, Timing())
                count = integer(payload, 4, 4)
                if not flags & 0x100:
                    timing.add(count, default)
                    continue
                step = 4 * (flags >> 8 & 0xF).bit_count()
                at = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
                for place in range(at, min(at + count * step, len(payload) - 3), step):
                    timing.add(1, integer(payload, place, 4))

    def add_index(self, after: int, body: bytes) -> None:
        """A ``sidx`` box that ends at ``after``: it lists the sizes of what follows."""
        view = memoryview(body)
        long = view[:1] == b"\x01"
        at = 28 if long else 20
        if len(view) < at + 4:
            return
        sizes = (integer(view, place, 4) & 0x7FFFFFFF for place in range(at + 4, len(view) - 11, 12))
        self.end = max(self.end, after + integer(view, at - (8 if long else 4), 8 if long else 4) + sum(sizes))

    def add_directory(self, body: bytes) -> None:
        """An ``mfra`` box: where the fragments begin."""
        for kind, payload in boxes(memoryview(body)):
            if kind != b"tfra" or len(payload) < 16:
                continue
            width = 8 if payload[0] == 1 else 4
            lengths = integer(payload, 8, 4)
            step = 2 * width + sum((lengths >> shift & 3) + 1 for shift in (4, 2, 0))
            for at in range(16, min(16 + step * integer(payload, 12, 4), len(payload) - step + 1), step):
                self.listed.add(integer(payload, at + width, width))

    def seconds(self, movie: MovieHeader) -> float | None:
        """Length of the pictures, or without any of the longest track: encoders pad sound at both ends."""
        video = first_of(movie.tracks, b"vide")
        found = [seconds for track in ([video] if video else movie.tracks) if (seconds := self._length(track))]
        return round(max(found), 3) if found else None

    def _length(self, track: Track) -> float:
        timing = self._tracks.get(track.number)
        if timing is None or not track.timescale:
            return 0.0
        return (timing.units + (track.timing.units if track.timing else 0)) / track.timescale

    def frame_rate(self, movie: MovieHeader) -> float | None:
        video = first_of(movie.tracks, b"vide")
        timing = None if video is None else self._tracks.get(video.number)
        return None if video is None or timing is None else timing.rate(video.timescale)

    def missing(self, length: int) -> str | None:
        """What of the file is certainly not there, as far as its own lists say so.

        :param length: of the file, in bytes.
        """
        if self.waiting:
            return "its last fragment has no media data"
        if self.end > length:
            return f"its index lists {self.end - length} bytes more than there are"
        if gone := self.listed - self.starts:
            return f"{len(gone)} of the fragments that it lists are not there"
        return None

    def shortfall(self, movie: MovieHeader | None) -> str | None:
        """What it promised in advance and does not hold; a tool that cuts films may leave the old promise in."""
        seconds = None if movie is None else self.seconds(movie)
        promised = None if movie is None else movie.promised_seconds
        if seconds is not None and promised is not None and seconds < promised - _SHORTFALL:
            return f"its fragments last {seconds:g} s, where its beginning promises {promised:g} s"
        return None
