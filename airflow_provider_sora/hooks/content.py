"""The part of the hook that hands out the bytes of finished videos."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.hooks import arguments
from airflow_provider_sora.hooks.base import SoraConnectionHook
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.content.source import ContentStream

#: A video read into memory whole (``download_content``) may be this large.
MAX_DOWNLOAD = 1 << 30


class SoraContentHook(SoraConnectionHook):
    """Base of :class:`~airflow_provider_sora.hooks.sora.SoraHook`; use that one."""

    def __init__(self, sora_conn_id: str = SoraConnectionHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(sora_conn_id, **kwargs)
        #: The job as this process's create call returned it: some servers hand the video out in that answer only.
        self._made: VideoJob | None = None

    @contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[ContentStream]:
        """Open a finished video's bytes, or a still's, for reading piece by piece; nothing is checked or healed here.

        :param variant: ``"thumbnail"`` or ``"spritesheet"``; None for the video.
        :param offset: first byte wanted; the stream's ``start`` says where the server really began.
        :raises VideoExpiredError: the content is gone. :raises ContentError: the answer is no content.
        """
        from airflow_provider_sora.protocol.content.download import open_content

        video_id, variant = arguments.checked_id("video_id", video_id), arguments.checked_variant(variant)
        made = self._made if self._made is not None and self._made.id == video_id else None
        with open_content(
            self.get_conn(), video_id, variant=variant, offset=offset, etag=etag, made_here=made
        ) as stream:
            yield stream

    def download_to(
        self, video_id: str, path: str | os.PathLike[str], *, variant: str | None = None, overwrite: bool = False
    ) -> Path:
        """Write a finished video, or a still, to a local file: streamed, checked, and never half a file.

        A broken transfer goes on where it broke. The file appears under its name once it is whole.

        :param path: the file to write; its folder must exist.
        :param variant: ``"thumbnail"`` or ``"spritesheet"``; None for the video.
        :param overwrite: replace a file that is there already.
        :returns: the path.
        :raises ConfigurationError: an argument is wrong, or the file exists; nothing was downloaded.
        :raises ContentError: what came is not whole, or no video; no file was written.
        :raises VideoExpiredError: the content is gone from the server.
        """
        from airflow_provider_sora.hooks.download import download_to
        from airflow_provider_sora.hooks.noted import note_written

        video_id, variant = arguments.checked_id("video_id", video_id), arguments.checked_variant(variant)
        written = download_to(self, video_id, path, variant=variant, overwrite=overwrite)
        note_written(self, written, video_id, variant)
        return written

    def download_content(self, video_id: str, variant: str | None = None) -> bytes:
        """A video or still as bytes in memory; ``download_to`` for anything large.

        :raises ContentError: the transfer broke, or there is more than 1 GiB.
        """
        body = bytearray()
        with self.open_content(video_id, variant=variant) as stream:
            for piece in stream.iter_bytes():
                body += piece
                if len(body) > MAX_DOWNLOAD:
                    raise ContentError("The video is larger than 1 GiB.", step="use download_to.", video_id=video_id)
            if stream.total is not None and len(body) != stream.total:
                raise ContentError(f"Only {len(body)} of {stream.total} bytes came.", video_id=video_id)
        return bytes(body)
