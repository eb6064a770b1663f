"""What a video file says about itself, and the doubts that only more than its bytes in passing can settle."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.exceptions import ContentError


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the file says about itself; None where it does not say.

    :param duration_seconds: of the whole presentation.
    :param frame_rate: frames per second on average.
    :param video_codec: an MP4's sample entry such as ``avc1``, of other files the codec's name such as ``vp9``;
        ``audio_codec`` likewise (``mp4a``, ``opus``).
    :param c2pa: whether a C2PA manifest box is present; its signature is not checked.
    """

    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    has_audio: bool | None = None
    c2pa: bool = False

    @property
    def size(self) -> str | None:
        return f"{self.width}x{self.height}" if self.width and self.height else None


class UnsureError(ContentError):
    """The file is neither certainly whole nor certainly cut; its message says why, and goes into the receipt."""


class SurplusError(UnsureError):
    """Something follows behind a whole video: a decoder can tell what it is worth."""


class ShortfallError(UnsureError):
    """It is less than what is said of it, and not even a decoder can tell whether something is missing."""
