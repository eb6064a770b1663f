"""A film as the run that plans it writes it down, and as its cut reads it back (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """A scene of the film as the run that plans it writes it down.

    :param told: ``scene 4 (harbour)``; ``marks``: of its clip, best first.
    :param transition: to the next scene: 0 for a cut, else the frames of a dissolve.
    :param dialogue: ``(who or None, words)``, in order.
    """

    number: int
    told: str
    marks: tuple[str, ...]
    seconds: int | None = None
    transition: int = 0
    dialogue: tuple[tuple[str | None, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "told": self.told,
            "marks": list(self.marks),
            "seconds": self.seconds,
            "transition": self.transition,
            "dialogue": [list(line) for line in self.dialogue],
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Part:
        return cls(
            int(entry["number"]),
            str(entry["told"]),
            tuple(entry["marks"]),
            entry.get("seconds"),
            int(entry.get("transition") or 0),
            tuple((who, str(words)) for who, words in entry.get("dialogue") or ()),
        )


@dataclass(frozen=True, slots=True)
class PlannedFilm:
    """All scenes of a film in order, those of earlier runs too.

    :param cut: what the storyboard says of the whole film, by its own names: cards, music, loudness …
    """

    title: str
    parts: tuple[Part, ...] = ()
    language: str = "en"
    cut: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "language": self.language,
            "scenes": [part.to_json() for part in self.parts],
            "cut": dict(self.cut),
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> PlannedFilm:
        return cls(
            str(entry["title"]),
            tuple(Part.from_json(part) for part in entry["scenes"]),
            str(entry.get("language", "en")),
            entry.get("cut") or {},
        )
