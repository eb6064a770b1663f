"""How far a file can be vouched for: by its boxes, by a decoder, or not at all. What was paid for is kept either way.

Refused is only what is certainly no whole video: a page, a text, a picture, a file that is cut.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, BinaryIO

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.media.containers import HEAD, MATROSKA, UNCHECKED, WEBM, Container, container_of, described
from airflow_provider_sora.media.decoder import decode
from airflow_provider_sora.media.matroska import check_elements
from airflow_provider_sora.media.media_info import MediaInfo, ShortfallError, SurplusError
from airflow_provider_sora.media.mp4 import BoxWalker

_BLOCK = 1 << 20
_NO_DECODER = "no decoder is installed on this worker (airflow-provider-sora[media])"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an archived video is held to be.

    :param container: gives its name and type; :data:`~airflow_provider_sora.media.containers.UNCHECKED` where
        nobody vouches for it.
    :param by: ``"boxes"``, ``"decoder"``, or None where nobody vouches for it.
    :param reason: what is unusual about it, or why nobody vouches for it.
    """

    container: Container
    media: MediaInfo
    by: str | None
    reason: str | None = None

    def entry(self) -> dict[str, Any]:
        """As the receipt states it."""
        return {"result": "checked" if self.by else "unchecked", "by": self.by, "reason": self.reason}


class PassingCheck:
    """Checks content while it passes by: what it is, and, where it is made of boxes, that it is whole.

    :param structure: whether the boxes are followed; without, only the first bytes are looked at.
    :param seconds: how long the server says the video is; None where it does not.
    """

    def __init__(self, *, structure: bool = True, seconds: float | None = None) -> None:
        self._structure = structure
        self._seconds = seconds
        self._head = b""
        self._walker = BoxWalker()
        #: Known after 64 bytes, or at the end.
        self.container: Container | None = None

    @property
    def judges(self) -> bool:
        """Whether the end of the content will bring a verdict, now that it is known what it is."""
        return self._structure and self.container is not None and self.container.boxes

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        :raises ContentError: as soon as they cannot be a video.
        """
        if self.container is None:
            self._head += data
            if len(self._head) >= HEAD:
                self._recognise()
        elif self.judges:
            self._walker.feed(data)

    def finish(self) -> MediaInfo | None:
        """The end was reached; None where passing by is not enough to judge.

        :raises UnsureError: it is no usual file, and only a decoder can tell what it is worth.
        :raises ContentError: it is cut, or no video.
        """
        if self.container is None:
            self._recognise()
        if not self.judges:
            return None
        return self._walker.finish(stated_seconds=self._seconds)

    def _recognise(self) -> None:
        head, self._head = self._head, b""
        self.container = container_of(head[:HEAD]) if head else None
        if self.container is None:
            what = described(head[:HEAD]) if head else "an empty answer"
            raise ContentError(f"The server sent {what} where a video belongs. Nothing was stored.")
        if self.judges:
            self._walker.feed(head)


def judge(path: str, *, announced: bool, seconds: float | None = None) -> Verdict:
    """Look at a file on this worker's disk.

    :param announced: the server said how many bytes there are, and these are all; a cut would have been seen.
    :param seconds: how long the server says the video is.
    :raises ContentError: it is certainly no whole video, or asking again may bring more of it.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD)
        container = container_of(head)
        if container is None:
            raise ContentError(f"The server sent {described(head)} where a video belongs. Nothing was stored.")
        if container.boxes:
            return _by_boxes(file, path, container, announced, seconds)
        if container is UNCHECKED:
            return Verdict(UNCHECKED, MediaInfo(), None, "its kind is unknown here")
        odd, whole = None, announced
        if container in (WEBM, MATROSKA):
            whole = True
            if not check_elements(file, os.path.getsize(path)):
                odd = "behind the video bytes follow that belong to no element"
    if not whole:
        odd = "the server does not say how many bytes there are, so nobody can tell whether it is whole"
    return _by_decoder(path, container, None, odd, trusted=whole)


def _by_boxes(file: BinaryIO, path: str, container: Container, announced: bool, seconds: float | None) -> Verdict:
    walker = BoxWalker()
    file.seek(0)
    while block := file.read(_BLOCK):
        walker.feed(block)
    try:
        return Verdict(container, walker.finish(stated_seconds=seconds), "boxes")
    except ShortfallError as error:
        if not announced:
            raise ContentError(
                f"The video seems to be cut: {error.message}, and the server does not say how many bytes there are. "
                "Nothing was stored."
            ) from error
        return _by_decoder(path, container, walker, error.message, trusted=False)
    except SurplusError as error:
        return _by_decoder(path, container, walker, error.message, trusted=True)


def _by_decoder(
    path: str, container: Container, walker: BoxWalker | None, odd: str | None, *, trusted: bool
) -> Verdict:
    """:param trusted: a file that decodes is whole."""
    decoded = decode(path, container)
    if walker is not None:
        media = walker.media()
    else:
        media = decoded.media if decoded is not None and decoded.media is not None else MediaInfo()
    listed = walker.pictures if walker is not None else None
    why = None
    if decoded is None:
        why = _NO_DECODER
    elif decoded.problem is not None:
        why = f"as {container.label} {decoded.problem}"
    elif listed and decoded.pictures < listed:
        why = f"{decoded.pictures} of its {listed} pictures decode"
    if trusted and why is None:
        return Verdict(container, media, "decoder", odd)
    return Verdict(UNCHECKED, media, None, "; ".join(part for part in (odd, why) if part))
