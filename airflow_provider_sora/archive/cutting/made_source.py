"""What was made here, handed to the archive as if a server sent it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import UnsupportedByServerError

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content.source import ContentStream


class MadeSource:
    """A content source whose one video is made when it is first asked for, so that a repeated call makes nothing.

    :param make: makes it and returns its path.
    """

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make
        self._path: str | None = None

    @contextlib.contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[ContentStream]:
        if variant:
            raise UnsupportedByServerError("What is made here has no stills of a server's making.")
        if self._path is None:
            self._path = self._make()
        with open(self._path, "rb") as stream:
            stream.seek(offset)
            yield _FileContent(stream, os.path.getsize(self._path), offset)


class _FileContent:
    """An open file as a content stream."""

    content_type: str | None = "video/mp4"
    etag: str | None = None

    def __init__(self, stream: Any, total: int, start: int) -> None:
        self._stream = stream
        self.total: int | None = total
        self.start = start
        self.length: int | None = total - start

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        while block := self._stream.read(chunk_size):
            yield block
