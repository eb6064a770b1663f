"""What a finished video's bytes are read through, see :mod:`airflow_provider_sora.protocol.content.download`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class ContentStream(Protocol):
    """One open answer that carries content bytes.

    ``start`` is the offset of its first byte: 0 when the server ignored a range. ``length`` is the number
    of bytes this answer announces, or None; ``total`` the size of the whole content, or None.
    """

    content_type: str | None
    start: int
    length: int | None
    total: int | None
    etag: str | None

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        """The bytes; raises :class:`~airflow_provider_sora.exceptions.ContentError` when the transfer breaks."""
        ...


class ContentSource(Protocol):
    """Anything that opens the content of a finished video; the hook is one."""

    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> AbstractContextManager[ContentStream]:
        """Open content, or ``"thumbnail"`` / ``"spritesheet"`` as variant, from byte ``offset`` on.

        :raises VideoExpiredError: the content is gone.
        :raises VideoNotFoundError: the id is unknown.
        :raises UnsupportedByServerError: this server has no such variant.
        :raises ContentError: the answer is no content (JSON, HTML).
        :raises ServerFaultError: the server failed; safe to repeat.
        """
        ...
