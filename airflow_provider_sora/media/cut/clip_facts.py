"""What counts of a clip's file, read from its head; no picture is decoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.media.cut.timeline import Facts
from airflow_provider_sora.paid import said

#: Rates that a file with rounded times means.
_RATES = tuple(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)) + tuple(
    Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60)
)
_NEAR = Fraction(1, 2000)
#: What may be opened. Among what a decoder would guess are lists of other files and addresses.
_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,ogg,flv,wav,w64,mp3,aac,flac,aiff"


def facts_of(path: str, called: str) -> Facts:
    """Length, rate, size and whether there is sound.

    :param called: what to call the file in messages.
    :raises ConfigurationError: it holds no pictures, or does not say how long it is.
    :raises ArchiveError: it cannot be read.
    """
    with opened(path, called) as file:
        video = pictures_in(file, called)
        rate = _rate(video)
        seconds = _seconds(file, video)
        if not seconds or not rate:
            raise ConfigurationError(
                f"{called} does not say {'how long it is' if rate else 'its frame rate'}.",
                step="give it as MP4, which does.",
            )
        width, height = video.codec_context.width, video.codec_context.height
        aspect = aspect_of(video)
        return Facts(seconds, rate, round(width * aspect), height, bool(file.streams.audio))


def sound_seconds(path: str, called: str) -> Fraction:
    """How long a file of sound is.

    :raises ConfigurationError: it holds no sound, or does not say how long it is.
    :raises ArchiveError: it cannot be read.
    """
    with opened(path, called) as file:
        found = Fraction(file.duration or 0, 1_000_000)
        if not file.streams.audio or not found:
            raise ConfigurationError(
                f"{called} {'does not say how long it is' if file.streams.audio else 'holds no sound'}.",
                step="give it as WAV, MP3 or M4A.",
            )
        return found


def opened(path: str, called: str) -> Any:
    """The file, to be closed by a ``with``.

    :raises ArchiveError: it cannot be read.
    """
    import av

    try:
        return av.open(path, options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError) as error:
        raise unreadable(called, error) from error


def unreadable(called: str, error: Exception) -> ArchiveError:
    return ArchiveError(
        f"{called} cannot be read: {type(error).__name__}: {error}. Nothing was stored.",
        cost=said(),
        step="bring the file back as it was, or leave it out.",
    )


def pictures_in(file: Any, called: str) -> Any:
    """The track of pictures; an attached cover is none.

    :raises ConfigurationError: there is none.
    """
    from av.stream import Disposition

    for track in file.streams.video:
        if not track.disposition & Disposition.attached_pic:
            return track
    raise ConfigurationError(f"{called} holds no pictures.", step="leave it out of the film.")


def aspect_of(video: Any) -> Fraction:
    """Width of a stored pixel by its height."""
    return Fraction(video.sample_aspect_ratio or 1) or Fraction(1)


def begin_of(video: Any) -> Fraction:
    """Seconds at which a file's pictures begin; its sound is counted from there."""
    return Fraction(video.start_time or 0) * (video.time_base or 0)


def _rate(video: Any) -> Fraction:
    found = Fraction(video.average_rate or video.guessed_rate or 0)
    near = [rate for rate in _RATES if abs(found / rate - 1) < _NEAR]
    return near[0] if near else found.limit_denominator(1001)


def _seconds(file: Any, video: Any) -> Fraction:
    if video.duration and video.time_base:
        return Fraction(video.duration) * video.time_base
    # Matroska states the length of the whole file only, from its first time to its last.
    whole = Fraction(file.duration or 0, 1_000_000)
    return whole - max(Fraction(0), begin_of(video) - Fraction(file.start_time or 0, 1_000_000))
