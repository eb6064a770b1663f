"""One open answer that carries content, and where it may come from."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airflow_provider_sora.exceptions import ContentError, ServerFaultError
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.proxy import is_proxied
from airflow_provider_sora.protocol.http.reading.redaction import redact
from airflow_provider_sora.web.guard import NotAnAddress, NotPublic, port_of, resolved, split


@dataclass
class HttpContent:
    """An open answer; see :class:`~airflow_provider_sora.protocol.content.source.ContentStream`."""

    content_type: str | None
    start: int
    length: int | None
    total: int | None
    etag: str | None
    head: bytes = field(repr=False, default=b"")
    rest: Iterator[bytes] = field(repr=False, default=iter(()))
    call: Call | None = field(repr=False, default=None)

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        """The bytes in pieces of about ``chunk_size``; raises ContentError when the transfer breaks."""
        waiting = [self.head]
        size = got = len(self.head)
        try:
            for piece in self.rest:
                waiting.append(piece)
                size += len(piece)
                got += len(piece)
                if size >= chunk_size:
                    yield b"".join(waiting)
                    waiting, size = [], 0
        except NoAnswer as failure:
            if size:
                yield b"".join(waiting)
            secrets = self.call.secrets if self.call else ()
            raise ContentError(
                f"The transfer broke after {got} of {self.length if self.length is not None else 'unknown'} bytes: "
                f"{redact(failure.why, secrets)}. The video is still on the server.",
                step=f"resume from byte {self.start + got}.",
                video_id=self.call.video_id if self.call else None,
            ) from failure
        if size:
            yield b"".join(waiting)


def extent(status: int, headers: Mapping[str, str]) -> tuple[int, int | None, int | None]:
    """Start, announced length and total size of one answer."""
    text = headers.get("content-length", "")
    plain = headers.get("content-encoding", "identity").strip().lower() in ("", "identity")
    length = int(text) if plain and text.isascii() and text.isdigit() else None
    if status != 206:
        return 0, length, length
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", headers.get("content-range", "").strip())
    if not found:
        raise ServerFaultError("The server sent a part of the content without saying which.", step="start again.")
    return int(found[1]), length, None if found[3] == "*" else int(found[3])


def judged(url: str, settings: ConnectionSettings, call: Call) -> list[str]:
    """The IP addresses at which an address that a server gives may be asked; empty where its name may be used.

    An address may lead to the connection's own host, to one of its ``content_hosts``, or to the public internet: not to
    this machine, its neighbours or a cloud's metadata service. Behind a proxy the name goes to the proxy.

    :raises ContentError: it leads elsewhere. Nothing was asked of that host.
    :raises ServerFaultError: its name cannot be resolved for the moment.
    """
    try:
        parts = split(url)
        host = (parts.hostname or "").lower().rstrip(".")
        if host == split(settings.base_url).hostname or host in settings.content_hosts:
            return []
        proxied = is_proxied(parts.scheme, host, settings)
        addresses = resolved(host, port_of(parts))
    except NotAnAddress as error:
        raise ContentError(
            f"{call.server} gives an address for the video that cannot be read ({error}). Nothing was stored; "
            "the video was left as it is.",
            step="look at the server.",
            video_id=call.video_id,
        ) from error
    except NotPublic as error:
        raise ContentError(
            f"{call.server} gives an address for the video that is not fetched: it leads to {error}. Nothing was "
            "stored; the video was left as it is.",
            step=(
                "if that host is your own, name it in the connection's "
                "content_hosts and clear the task that stores the video; nothing is paid again."
            ),
            video_id=call.video_id,
        ) from error
    except OSError as error:
        if proxied:
            return []  # only the proxy knows the names of the world outside
        raise ServerFaultError(
            f"The host of the video's address, {host!r}, cannot be found ({error}). The call costs nothing.",
            step="try again.",
            video_id=call.video_id,
        ) from error
    return [] if proxied else addresses


def inline_content(call: Call, offset: int, text: str) -> HttpContent:
    """Bytes that came as base64 text, from ``offset`` on.

    :raises ContentError: it is no base64.
    """
    try:
        body = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise ContentError(
            f"{call.server} sent the video as base64 text that cannot be read. Nothing was stored.",
            video_id=call.video_id,
        ) from error
    kept = body[offset:]
    start = min(offset, len(body))
    return HttpContent("video/mp4", start, len(kept), len(body), None, kept, iter(()), call)


def past_the_end(call: Call, offset: int, headers: Mapping[str, str]) -> HttpContent:
    """416: the offset is the end of the content (all is there), or the content is another one."""
    found = re.fullmatch(r"bytes \*/(\d+)", headers.get("content-range", "").strip())
    if found and int(found[1]) == offset:
        return HttpContent(None, offset, 0, offset, headers.get("etag"), b"", iter(()), call)
    raise ServerFaultError(
        f"{call.server} cannot resume the download at byte {offset}.",
        step="start again from byte 0.",
        video_id=call.video_id,
        status_code=416,
    )
