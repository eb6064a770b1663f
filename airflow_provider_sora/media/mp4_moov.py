"""Read duration, size, rate and codecs from a ``moov`` box. What is damaged or unknown reads as None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class MovieHeader:
    """What a ``moov`` box says; None where it does not say or cannot be read.

    :param fragmented: the samples lie in later ``moof`` boxes; ``tracks`` and ``defaults`` tell how to read those.
    :param promised_seconds: length of all fragments together, where the box states it in advance (``mehd``).
    :param defaults: by track id, how many units a sample of a fragment lasts unless it says otherwise.
    """

    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    has_audio: bool | None = None
    fragmented: bool = False
    promised_seconds: float | None = None
    tracks: list[Track] = field(default_factory=list)
    defaults: dict[int, int] = field(default_factory=dict)

    @property
    def samples(self) -> int | None:
        """Pictures in the whole file, where this box lists them."""
        video = first_of(self.tracks, b"vide")
        return video.samples if video is not None and not self.fragmented else None


@dataclass(slots=True)
class Track:
    """One track. Times are in units of ``timescale`` per second."""

    number: int = 0
    handler: bytes = b""
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    timescale: int = 0
    duration: float | None = None
    samples: int | None = None
    sample_bytes: int = 0
    timing: Timing | None = None


@dataclass(slots=True)
class Timing:
    """Samples, their lengths together, and the length of the last one."""

    samples: int = 0
    units: int = 0
    last: int = 0

    def add(self, samples: int, length: int) -> None:
        if samples > 0:
            self.samples, self.units, self.last = self.samples + samples, self.units + samples * length, length

    def rate(self, timescale: int) -> float | None:
        """Samples per second. The last one's length is left out: muxers put the delay of B-frames into it, and with
        two seconds of film the rate would be 23.5 instead of 24."""
        steps, units = self.samples - 1, self.units - self.last
        if not timescale or steps < 1 or units <= 0:
            steps, units = self.samples, self.units
        return round(steps * timescale / units, 3) if timescale and steps and units > 0 else None


def read_moov(body: bytes) -> MovieHeader:
    """Read the payload of a ``moov`` box; never raises."""
    movie = MovieHeader()
    fragment_duration = timescale = 0
    for kind, payload in boxes(memoryview(body)):
        if kind == b"mvhd":
            timescale, duration = _times(payload)
            movie.duration_seconds = _seconds(duration, timescale)
        elif kind == b"trak":
            movie.tracks.append(_read_track(payload))
        elif kind == b"mvex":
            movie.fragmented = True
            fragment_duration = _read_extension(payload, movie) or fragment_duration
    movie.promised_seconds = _seconds(fragment_duration, timescale)
    if not movie.duration_seconds:
        movie.duration_seconds = movie.promised_seconds
    if not movie.duration_seconds:
        movie.duration_seconds = max((t.duration for t in movie.tracks if t.duration), default=None)
    video, audio = first_of(movie.tracks, b"vide"), first_of(movie.tracks, b"soun")
    movie.has_audio = audio is not None if movie.tracks else None
    if video is not None:
        movie.video_codec, movie.width, movie.height = video.codec, video.width, video.height
        if video.timing is not None:
            movie.frame_rate = video.timing.rate(video.timescale)
    if audio is not None:
        movie.audio_codec = audio.codec
    return movie


def first_of(tracks: list[Track], handler: bytes) -> Track | None:
    return next((track for track in tracks if track.handler == handler), None)


def boxes(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The children of a box; stops at the first one that does not fit."""
    at = 0
    while at + 8 <= len(view):
        size, head = integer(view, at, 4), 8
        if size == 1:
            size, head = integer(view, at + 8, 8), 16
        elif size == 0:
            size = len(view) - at
        if size < head or at + size > len(view):
            return
        yield bytes(view[at + 4 : at + 8]), view[at + head : at + size]
        at += size


def integer(view: memoryview, at: int, size: int) -> int:
    return int.from_bytes(view[at : at + size], "big")


def _read_extension(body: memoryview, movie: MovieHeader) -> int:
    promised = 0
    for kind, payload in boxes(body):
        if kind == b"mehd" and len(payload) >= 8:
            promised = integer(payload, 4, 8 if payload[0] == 1 else 4)
        elif kind == b"trex" and len(payload) >= 16:
            movie.defaults[integer(payload, 4, 4)] = integer(payload, 12, 4)
    return promised


def _read_track(body: memoryview) -> Track:
    track = Track()
    for kind, payload in boxes(body):
        if kind == b"tkhd":
            long = payload[:1] == b"\x01"
            track.number = integer(payload, 20 if long else 12, 4)
            at = 88 if long else 76
            if len(payload) >= at + 8:
                track.width = integer(payload, at, 4) >> 16 or None
                track.height = integer(payload, at + 4, 4) >> 16 or None
        elif kind == b"mdia":
            _read_media(payload, track)
    return track


def _read_media(body: memoryview, track: Track) -> None:
    for kind, payload in boxes(body):
        if kind == b"mdhd":
            track.timescale, duration = _times(payload)
            track.duration = _seconds(duration, track.timescale)
        elif kind == b"hdlr":
            track.handler = bytes(payload[8:12])
        elif kind == b"minf":
            for inner, data in boxes(payload):
                if inner == b"stbl":
                    _read_table(data, track)


def _read_table(body: memoryview, track: Track) -> None:
    for kind, payload in boxes(body):
        if kind == b"stsd" and len(payload) >= 16:
            track.codec = bytes(payload[12:16]).decode("latin-1").strip("\0 ") or None
            if track.codec is not None and not (track.codec.isascii() and track.codec.isprintable()):
                track.codec = None
        elif kind in (b"stsz", b"stz2") and len(payload) >= 12:
            track.samples = integer(payload, 8, 4) or None
            each = integer(payload, 4, 4) if kind == b"stsz" else 0
            table = payload[12:] if kind == b"stsz" and not each else payload[:0]
            track.sample_bytes = each * (track.samples or 0) or sum(
                integer(table, at, 4) for at in range(0, len(table) - 3, 4)
            )
        elif kind == b"stts" and len(payload) >= 8:
            timing = Timing()
            for at in range(8, min(len(payload) - 7, 8 + 8 * integer(payload, 4, 4)), 8):
                timing.add(integer(payload, at, 4), integer(payload, at + 4, 4))
            track.timing = timing if timing.samples else None


def _times(payload: memoryview) -> tuple[int, int]:
    """Timescale and duration of an ``mvhd`` or ``mdhd`` box; zeros where it is too short."""
    if payload[:1] == b"\x01":
        return (integer(payload, 20, 4), integer(payload, 24, 8)) if len(payload) >= 32 else (0, 0)
    return (integer(payload, 12, 4), integer(payload, 16, 4)) if len(payload) >= 20 else (0, 0)


def _seconds(duration: int, timescale: int) -> float | None:
    # All bits set means "unknown" in both widths.
    if not timescale or not duration or duration in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
        return None
    return round(duration / timescale, 3)
