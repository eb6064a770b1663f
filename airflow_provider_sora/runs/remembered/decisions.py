"""What earlier runs selected, so that nothing is selected twice: not after a crash, a retry or in another feed.

The truth is each run's ``inputs.json``. So that a run need not read them all, every selected item has a claim: a
create-only object, named after the item, that names the ``inputs.json`` it will stand in. Claims are written first,
``inputs.json`` after them, and only then is anything paid for. Hence:

* a claim whose ``inputs.json`` holds the item: selected, for good;
* a claim whose ``inputs.json`` does not hold it (that run chose again after a crash): free;
* a claim without an ``inputs.json``: its run died in between. That run is closed by writing an empty ``inputs.json``
  in its place, create-only, so that it can never wake up and select; then the item is free. If the run was not
  dead, it finds its list empty and makes nothing, rather than that both pay.

A freed item gets the next number of claim, so no object is ever changed or deleted.

What a run selected is noted beside the claims as well: people move a reviewed day elsewhere, its ``inputs.json`` with
it, and that must not make its articles look new. Whoever meets an ``inputs.json`` without its note writes it, for the
run may have died in between.

An item may go by several names, such as an article's link and its guid; each has a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_sora.keys import digest
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore

_LIMIT = 1000


class Memory:
    """The claims of one DAG below one prefix, seen by one run.

    :param read_only: for a dry run, which must not even close a run that died.
    """

    def __init__(self, store: JsonStore, paths: RunPaths, *, read_only: bool = False) -> None:
        self.store = store
        self.read_only = read_only
        self.folder = f"{paths.state}/claims"
        self._selected = f"{paths.state}/selected"
        self.inputs_name = f"{paths.run}/inputs.json"
        self._inputs: dict[str, dict[str, Any]] = {}

    def earlier(self, identity: str) -> dict[str, Any] | None:
        """The item as the run that selected it kept it, or None when no other run did.

        May close a run that died, see above, unless it is to read only; selects nothing.
        """
        return self._walk(identity)[1]

    def claim(self, *names: str) -> bool:
        """Claim an item for this run by all its names; False when another run has one. Claiming again is harmless."""
        return all(self._claim(name) for name in names)

    def _claim(self, identity: str) -> bool:
        while True:
            number, entry, mine = self._walk(identity)
            if entry is not None or mine:
                return mine
            if self.store.put(self._name(identity, number), {"inputs": self.inputs_name}):
                return True

    def settle(self, kept: Choice) -> None:
        """Note what this run selected, once that stands in its ``inputs.json``."""
        self._note(self.inputs_name, [item.to_json() for item in kept.items])

    def _note(self, inputs_name: str, items: Iterable[Mapping[str, Any]]) -> None:
        told = [
            {
                **{name: item[name] for name in ("identity", "digest", "names", "story", "shown") if name in item},
                "clip": {"destination": item["clip"].get("destination")},
            }
            for item in items
        ]
        if told and not self.read_only:
            self.store.put(self._settled(inputs_name), {"inputs": inputs_name, "items": told})

    def inputs(self, inputs_name: str) -> list[dict[str, Any]]:
        """What another run chose; nothing where its ``inputs.json`` has been moved away."""
        found: list[dict[str, Any]] = (self.store.get(inputs_name) or {}).get("items", [])
        return found

    def noted(self, limit: int) -> Iterator[dict[str, Any]]:
        """Every item that the latest ``limit`` runs selected, as their notes have it, and where they chose it."""
        notes = sorted(self.store.store.list(f"{self._selected}/"), key=lambda note: str(note.written_at or ""))
        for note in notes[-limit:]:
            found = self.store.get(note.name) or {}
            for item in found.get("items", ()):
                yield {**item, "inputs": found.get("inputs")}

    def _walk(self, identity: str) -> tuple[int, dict[str, Any] | None, bool]:
        """The first free claim number, the item in another run's inputs, and whether the last claim is ours."""
        for number in range(_LIMIT):
            claim = self.store.get(self._name(identity, number))
            if claim is None:
                return number, None, False
            if claim["inputs"] == self.inputs_name:
                return number, None, True
            entry = self._entry(claim["inputs"], identity)
            if entry is not None:
                return number, entry, False
        raise RuntimeError(f"{_LIMIT} runs claimed one item without selecting it")

    def _entry(self, inputs_name: str, identity: str) -> dict[str, Any] | None:
        if inputs_name not in self._inputs:
            closed: dict[str, Any] = {"schema_version": 1, "items": [], "skipped": [], "closed_by": self.inputs_name}
            # The note first: it is small, and stays where it is.
            found: dict[str, Any] | None = self.store.get(self._settled(inputs_name))
            if found is None or not all("names" in item for item in found["items"]):
                found = self.store.get(inputs_name) or found
                if found is None:
                    found = closed if self.read_only else self.store.keep(inputs_name, closed)
                self._note(inputs_name, found["items"])
            self._inputs[inputs_name] = found
        items: Iterable[dict[str, Any]] = self._inputs[inputs_name]["items"]
        return next((item for item in items if identity in (item.get("identity"), *item.get("names", ()))), None)

    def _settled(self, inputs_name: str) -> str:
        return f"{self._selected}/{digest(inputs_name)}.json"

    def _name(self, identity: str, number: int) -> str:
        return f"{self.folder}/{digest(identity)}/{number:04d}.json"
