"""Ask a real decoder whether a file is a video, and what it is. Every picture is decoded, one in memory at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.media.containers import Container
from airflow_provider_sora.media.media_info import MediaInfo


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder made of a file.

    :param media: what the file says of itself; None where it does not decode.
    :param pictures: how many were decoded.
    :param problem: why it does not decode, without any byte of the file.
    """

    media: MediaInfo | None = None
    pictures: int = 0
    problem: str | None = None


def decode(path: str, container: Container) -> Decoded | None:
    """Decode the first video track of a file from its first picture to its last; None where no decoder is installed.

    The container is given and not guessed: among what a decoder would guess are lists of other files and addresses.
    """
    try:
        import av
    except ImportError:
        return None
    try:
        with av.open(path, format=container.demuxer) as opened:
            if not opened.streams.video:
                return Decoded(problem="it holds no pictures")
            video = opened.streams.video[0]
            video.thread_type = "AUTO"
            pictures, first, last = 0, None, 0.0
            for frame in opened.decode(video):
                pictures += 1
                if frame.is_corrupt:
                    return Decoded(problem=f"its picture {pictures} is damaged")
                if frame.time is not None:
                    first = frame.time if first is None else min(first, frame.time)
                    last = max(last, frame.time)
            media = _media(opened, pictures, last - (first or 0.0))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        return Decoded(problem=f"the decoder ended with {type(error).__name__}")
    return Decoded(media, pictures) if pictures else Decoded(problem="no picture in it decodes")


def _media(opened: Any, pictures: int, span: float) -> MediaInfo:
    """:param span: seconds from the first picture to the last."""
    video = opened.streams.video[0]
    sounds = opened.streams.audio
    rate = round((pictures - 1) / span, 3) if span > 0 else None
    if rate is not None and video.average_rate and abs(rate - float(video.average_rate)) < 0.01 * rate:
        rate = round(float(video.average_rate), 3)  # times in the file are rounded to milliseconds
    stated = opened.duration
    seconds = stated / 1_000_000 if stated else span + (1 / rate if rate else 0.0)
    return MediaInfo(
        duration_seconds=round(seconds, 3) or None,
        width=video.width or None,
        height=video.height or None,
        frame_rate=rate,
        video_codec=video.codec_context.codec.canonical_name or None,
        audio_codec=sounds[0].codec_context.codec.canonical_name if sounds else None,
        has_audio=bool(sounds),
    )
