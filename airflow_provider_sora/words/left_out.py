"""An item that is not made, as pages and notices tell of it: what it is called, and why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.words.reasons import Reason


class ReadAsJson(ABC):
    """Read with ``value["key"]`` as the mapping that it was in 0.1, for DAG files that were copied then."""

    __slots__ = ()

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The mapping."""

    def __getitem__(self, name: str) -> Any:
        return self.to_json()[name]


@dataclass(frozen=True, slots=True)
class About(ReadAsJson):
    """What pages and notices say of an item.

    :param key: what people call it: a guid, or SKU and market.
    :param title: None where it is no item but a place, such as a feed that could not be read.
    :param row: of a catalogue.
    """

    key: str
    title: str | None = None
    link: str | None = None
    language: str | None = None
    row: int | None = None

    def to_json(self) -> dict[str, Any]:
        row = {} if self.row is None else {"row": self.row}
        told = {"title": self.title, "link": self.link, "language": self.language}
        return {"key": self.key, **row, **({} if self.title is None else told)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> About:
        return cls(str(entry.get("key")), *(entry.get(name) for name in ("title", "link", "language", "row")))


@dataclass(frozen=True, slots=True)
class LeftOut(ReadAsJson):
    """An item that the run does not make, and why."""

    about: About
    reason: Reason

    def to_json(self) -> dict[str, Any]:
        return {**self.about.to_json(), **self.reason.to_json()}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> LeftOut:
        return cls(About.from_json(entry), Reason.from_json(entry))
