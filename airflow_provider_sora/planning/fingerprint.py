"""Which products have a clip already: a fingerprint of all that shapes it, and one small marker per archived clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.planning.keys import RunPaths, digest
from airflow_provider_sora.planning.storage import JsonStore


def product_fingerprint(*, photo: str, **shaping: object) -> str:
    """20 hex digits that change when anything that shapes the clip does.

    :param photo: the photo's sha256, see :meth:`~airflow_provider_sora.planning.photos.PhotoDesk.sha256`.
    :param shaping: prompts, texts, model, seconds, size, market … by name; None counts as empty.
    """
    named = (f"{name}={'' if value is None else value}" for name, value in sorted(shaping.items()))
    return digest(photo, *named)[:20]


class Markers:
    """Markers of one DAG below one prefix. All are create-only; names carry the facts, so one listing reads them.

    ``clips/{fingerprint}.json`` is written once the base clip is archived, ``attempts/{fingerprint}-{run}.json`` when
    a run selects the product.
    """

    def __init__(self, store: JsonStore, paths: RunPaths) -> None:
        self.store = store
        self._state = paths.state
        self._run = digest(paths.run)[:10]

    def archived(self) -> set[str]:
        """Fingerprints that have an archived clip: one listing, 1000 names a request."""
        return {_stem(name) for name in self.store.names(f"{self._state}/clips/")}

    def attempts(self) -> Counter[str]:
        """How many runs selected each fingerprint; whoever waited longest is taken first."""
        return Counter(_stem(name).rpartition("-")[0] for name in self.store.names(f"{self._state}/attempts/"))

    def note_attempt(self, fingerprint: str) -> None:
        """Remember that this run selected the product. Losing one costs only its place in the order."""
        self.store.put(f"{self._state}/attempts/{fingerprint}-{self._run}.json", {})

    def note_archived(self, fingerprint: str, record: Mapping[str, Any]) -> None:
        """Remember the archived clip, so that no later run pays for this fingerprint."""
        kept = {name: record.get(name) for name in ("video_id", "uri", "receipt_uri", "cost_estimate_usd", "labels")}
        self.store.put(f"{self._state}/clips/{fingerprint}.json", kept)


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].removesuffix(".json")
