"""Hints that something ended on a connection, from outside: they change the moment of a look, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

#: Given a connection's id: marks by video id, or by ``""`` for "something on this connection". A mark is compared with
#: the one seen before, never consumed, since several triggerers read it; one that is new or changed makes the watcher
#: look at once.
Marks = Callable[[str], Awaitable[Mapping[str, str]]]

#: Seconds between two readings by one watcher.
EVERY = 2.0


class Compared:
    """What was seen of the marks so far. The first reading is what there was before: it says nothing."""

    def __init__(self) -> None:
        self._seen: dict[str, str] | None = None

    def changed(self, marks: Mapping[str, str]) -> list[str]:
        """Keys whose mark is new since the reading before."""
        before, self._seen = self._seen, dict(marks)
        return [] if before is None else [key for key, mark in marks.items() if before.get(key) != mark]
