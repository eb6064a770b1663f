"""Let the source deliver while the store is still taking the bytes before: one thread, a bounded number of bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable


class ReadAhead:
    """A readable, for one pass, over blocks that a thread of its own fetches. ``with`` ends the thread.

    :param blocks: read in that thread only; an error that it raises is raised again by :meth:`read`.
    :param ahead: bytes that may wait here, besides the block that passes this number.
    :param stop: tells the source, from the reader's thread, that nobody wants the rest.
    """

    def __init__(
        self, blocks: Iterable[bytes], *, ahead: int = 8 << 20, stop: Callable[[], None] | None = None
    ) -> None:
        self._blocks = blocks
        self._ahead = ahead
        self._stop = stop
        self._turn = threading.Condition()
        self._ready: deque[bytes | memoryview] = deque()  # views where a block was split
        self._held = 0  # bytes in _ready
        self._ended = False  # nothing more will come, because of _error if there is one
        self._stopped = False  # nobody will read any more
        self._error: BaseException | None = None
        self._delivered = 0
        self._thread = threading.Thread(target=self._fetch, name="read-ahead", daemon=True)

    def __enter__(self) -> ReadAhead:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Returns once the source is no longer read: when the block that it is at has come, or has timed out."""
        if self._stop is not None:
            self._stop()
        with self._turn:
            self._stopped = True
            self._ready.clear()
            self._turn.notify_all()
        self._thread.join()

    def tell(self) -> int:
        return self._delivered

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, fewer only at the end; all that is left when negative."""
        parts: list[bytes | memoryview] = []
        missing = size
        while missing and (part := self._take(missing)):
            parts.append(part)
            missing -= len(part) if size > 0 else 0
        whole = parts[0] if len(parts) == 1 else None
        data = whole if isinstance(whole, bytes) else b"".join(parts)
        self._delivered += len(data)
        return data

    def _take(self, most: int) -> bytes | memoryview | None:
        with self._turn:
            self._turn.wait_for(lambda: self._ready or self._ended)
            if not self._ready:
                if self._error is not None:
                    raise self._error
                return None
            part = self._ready.popleft()
            if 0 < most < len(part):
                view = memoryview(part)
                self._ready.appendleft(view[most:])
                part = view[:most]
            self._held -= len(part)
            self._turn.notify_all()
            return part

    def _fetch(self) -> None:
        error: BaseException | None = None
        try:
            for block in self._blocks:
                with self._turn:
                    self._turn.wait_for(lambda: self._stopped or self._held < self._ahead)
                    if self._stopped:
                        return
                    self._ready.append(block)
                    self._held += len(block)
                    self._turn.notify_all()
        except BaseException as raised:  # noqa: BLE001 - raised again where it is read
            error = raised
        finally:
            with self._turn:
                self._ended, self._error = True, error
                self._turn.notify_all()
