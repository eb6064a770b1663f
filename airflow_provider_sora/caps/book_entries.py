"""The entries of a month as objects: numbered without a gap, create-only, the last one found without reading the rest.

A thousand entries lie in a folder, so that the last one is found by a few looks and one short listing. What a job has
entered is found from its own small folder: before each entry stands an intent there, which says what the job held and
the number after which the entry comes.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.stores.keys import digest

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

#: Below the book's own place.
FOLDER = "spending"
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry.

    :param key: whose job it is; a job's entries add up to what it holds.
    :param usd: below 0 where something is given back.
    :param labels: those that a cap sums by.
    :param sums: USD by bucket, this entry included; ``families``: what they are complete for.
    """

    number: int
    key: str
    usd: float
    at: str
    labels: Mapping[str, str]
    whose: Mapping[str, Any]
    sums: Mapping[str, float]
    families: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Line:
        return cls(**{name: value[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Holding:
    """What a job holds by its entries.

    :param turn: how many entries it has intended.
    :param line: the one by which it holds ``usd``; None where it holds nothing.
    """

    turn: int = 0
    usd: float = 0.0
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """Those of one month, as ``2026-11``."""

    store: ObjectStore
    month: str

    def latest(self) -> Line | None:
        """The last entry: some looks that grow with the logarithm of their number, one listing, one read."""
        names = self._names(last_before_gap(lambda thousand: self._is_there(thousand * _THOUSAND)))
        return self._parsed(names[-1]) if names else None

    def read(self, number: int) -> Line | None:
        name = self._name(number)
        return None if self.store.look(name) is None else self._parsed(name)

    def after(self, number: int) -> Iterator[Line]:
        """One by one, as far as there are any."""
        while (line := self.read(number + 1)) is not None:
            yield line
            number = line.number

    def write(self, line: Line) -> bool:
        """Whether this very line is entered now; False where another has its number, or none could be written."""
        return self._create(self._name(line.number), line.to_json())

    def held(self, key: str) -> Holding:
        """What a job holds. Its last entry stands right after the intent of it, but for what others wrote meanwhile."""
        turns = sorted(found.name for found in self.store.list(self._intents(key)))
        if not turns:
            return Holding()
        said = json.loads(self.store.read_bytes(turns[-1]))
        turn = int(turns[-1].rpartition("/")[2].removesuffix(".json"))
        line = next((line for line in self.after(said["after"]) if line.key == key), None)
        usd = round(said["held"] + (line.usd if line else 0.0), 6)
        if usd <= 0:
            return Holding(turn)
        return Holding(turn, usd, line or self.read(said["by"]))

    def intend(self, key: str, before: Holding, after: int) -> bool:
        """Say that the next entry of a job comes behind the number ``after``. False where another process of this job
        has its turn; what that one entered is to be looked at then."""
        said = {"after": after, "held": before.usd, "by": before.line.number if before.line else None}
        return self._create(f"{self._intents(key)}{before.turn + 1:06d}.json", {**said, "whose": uuid.uuid4().hex})

    def _create(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether this very object is there now; False where it is another one, or none could be written."""
        from airflow_provider_sora.stores.contract import NameTakenError, StoreFaultError

        data = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
        try:
            self.store.put_bytes(name, data, content_type="application/json", metadata={})
        except (NameTakenError, StoreFaultError):  # another's; or ours, whose answer was lost on the way
            return self.store.look(name) is not None and self.store.read_bytes(name) == data
        return True

    def _parsed(self, name: str) -> Line:
        return Line.from_json(json.loads(self.store.read_bytes(name)))

    def _is_there(self, number: int) -> bool:
        return self.store.look(self._name(number)) is not None

    def _names(self, thousand: int) -> list[str]:
        names = (found.name for found in self.store.list(self._folder(thousand)))
        return sorted(name for name in names if name.rpartition("/")[2].removesuffix(".json").isdigit())

    def _folder(self, thousand: int) -> str:
        return f"{FOLDER}/{self.month}/" if not thousand else f"{FOLDER}/{self.month}-{thousand:05d}/"

    def _name(self, number: int) -> str:
        return f"{self._folder(number // _THOUSAND)}{number:08d}.json"

    def _intents(self, key: str) -> str:
        return f"{FOLDER}/{self.month}-keys/{digest(key)}/"


def last_before_gap(is_there: Callable[[int], bool]) -> int:
    """The largest of the numbers 1, 2, 3 … that are there without a gap, 0 where none is: doubling, then halving."""
    low, high = 0, 1
    while is_there(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_there(middle) else (low, middle)
    return low
