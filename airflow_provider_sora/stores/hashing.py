"""crc32c and sha256 of what passes by, in one pass."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digest:
    """What was read: ``crc32c`` in the base64 form that Cloud Storage uses, ``sha256`` in hex."""

    size: int
    crc32c: str
    sha256: str


class Hasher:
    """crc32c and sha256 of a stream in one pass."""

    def __init__(self) -> None:
        import google_crc32c

        self._crc = google_crc32c.Checksum()
        self._sha = hashlib.sha256()
        self.size = 0

    def update(self, data: bytes) -> None:
        self._crc.update(data)
        self._sha.update(data)
        self.size += len(data)

    def digest(self) -> Digest:
        return Digest(self.size, base64.b64encode(self._crc.digest()).decode("ascii"), self._sha.hexdigest())

    def sha256_so_far(self) -> bytes:
        return self._sha.digest()
