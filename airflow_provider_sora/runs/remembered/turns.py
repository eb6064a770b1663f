"""Whose turn it is: who has waited longest, over runs and days, and who was tried so often that it is given up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.stores.keys import digest

#: After so many runs that selected an item and archived no clip of it, it is tried no more. Refusals as a rule cost
#: nothing, failed renders may be billed; and neither gets better by itself.
MAX_ATTEMPTS = 5
#: How long an item that no run looked at keeps its place, in days.
_REMEMBERED = 60


@dataclass(frozen=True, slots=True)
class Place:
    """An item's place in the queue. Moments are ISO 8601 in UTC.

    :param since: since when it waits.
    :param attempts: how many runs selected it without making it.
    :param seen: when a run last looked at it.
    """

    since: str
    attempts: int
    seen: str

    def to_json(self) -> list[str | int]:
        return [self.since, self.attempts, self.seen]

    @classmethod
    def from_json(cls, told: Sequence[str | int]) -> Place:
        since, attempts, seen = told
        return cls(str(since), int(attempts), str(seen))


class Turns:
    """The queue of one DAG below one prefix, as one run finds it and leaves it.

    Every run writes the whole queue to an object of its own, create-only, and reads the latest of an earlier one; a
    queue that is lost costs the items their places and nothing else. An item that is selected goes to the end, so
    one that fails every day keeps nobody waiting, and nobody is passed by those who came later.
    """

    def __init__(self, store: JsonStore, paths: RunPaths) -> None:
        moment = paths.moment.astimezone(UTC)
        self._now = moment.isoformat(timespec="seconds")
        self._oldest = (moment - timedelta(days=_REMEMBERED)).isoformat(timespec="seconds")
        folder = f"{paths.state}/turns"
        self._name = f"{folder}/{moment:%Y%m%dT%H%M%SZ}-{digest(paths.run)[:10]}.json"
        self._store = store
        # Not its own: a retry must find what the first try found.
        latest = max((name for name in store.names(f"{folder}/") if name != self._name), default=None)
        kept = (store.get(latest) if latest else None) or {}
        self._queue = {identity: Place.from_json(told) for identity, told in kept.items()}

    def place(self, identity: str) -> tuple[str, int]:
        """Sorts items: who has waited longest comes first, and at a tie who was selected less often."""
        found = self._queue.get(identity) or Place(self._now, 0, self._now)
        return found.since, found.attempts

    def attempts(self, identity: str) -> int:
        """How many runs selected the item without making it."""
        return self.place(identity)[1]

    def keep(self, waiting: Iterable[str], selected: Collection[str], made: Collection[str]) -> None:
        """Write the queue that the next run finds.

        :param waiting: items that have no clip, the selected ones among them.
        :param made: items that have one; they leave the queue.
        """
        # By when it was looked at, not by how long it waits: a catalogue of a few rows must not forget all the others.
        queue = {name: place for name, place in self._queue.items() if name not in made and place.seen >= self._oldest}
        queue |= {identity: Place(*self.place(identity), self._now) for identity in waiting}
        queue |= {identity: Place(self._now, self.attempts(identity) + 1, self._now) for identity in selected}
        self._store.put(self._name, {identity: place.to_json() for identity, place in queue.items()})
