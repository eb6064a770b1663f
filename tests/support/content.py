"""Content sources for archive tests: one in memory, and an HTTP server that misbehaves by rule."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import ContentError, UnsupportedByServerError


@dataclass
class MemoryStream:
    """A content stream over bytes; ``break_at`` ends it with an error at that offset of the content."""

    data: bytes
    start: int = 0
    content_type: str | None = "video/mp4"
    total: int | None = None
    length: int | None = None
    etag: str | None = None
    break_at: int | None = None

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        end = len(self.data) if self.break_at is None else min(self.break_at, len(self.data))
        for at in range(self.start, end, chunk_size):
            yield self.data[at : min(at + chunk_size, end)]
        if self.break_at is not None:
            raise ContentError("The connection broke.")


@dataclass
class MemorySource:
    """A server with one video; counts what it gave away.

    :param breaks: offsets at which successive connections break; later ones go through.
    :param ranges: whether offsets are honoured.
    """

    data: bytes
    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    ranges: bool = True
    announce: bool = True
    lie: int = 0
    etag: str | None = '"1"'
    content_type: str | None = "video/mp4"
    opened: list[tuple[str | None, int]] = field(default_factory=list)

    @contextlib.contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[Any]:
        self.opened.append((variant, offset))
        if variant is not None:
            if variant not in self.pictures:
                raise UnsupportedByServerError("This server has no such variant.")
            kind, data = self.pictures[variant]
            yield MemoryStream(data, content_type=kind, total=len(data), length=len(data))
            return
        start = offset if self.ranges else 0
        total = len(self.data) + self.lie if self.announce else None
        yield MemoryStream(
            self.data,
            start=start,
            content_type=self.content_type,
            total=total,
            length=None if total is None else total - start,
            etag=self.etag,
            break_at=self.breaks.pop(0) if self.breaks else None,
        )
