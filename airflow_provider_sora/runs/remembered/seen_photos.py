"""Photos that clips were made of, by how they look: a photo that was only saved anew makes no product new.

A fingerprint holds the sha256 of a photo's bytes. So that other bytes of the same picture lead to the same fingerprint,
one small object per planned clip, ``looks/{shape}/{photo}.json``, keeps that digest and how the photo looks. ``shape``
is the fingerprint without the photo; where it changes, the clip has to be made anew anyway. Objects are create-only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_provider_sora.inputs.pictures.looks import same_look
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo of which a clip was planned: its sha256, and how it looks, see :mod:`airflow_provider_sora.inputs`."""

    photo: str
    look: str

    def to_json(self) -> dict[str, str]:
        return {"photo": self.photo, "look": self.look}

    @classmethod
    def from_json(cls, document: Mapping[str, str]) -> Seen:
        return cls(document["photo"], document["look"])


class SeenPhotos:
    """The looks of one DAG below one prefix: one listing, and one read for each photo that is compared."""

    def __init__(self, store: JsonStore, paths: RunPaths) -> None:
        self._store, self._folder = store, f"{paths.state}/looks"
        self._names: dict[str, list[str]] = {}
        for name in store.names(f"{self._folder}/"):
            self._names.setdefault(name.rsplit("/", 2)[-2], []).append(name)

    def knows(self, shape: str) -> bool:
        return shape in self._names

    def first_of(self, shape: str, look: Callable[[], str | None]) -> str | None:
        """The digest of an earlier photo, of a clip of this shape, that shows the same picture; None if there is none.

        :param look: how today's photo looks; asked for only where there is one to compare it with.
        """
        if not self.knows(shape) or (mine := look()) is None:
            return None
        for name in self._names[shape]:
            document = self._store.get(name)
            if document and same_look((known := Seen.from_json(document)).look, mine):
                return known.photo
        return None

    def note(self, shape: str, photo: str, look: str | None) -> None:
        """Remember a photo by its sha256."""
        if look is not None:
            self._store.put(f"{self._folder}/{shape}/{photo[:20]}.json", Seen(photo, look).to_json())
