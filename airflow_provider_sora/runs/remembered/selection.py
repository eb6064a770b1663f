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

from collections.abc import Iterator

from airflow_provider_sora.runs.items import Choice, closing
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.runs.remembered.selected import Claim, Note, Selected
from airflow_provider_sora.stores.keys import digest

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
        self._inputs: dict[str, Note] = {}

    def earlier(self, identity: str) -> Selected | None:
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
            if self.store.put(self._name(identity, number), Claim(self.inputs_name).to_json()):
                return True

    def settle(self, kept: Choice) -> None:
        """Note what this run selected, once that stands in its ``inputs.json``."""
        self._note(self.inputs_name, Note.from_json(kept.to_json()))

    def _note(self, inputs_name: str, chosen: Note) -> None:
        if chosen.items and not self.read_only:
            told = Note(inputs_name, tuple(item.noted for item in chosen.items))
            self.store.put(self._settled(inputs_name), told.to_json())

    def inputs(self, inputs_name: str) -> tuple[Selected, ...]:
        """What another run chose; nothing where its ``inputs.json`` has been moved away."""
        return Note.from_json(self.store.get(inputs_name) or {}).items

    def noted(self, limit: int) -> Iterator[tuple[str | None, Selected]]:
        """Every item that the latest ``limit`` runs selected, as their notes have it, behind the name of the
        ``inputs.json`` in which they chose it."""
        notes = sorted(self.store.store.list(f"{self._selected}/"), key=lambda note: str(note.written_at or ""))
        for note in notes[-limit:]:
            found = Note.from_json(self.store.get(note.name) or {})
            yield from ((found.inputs, item) for item in found.items)

    def _walk(self, identity: str) -> tuple[int, Selected | None, bool]:
        """The first free claim number, the item in another run's inputs, and whether the last claim is ours."""
        for number in range(_LIMIT):
            found = self.store.get(self._name(identity, number))
            if found is None:
                return number, None, False
            claim = Claim.from_json(found)
            if claim.inputs == self.inputs_name:
                return number, None, True
            entry = self._entry(claim.inputs, identity)
            if entry is not None:
                return number, entry, False
        raise RuntimeError(f"{_LIMIT} runs claimed one item without selecting it")

    def _entry(self, inputs_name: str, identity: str) -> Selected | None:
        if inputs_name not in self._inputs:
            self._inputs[inputs_name] = self._chosen(inputs_name)
        return next((item for item in self._inputs[inputs_name].items if item.is_called(identity)), None)

    def _chosen(self, inputs_name: str) -> Note:
        # The note first: it is small, and stays where it is.
        noted = self.store.get(self._settled(inputs_name))
        if noted is not None:
            found = Note.from_json(noted)
            if all(item.names is not None for item in found.items):
                return found
        document = self.store.get(inputs_name) or noted
        if document is None:
            closed = closing(self.inputs_name)
            document = closed if self.read_only else self.store.keep(inputs_name, closed)
        found = Note.from_json(document)
        self._note(inputs_name, found)
        return found

    def _settled(self, inputs_name: str) -> str:
        return f"{self._selected}/{digest(inputs_name)}.json"

    def _name(self, identity: str, number: int) -> str:
        return f"{self.folder}/{digest(identity)}/{number:04d}.json"
