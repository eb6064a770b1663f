"""Who asked to be forgotten: a keyed hash each, so that no run makes a clip about them again."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_provider_sora.runs.remembered.json_store import JsonStore

_FOLDER = "state/forgotten"


class Forgotten:
    """``state/forgotten/{subject}.json`` below an archive's prefix, for all DAGs that archive there; create-only.

    It holds the keyed hash and the time, and nothing that says whose it is. Whoever wants to be made again is taken off
    by hand: delete the object.
    """

    def __init__(self, store: JsonStore) -> None:
        self._store = store

    def subjects(self) -> set[str]:
        """All of them."""
        names = self._store.names(f"{_FOLDER}/")
        return {name.rpartition("/")[2].removesuffix(".json") for name in names}

    def has(self, subject: str) -> bool:
        """Whether one is among them."""
        return self._store.get(f"{_FOLDER}/{subject}.json") is not None

    def add(self, subject: str) -> bool:
        """Note one; False where that was done before."""
        told = {"subject": subject, "forgotten_at": datetime.now(UTC).isoformat(timespec="seconds")}
        return self._store.put(f"{_FOLDER}/{subject}.json", told)
