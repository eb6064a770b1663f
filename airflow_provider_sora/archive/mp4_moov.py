"""Read duration, size and codecs from a ``moov`` box. What is damaged or unknown reads as None."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class MovieHeader:
    """What a ``moov`` box says; None where it does not say or cannot be read."""

    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    has_audio: bool | None = None


@dataclass(slots=True)
class _Track:
    handler: bytes = b""
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    samples: int | None = None


def read_moov(body: bytes) -> MovieHeader:
    """Read the payload of a ``moov`` box; never raises."""
    movie = MovieHeader()
    tracks: list[_Track] = []
    view = memoryview(body)
    fragment_duration = 0
    timescale = 0
    for kind, payload in _boxes(view):
        if kind == b"mvhd":
            timescale, duration = _times(payload)
            movie.duration_seconds = _seconds(duration, timescale)
        elif kind == b"trak":
            tracks.append(_read_track(payload))
        elif kind == b"mvex":
            for inner, data in _boxes(payload):
                if inner == b"mehd" and len(data) >= 8:
                    fragment_duration = _int(data, 4, 8 if data[0] == 1 else 4)
    if not movie.duration_seconds:
        movie.duration_seconds = _seconds(fragment_duration, timescale)
    if not movie.duration_seconds:
        movie.duration_seconds = max((t.duration for t in tracks if t.duration), default=None)
    video = next((t for t in tracks if t.handler == b"vide"), None)
    audio = next((t for t in tracks if t.handler == b"soun"), None)
    movie.has_audio = audio is not None if tracks else None
    if video is not None:
        movie.video_codec, movie.width, movie.height = video.codec, video.width, video.height
        if video.samples and video.duration:
            movie.frame_rate = round(video.samples / video.duration, 3)
    if audio is not None:
        movie.audio_codec = audio.codec
    return movie


def _boxes(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The children of a box; stops at the first one that does not fit."""
    at = 0
    while at + 8 <= len(view):
        size, head = _int(view, at, 4), 8
        if size == 1:
            size, head = _int(view, at + 8, 8), 16
        elif size == 0:
            size = len(view) - at
        if size < head or at + size > len(view):
            return
        yield bytes(view[at + 4 : at + 8]), view[at + head : at + size]
        at += size


def _read_track(body: memoryview) -> _Track:
    track = _Track()
    for kind, payload in _boxes(body):
        if kind == b"tkhd":
            at = 88 if payload[:1] == b"\x01" else 76
            if len(payload) >= at + 8:
                track.width = _int(payload, at, 4) >> 16 or None
                track.height = _int(payload, at + 4, 4) >> 16 or None
        elif kind == b"mdia":
            _read_media(payload, track)
    return track


def _read_media(body: memoryview, track: _Track) -> None:
    for kind, payload in _boxes(body):
        if kind == b"mdhd":
            timescale, duration = _times(payload)
            track.duration = _seconds(duration, timescale)
        elif kind == b"hdlr":
            track.handler = bytes(payload[8:12])
        elif kind == b"minf":
            for inner, data in _boxes(payload):
                if inner == b"stbl":
                    _read_table(data, track)


def _read_table(body: memoryview, track: _Track) -> None:
    for kind, payload in _boxes(body):
        if kind == b"stsd" and len(payload) >= 16:
            track.codec = bytes(payload[12:16]).decode("latin-1").strip("\0 ") or None
            if track.codec is not None and not (track.codec.isascii() and track.codec.isprintable()):
                track.codec = None
        elif kind in (b"stsz", b"stz2") and len(payload) >= 12:
            track.samples = _int(payload, 8, 4) or None


def _times(payload: memoryview) -> tuple[int, int]:
    """Timescale and duration of an ``mvhd`` or ``mdhd`` box; zeros where it is too short."""
    if payload[:1] == b"\x01":
        return (_int(payload, 20, 4), _int(payload, 24, 8)) if len(payload) >= 32 else (0, 0)
    return (_int(payload, 12, 4), _int(payload, 16, 4)) if len(payload) >= 20 else (0, 0)


def _seconds(duration: int, timescale: int) -> float | None:
    # All bits set means "unknown" in both widths.
    if not timescale or not duration or duration in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
        return None
    return round(duration / timescale, 3)


def _int(view: memoryview, at: int, size: int) -> int:
    return int.from_bytes(view[at : at + size], "big")
