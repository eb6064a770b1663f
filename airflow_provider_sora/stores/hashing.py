"""crc32c and sha256 of what passes by, in one pass; where somebody waits for the bytes, in a thread beside it."""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Digest:
    """What was read: ``crc32c`` in the base64 form that Cloud Storage uses, ``sha256`` in hex."""

    size: int
    crc32c: str
    sha256: str


class Checksum:
    """crc32c alone, which costs a fifteenth of both."""

    def __init__(self) -> None:
        import google_crc32c

        self._crc = google_crc32c.Checksum()
        self.size = 0

    def update(self, data: bytes) -> None:
        self._crc.update(data)
        self.size += len(data)

    def crc32c(self) -> str:
        return base64.b64encode(self._crc.digest()).decode("ascii")


class Hasher(Checksum):
    """crc32c and sha256 of a stream in one pass."""

    def __init__(self) -> None:
        super().__init__()
        self._sha = hashlib.sha256()

    def update(self, data: bytes) -> None:
        super().update(data)
        self._sha.update(data)

    def digest(self) -> Digest:
        return Digest(self.size, self.crc32c(), self._sha.hexdigest())

    def sha256_so_far(self) -> bytes:
        return self._sha.digest()


class HasherAside:
    """A :class:`Hasher` whose work is done in a thread of its own, beside others: hashing lets go of the interpreter's
    lock. At most :attr:`BEHIND` blocks wait for it, so memory stays bounded. ``with`` ends the thread.
    """

    BEHIND = 8

    def __init__(self) -> None:
        self._hasher = Hasher()
        self._thread = ThreadPoolExecutor(1, "hashing")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def update(self, data: bytes) -> None:
        """``data`` must not change afterwards. Returns before it is hashed, unless too much waits already."""
        self._waiting.append(self._thread.submit(self._hasher.update, data))
        self._catch_up(self.BEHIND)

    def digest(self) -> Digest:
        self._catch_up(0)
        return self._hasher.digest()

    def sha256_so_far(self) -> bytes:
        self._catch_up(0)
        return self._hasher.sha256_so_far()

    def _catch_up(self, allowed: int) -> None:
        while len(self._waiting) > allowed:
            self._waiting.popleft().result()
