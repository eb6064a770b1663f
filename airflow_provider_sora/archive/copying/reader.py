"""Read a finished video block by block, healing breaks, and vouch for what was delivered.

The last block is handed out only after the whole was checked (length, MP4 boxes), so an upload that is fed
from here can never be completed with a cut or foreign file. What has no boxes is for a decoder to judge.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import ContentError, RateLimitedError, ServerFaultError, ServerUnreachableError
from airflow_provider_sora.media.judge import PassingCheck
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.stores.hashing import Digest, HasherAside

if TYPE_CHECKING:
    from airflow_provider_sora.media.containers import Container
    from airflow_provider_sora.protocol.content.source import ContentSource, ContentStream

_BLOCK = 1 << 20
#: Seconds; doubled with every break in a row.
_PAUSE = 0.25
#: Seconds; a server that asks for more is left to the task's next try: content lapses while a worker sleeps.
_LONGEST_PAUSE = 60.0
#: Not text/plain: servers call a file so whose kind they do not know, and its first bytes tell.
_REFUSED_TYPES = ("text/html", "text/xml", "application/json", "application/xml", "application/problem+json", "image/")
_HEALED = (ContentError, ServerFaultError, ServerUnreachableError, RateLimitedError)


class ContentReader:
    """The blocks of a :class:`ContentSource`, about 1 MiB each, for one pass. ``with`` closes the connection.

    :param max_stalls: how many times in a row the source may break without a single new byte.
    :param sleep: waits between two attempts, in seconds; by default until :meth:`stop` at the latest.
    :param check: what is looked at while the content passes by; by default all that can be.
    :raises UnsureError: at any block, when the content is no usual MP4, and only a decoder can tell what it is worth.
    :raises ContentError: at any block, when the content is cut, no video, or keeps breaking.
    :raises VideoExpiredError: when the content lapsed meanwhile.
    """

    def __init__(
        self,
        source: ContentSource,
        video_id: str,
        *,
        max_stalls: int = 5,
        sleep: Callable[[float], object] | None = None,
        on_resume: Callable[[int, Exception], None] | None = None,
        check: PassingCheck | None = None,
    ) -> None:
        self._source = source
        self._video_id = video_id
        self._max_stalls = max_stalls
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._on_resume = on_resume
        self._opened: AbstractContextManager[ContentStream] | None = None
        self._blocks: Iterator[bytes] | None = None
        self._waiting = b""  # taken already, to be handed out next
        #: Bytes taken from the source so far, without those read again after a break.
        self.received = 0
        self._etag: str | None = None
        self._hasher = HasherAside()
        self._check = check or PassingCheck()
        #: Size of the content in bytes where the server announces it; known once :meth:`open` returned.
        self.total: int | None = None
        #: Whether the server announced the size, so that a cut is seen whatever the content is.
        self.announced = False
        #: Set when the whole content was read and found whole; ``media`` only where passing by is enough to judge.
        self.digest: Digest | None = None
        self.media: MediaInfo | None = None

    @property
    def container(self) -> Container | None:
        """What the content is; known once :meth:`open` returned."""
        return self._check.container

    def open(self) -> ContentReader:
        """Connect and take the first bytes, so that ``total`` is known, and what the content is. Breaks are healed as
        they are later."""
        while self.container is None and self.digest is None:
            self._waiting += self._fill()
        return self

    def stop(self) -> None:
        """Nobody wants the rest: heal no further break, and end a wait for one. From any thread."""
        self._stopped.set()

    def __iter__(self) -> Iterator[bytes]:
        self.open()
        while self._waiting:
            block, self._waiting = self._waiting, b""
            yield block
            del block  # whoever took it decides how long it lives
            self._waiting = self._fill()

    def __enter__(self) -> ContentReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self._disconnect()
        self._hasher.__exit__(*exc)

    def _fill(self) -> bytes:
        """The next block; empty at the checked end."""
        stalls = 0
        while self.digest is None:
            try:
                if self._blocks is None:
                    self._connect()
                assert self._blocks is not None
                block = next(self._blocks, None)
                if block is None and self.total is not None and self.received < self.total:
                    raise ContentError(f"The connection ended after {self.received} of {self.total} bytes.")
            except _HEALED as error:
                # An answer that is no content before the first byte is the server's word, not a break.
                refused = isinstance(error, ContentError) and self._opened is None and not self.received
                self._disconnect()
                stalls += 1
                if isinstance(error, _FinalContentError) or refused or self._stopped.is_set():
                    raise
                if stalls > self._max_stalls:
                    raise self._gave_up(error, stalls) from error
                if self._on_resume is not None:
                    self._on_resume(self.received, error)
                asked = getattr(error, "retry_after", None) or min(_PAUSE * 2**stalls, 8.0)
                self._sleep(min(asked, _LONGEST_PAUSE))
                if self._stopped.is_set():
                    raise
                continue
            if block is None:
                self._finish()
            elif block:
                self._take(block)
                return block
        return b""

    def _take(self, block: bytes) -> None:
        self.received += len(block)
        if self.total is not None and self.received > self.total:
            raise _FinalContentError(f"The server announced {self.total} bytes and sends more. Nothing was stored.")
        self._check.feed(block)
        self._hasher.update(block)
        if self.received == self.total:
            # The check comes before the last bytes leave this reader, and looks for surplus bytes too.
            if self._surplus():
                raise _FinalContentError(f"The server announced {self.total} bytes and sends more. Nothing was stored.")
            self._finish()

    def _finish(self) -> None:
        self.media = self._check.finish()
        self.digest = self._hasher.digest()
        self.total = self.received
        self._disconnect()

    def _connect(self) -> None:
        opened = self._source.open_content(self._video_id, offset=self.received, etag=self._etag)
        stream = opened.__enter__()
        self._opened = opened
        kind = (stream.content_type or "").split(";")[0].strip().lower()
        if kind.startswith(_REFUSED_TYPES):
            message = f"The server answered with {kind} where a video belongs. Nothing was stored."
            raise _FinalContentError(message, video_id=self._video_id)
        total = stream.total
        if total is None and stream.length is not None:
            total = stream.start + stream.length
        if self.received:
            self._check_same(stream, total)
        else:
            if stream.start:
                raise ContentError(f"The server began at byte {stream.start} instead of 0.")
            self.total, self._etag, self.announced = total, stream.etag, total is not None
        self._blocks = iter(stream.iter_bytes(_BLOCK))
        if self.received and stream.start == 0:
            self._skip_what_we_have()

    def _check_same(self, stream: ContentStream, total: int | None) -> None:
        if self.total is not None and total is not None and total != self.total:
            raise _FinalContentError(
                f"The video changed on the server while it was read ({self.total}, now {total} bytes)."
            )
        if self._etag and stream.etag and stream.etag != self._etag:
            raise _FinalContentError("The video changed on the server while it was read (another ETag).")
        if stream.start not in (0, self.received):
            raise ContentError(f"The server resumed at byte {stream.start} instead of {self.received}.")

    def _skip_what_we_have(self) -> None:
        """The server ignores ranges: read the known part again and make sure that it is the same."""
        assert self._blocks is not None
        again, seen = hashlib.sha256(), 0
        for block in self._blocks:
            part = block[: self.received - seen]
            again.update(part)
            seen += len(part)
            if seen == self.received:
                if again.digest() != self._hasher.sha256_so_far():
                    raise _FinalContentError("The video changed on the server while it was read (another beginning).")
                rest = block[len(part) :]
                self._blocks = _chain(rest, self._blocks) if rest else self._blocks
                return
        raise ContentError(f"The connection ended after {seen} bytes, before the {self.received} already read.")

    def _disconnect(self) -> None:
        opened, self._opened, self._blocks = self._opened, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def _surplus(self) -> bool:
        assert self._blocks is not None
        try:
            return any(self._blocks)
        except _HEALED:
            return False  # everything announced is here; a break after it takes nothing away

    def _gave_up(self, error: Exception, stalls: int) -> ContentError:
        return ContentError(
            f"Reading video {self._video_id} broke {stalls} times without progress at byte {self.received}: {error} "
            "Nothing was stored; the video is paid for and still on the server. A retry costs no second render.",
            video_id=self._video_id,
        )


class _FinalContentError(ContentError):
    """Asking again within this try cannot help."""


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
