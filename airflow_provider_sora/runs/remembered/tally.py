"""How many paid jobs an item has cost without a clip, over all runs: counted when a run ends, read when one chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.stores.keys import digest


@dataclass(frozen=True, slots=True)
class Count:
    """How many jobs one run submitted for an item; for people to read, since the object's name says it too."""

    identity: str
    jobs: int

    def to_json(self) -> dict[str, str | int]:
        return asdict(self)


class Tally:
    """The counts of one DAG below one prefix, seen by one run.

    A count is a create-only object, ``state/{dag_id}/jobs/{item}/{run}-{jobs}.json``, whose name says all, so that one
    listing tells of every item. A run that goes on after a clear leaves a second, higher one, and the highest counts.
    What a run that was killed before its end submitted is not counted here; how often an item is selected is limited
    as well, see :class:`~airflow_provider_sora.runs.remembered.turns.Turns`.
    """

    def __init__(self, store: JsonStore, paths: RunPaths) -> None:
        self._store = store
        self._folder = f"{paths.state}/jobs"
        self._run = digest(paths.run)[:10]
        self._counts: dict[str, dict[str, int]] | None = None

    def note(self, items: Iterable[tuple[str, int]]) -> None:
        """Count what this run submitted for items that it did not archive.

        :param items: identity, and jobs of an item that failed.
        """
        jobs: dict[str, int] = {}
        for identity, submitted in items:
            if submitted:
                jobs[identity] = max(jobs.get(identity, 0), submitted)
        for identity, count in jobs.items():
            name = f"{self._folder}/{digest(identity)}/{self._run}-{count:04d}.json"
            self._store.put(name, Count(identity, count).to_json())

    def jobs(self, identity: str) -> int:
        """Jobs that earlier runs submitted for the item."""
        if self._counts is None:
            self._counts = {}
            for name in self._store.names(f"{self._folder}/"):
                item, _, file = name.removeprefix(f"{self._folder}/").partition("/")
                run, _, count = file.removesuffix(".json").rpartition("-")
                if count.isdigit() and run != self._run:
                    runs = self._counts.setdefault(item, {})
                    runs[run] = max(runs.get(run, 0), int(count))
        return sum(self._counts.get(digest(identity), {}).values())
