"""What a run chose, as values: from a feed's article or a catalogue's row to the paid prompt and the report.

They become JSON in two places, ``inputs.json`` (``plan.json`` of a dry run) and what the mapped group gets, and are
read back here. Documents of earlier releases say less; what they do not say is None, and is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.runs.planned_film import PlannedFilm
from airflow_provider_sora.words.left_out import About, LeftOut, ReadAsJson
from airflow_provider_sora.words.reasons import Reason, because

#: Of ``inputs.json``.
SCHEMA_VERSION = 1
#: Of a scene that continues from another: the marks of the clip on whose last frame it starts, best first, beside the
#: group's arguments; and the label that says in words which scene that is.
AFTER, CONTINUES = "after", "continues"


@dataclass(frozen=True, slots=True)
class Arguments(ReadAsJson):
    """What the mapped task group gets of an item, by name.

    :param labels: of every job.
    :param destination: prefix URL below which all its clips are archived.
    :param more: what only this DAG's group takes: its prompts, the photo, a count.
    """

    model: str | None = None
    seconds: int | None = None
    size: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    destination: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def prompt(self, name: str) -> str:
        """The prompt that an argument holds; ``""`` where that clip was not planned."""
        return str(self.more.get(name) or "")

    def to_json(self) -> dict[str, Any]:
        return {
            **self.more,
            "model": self.model,
            "seconds": self.seconds,
            "size": self.size,
            "labels": dict(self.labels),
            "destination": self.destination,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Arguments:
        named = {name: entry.get(name) for name in ("model", "seconds", "size", "destination")}
        more = {name: value for name, value in entry.items() if name not in named and name != "labels"}
        return cls(**named, labels=entry.get("labels") or {}, more=more)


@dataclass(frozen=True, slots=True)
class PlannedItem(ReadAsJson):
    """An item of ``inputs.json``.

    :param key: names its folder.
    :param identity: what it is remembered by.
    :param estimated_usd: of all its clips; None: unknown.
    :param warnings: what the lint says of its prompts.
    :param clip: the arguments of the mapped group.
    :param names: of an article: all that it is remembered by; with it ``digest`` of its texts, ``shown`` of its
        prompt, ``story`` (what stays of it) and whether it was ``corrected``.
    :param picture: of a dry run: the fitted picture's name below the run's folder.
    :param final: of a draft: the ``model`` of its final, and the ``fingerprint`` by which a product is remembered then.
    :param group: id of the mapped group that makes it, where the DAG has several.
    """

    key: str
    identity: str | None
    about: About
    estimated_usd: float | None
    clip: Arguments
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None
    digest: str | None = None
    shown: str | None = None
    story: Mapping[str, str] | None = None
    corrected: bool | None = None
    picture: str | None = None
    final: Mapping[str, str | None] | None = None
    group: str | None = None

    def to_json(self) -> dict[str, Any]:
        also = {name: getattr(self, name) for name in ("identity", *_ALSO)}
        return {
            "key": self.key,
            "about": self.about.to_json(),
            "estimated_usd": self.estimated_usd,
            "warnings": list(self.warnings),
            **{name: list(v) if isinstance(v, tuple) else v for name, v in also.items() if v is not None},
            "clip": self.clip.to_json(),
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> PlannedItem:
        also = {name: entry.get(name) for name in _ALSO if name != "names"}
        return cls(
            key=str(entry.get("key")),
            identity=entry.get("identity"),
            about=About.from_json(entry.get("about") or {"key": entry.get("key")}),
            estimated_usd=entry.get("estimated_usd"),
            clip=Arguments.from_json(entry["clip"]),
            warnings=tuple(entry.get("warnings", ())),
            names=tuple(entry["names"]) if "names" in entry else None,
            **also,
        )


_ALSO = ("names", "digest", "shown", "story", "corrected", "picture", "final", "group")


@dataclass(frozen=True, slots=True)
class Together:
    """Items that are made or left together, such as an article's two sizes."""

    identity: str
    items: tuple[PlannedItem, ...]

    @property
    def estimated_usd(self) -> float | None:
        return total(item.estimated_usd for item in self.items)

    def left_out(self, reason: Reason) -> LeftOut:
        return LeftOut(self.items[0].about, reason)


@dataclass(frozen=True, slots=True)
class Choice(ReadAsJson):
    """What a run makes, and what it leaves out.

    :param source: where the items came from, as pages show it.
    :param style: of the whole run, where it has one.
    :param note: why it chose nothing, where that is no matter of its items.
    :param film: of a storyboard.
    """

    items: tuple[PlannedItem, ...] = ()
    skipped: tuple[LeftOut, ...] = ()
    estimated_usd: float | None = None
    source: str | None = None
    style: str | None = None
    note: Reason | None = None
    film: PlannedFilm | None = None

    def to_json(self) -> dict[str, Any]:
        note, film = self.note and self.note.to_json(), self.film and self.film.to_json()
        told = {"source": self.source, "style": self.style, "note": note, "film": film}
        return {
            "items": [item.to_json() for item in self.items],
            "skipped": [entry.to_json() for entry in self.skipped],
            "estimated_usd": self.estimated_usd,
            **{name: value for name, value in told.items() if value is not None},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Choice:
        """What a run kept, or what :func:`closing` wrote in its place."""
        closed = document.get("closed_by")
        return cls(
            tuple(PlannedItem.from_json(item) for item in document["items"]),
            tuple(LeftOut.from_json(entry) for entry in document["skipped"]),
            document.get("estimated_usd"),
            document.get("source"),
            document.get("style"),
            because("closed", by=closed) if closed else None,
            PlannedFilm.from_json(film) if (film := document.get("film")) else None,
        )


def closing(inputs_name: str) -> dict[str, Any]:
    """The ``inputs.json`` with which a run closes another that died before it chose.

    :param inputs_name: that of the run that closes.
    """
    return {"schema_version": SCHEMA_VERSION, "items": [], "skipped": [], "closed_by": inputs_name}


def total(costs: Iterable[float | None]) -> float | None:
    """USD in all; None as soon as one of them is unknown."""
    known = list(costs)
    return None if None in known else round(sum(cost for cost in known if cost is not None), 6)
