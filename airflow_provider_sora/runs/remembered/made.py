"""Which products have a clip already: a fingerprint of all that shapes it, and one small marker per archived clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.stores.keys import digest


def product_fingerprint(*, photo: str, **shaping: object) -> str:
    """20 hex digits that change when anything that shapes the clip does.

    :param photo: the photo's sha256, see :meth:`~airflow_provider_sora.runs.choosing.photos.PhotoDesk.sha256`.
    :param shaping: prompts, texts, model, seconds, size, market … by name; None counts as empty.
    """
    named = (f"{name}={'' if value is None else value}" for name, value in sorted(shaping.items()))
    return digest(photo, *named)[:20]


def marker_name(labels: Mapping[str, Any]) -> str | None:
    """The name of a clip's marker, from its job's labels; None where it is no product's clip.

    A variant that is a clip of its own, for want of remixes, has a marker of its own.
    """
    mark, variant = labels.get("fingerprint"), labels.get("variant")
    return f"{mark}-{variant}" if mark and variant else mark or None


@dataclass(frozen=True, slots=True)
class Made:
    """An archived clip.

    :param run: the folder of the run that archived it, below the prefix.
    :param labels: of its job.
    """

    video_id: str | None
    uri: str | None = None
    receipt_uri: str | None = None
    cost_estimate_usd: float | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any], *, run: str) -> Made:
        """From what its archive task returned, see :class:`~airflow_provider_sora.record.VideoRecord`."""
        return cls.from_json({**record, "run": run})

    def to_json(self) -> dict[str, Any]:
        return {
            "video_id": self.video_id,
            "uri": self.uri,
            "receipt_uri": self.receipt_uri,
            "cost_estimate_usd": self.cost_estimate_usd,
            "labels": dict(self.labels),
            "run": self.run,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Made:
        """A marker, also with further keys."""
        named = {name: document.get(name) for name in ("uri", "receipt_uri", "cost_estimate_usd", "run")}
        return cls(document.get("video_id"), labels=document.get("labels") or {}, **named)


class Markers:
    """``clips/{marker}.json`` for each archived clip of one DAG below one prefix; create-only, written once the clip is
    archived."""

    def __init__(self, store: JsonStore, paths: RunPaths) -> None:
        self.store = store
        self._folder = f"{paths.state}/clips"
        self._run = paths.run

    def archived(self) -> set[str]:
        """Every marker: one listing, 1000 names a request."""
        return {name.rsplit("/", 1)[-1].removesuffix(".json") for name in self.store.names(f"{self._folder}/")}

    def clip(self, marker: str) -> Made | None:
        """The archived clip; or None."""
        return marker_at(self.store, self._folder.rpartition("/")[0], marker)

    def note(self, marker: str, record: Mapping[str, Any]) -> None:
        """Remember the archived clip, so that no later run pays for it."""
        note_marker(self.store, self._folder.rpartition("/")[0], record, run=self._run, marker=marker)


def marker_at(store: JsonStore, state: str, marker: str) -> Made | None:
    """An archived clip below a DAG's ``state``; or None."""
    found = store.get(f"{state}/clips/{marker}.json")
    return Made.from_json(found) if found else None


def note_marker(
    store: JsonStore, state: str, record: Mapping[str, Any], *, run: str, marker: str | None = None
) -> None:
    """Remember an archived clip below a DAG's ``state``; nothing where its labels name no product.

    :param marker: its marker's name; None takes it from the labels.
    """
    marker = marker or marker_name(record.get("labels") or {})
    if marker:
        store.put(f"{state}/clips/{marker}.json", Made.of(record, run=run).to_json())
