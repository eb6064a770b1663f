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
it, and that must not make its articles look new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_sora.planning.keys import RunPaths, digest
from airflow_provider_sora.planning.storage import JsonStore

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

    def claim(self, identity: str) -> bool:
        """Claim an item for this run; False when another run has it. Claiming again is harmless."""
        while True:
            number, entry, mine = self._walk(identity)
            if entry is not None or mine:
                return mine
            if self.store.put(self._name(identity, number), {"inputs": self.inputs_name}):
                return True

    def settle(self, kept: Mapping[str, Any]) -> None:
        """Note what this run selected, once that stands in its ``inputs.json``."""
        items = [
            {
                "identity": item["identity"],
                "digest": item["digest"],
                "clip": {"destination": item["clip"]["destination"]},
            }
            for item in kept["items"]
        ]
        if items and not self.read_only:
            self.store.put(self._settled(self.inputs_name), {"inputs": self.inputs_name, "items": items})

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
            closed = {"schema_version": 1, "items": [], "skipped": [], "closed_by": self.inputs_name}
            found = self.store.get(inputs_name) or self.store.get(self._settled(inputs_name))
            if found is None:
                found = closed if self.read_only else self.store.keep(inputs_name, closed)
            self._inputs[inputs_name] = found
        items: Iterable[dict[str, Any]] = self._inputs[inputs_name]["items"]
        return next((item for item in items if item.get("identity") == identity), None)

    def _settled(self, inputs_name: str) -> str:
        return f"{self._selected}/{digest(inputs_name)}.json"

    def _name(self, identity: str, number: int) -> str:
        return f"{self.folder}/{digest(identity)}/{number:04d}.json"
