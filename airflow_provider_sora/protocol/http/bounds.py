"""How much of an answer is read, and how long: no server can fill our memory or hold us past our deadline.

A wait says when it ends (:func:`ending_at`), and every request made within it keeps to that, whatever its own timeout.
"""

from __future__ import annotations

import contextvars
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

from airflow_provider_sora.protocol.http.call import NoAnswer

#: Bytes of one answer. A look is small; a page of 100 jobs may hold 100 prompts of 32,000 characters; the answer to a
#: paid request is read whole, since it may hold a video as base64 (Dynamo) and is paid for.
MAX_LOOK = 1 << 20
MAX_PAGE = 1 << 24
MAX_PAID = 1 << 30
MAX_ERROR = 1 << 19
#: Seconds that a look gets even where the wait ends sooner: a retry past its deadline looks once more.
SHORTEST_LOOK = 5.0

_ends_at: contextvars.ContextVar[float | None] = contextvars.ContextVar("sora_ends_at", default=None)


@contextmanager
def ending_at(moment: float) -> Iterator[None]:
    """Within it, a request that costs nothing ends at ``moment`` (Unix seconds), or :data:`SHORTEST_LOOK` from now."""
    token = _ends_at.set(moment)
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_for(timeout: float) -> float:
    """Seconds that one request which costs nothing may take from its first byte out to its last byte in."""
    moment = _ends_at.get()
    return timeout if moment is None else min(timeout, max(moment - time.time(), SHORTEST_LOOK))


class Alarm:
    """Cuts one connection when time is up, headers included: the library's own timeout is for each read, so that one
    byte a second would never end. :meth:`trace` is given to the library, which tells of each connection it makes."""

    def __init__(self, seconds: float) -> None:
        self.rang = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Alarm:
        self._timer.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        stream = info.get("return_value")
        with self._lock:
            self._socket = stream.get_extra_info("socket") if stream is not None else None
            if self.rang:
                self._cut()

    def _ring(self) -> None:
        with self._lock:
            self.rang = True
            self._cut()

    def _cut(self) -> None:
        if self._socket is None:
            return
        with suppress(OSError):  # closed meanwhile
            # The plain socket's own method: whoever reads through TLS sees the end, and closes it.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def bound_error(library: ModuleType, response: Any, seconds: float, asynchronous: bool = False) -> None:
    """Cut an error's body after :data:`MAX_ERROR` bytes or ``seconds``: the SDK reads such bodies whole.

    We ask for plain bytes; what comes packed all the same may unpack to a thousand times its size, so less is read.
    """
    inner = response.stream
    deadline = time.monotonic() + seconds
    plain = response.headers.get("content-encoding", "identity").strip().lower() in ("", "identity")
    limit = MAX_ERROR if plain else MAX_ERROR >> 6

    class Bounded(library.SyncByteStream):  # type: ignore[name-defined]
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in inner:
                yield piece[: limit - size]
                size += len(piece)
                if size >= limit or time.monotonic() > deadline:
                    return

        def close(self) -> None:
            inner.close()

    class AsyncBounded(library.AsyncByteStream):  # type: ignore[name-defined]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for piece in inner:
                yield piece[: limit - size]
                size += len(piece)
                if size >= limit or time.monotonic() > deadline:
                    return

        async def aclose(self) -> None:
            await inner.aclose()

    response.stream = AsyncBounded() if asynchronous else Bounded()


class Meter:
    """Bounds the reading of one body, in bytes and in seconds.

    :raises NoAnswer: from :meth:`add`, when either is exceeded.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.deadline = time.monotonic() + seconds
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > self.limit:
            raise NoAnswer(f"its answer is larger than {self.limit} bytes", connected=True)
        if time.monotonic() > self.deadline:
            raise NoAnswer("its answer did not end in time", connected=True)

    def body(self) -> bytes:
        return b"".join(self.pieces)
