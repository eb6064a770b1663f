"""The server's own thumbnail and spritesheet, where it truly has them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.media.stills import Still, as_stored

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content.source import ContentSource

#: The largest picture that is taken from a server, in bytes.
_LIMIT = 16 << 20

log = logging.getLogger(__name__)


def still_from_server(source: ContentSource, video_id: str, asset: str) -> Still | None:
    """The server's picture, in the format we store; None where it has none.

    A server that ignores ``variant`` answers with the whole video: its type and first bytes decide, not its 200.
    """
    try:
        with source.open_content(video_id, variant=asset) as stream:
            kind = (stream.content_type or "").split(";")[0].strip().lower()
            if kind.startswith(("video/", "text/", "application/json")):
                return None
            data = bytearray()
            for block in stream.iter_bytes(1 << 16):
                data += block
                if not _is_picture(bytes(data[:12])) or len(data) > _LIMIT:
                    return None
            if stream.length is not None and len(data) != stream.length:
                return None
    except SoraError as error:
        # Stills are a convenience: the video is what was paid for, and they can be made from it.
        log.debug("No %s of %s from the server: %s", asset, video_id, error)
        return None
    converted = as_stored(bytes(data), asset)
    return None if converted is None else Still(asset, converted, "server")


def _is_picture(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
