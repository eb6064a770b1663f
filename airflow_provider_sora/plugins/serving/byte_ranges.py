"""Which bytes a player asks for: the ``Range`` header of RFC 9110, one range at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})", re.IGNORECASE)


class NotSatisfiableError(ValueError):
    """The range begins behind the end: 416."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from ``start`` up to and without ``stop``; ``whole`` where the answer is 200 and not 206."""

    start: int
    stop: int
    whole: bool

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def part_of(header: str | None, size: int) -> Part:
    """The part that a header asks for; the whole where there is none, or one that servers may ignore.

    :param size: of the object, in bytes.
    :raises NotSatisfiableError: nothing of it is there.
    """
    everything = Part(0, size, whole=True)
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or not (found[1] or found[2]):
        return everything  # several ranges, another unit, nonsense: RFC 9110 lets a server ignore them
    if not found[1]:
        length = int(found[2])
        if length == 0 or size == 0:
            raise NotSatisfiableError
        return Part(max(0, size - length), size, whole=False)
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return everything
    if start >= size:
        raise NotSatisfiableError
    return Part(start, min(size, int(found[2]) + 1) if found[2] else size, whole=False)
