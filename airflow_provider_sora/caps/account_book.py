"""The book: every paid request of a month, entered before it is sent, as create-only objects numbered one by one.

Who enters reads the latest entry, whose sums say what is spent, and writes the next number. A number can be written
only once, so of two that read the same sums one meets the other's entry and reads again. Nothing is ever changed: what
a server refused for certain is given back by an entry of its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.caps.book_entries import FOLDER, Entries, Line
from airflow_provider_sora.caps.limits import Cap, check_room, sums_of
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, LedgerError
from airflow_provider_sora.paid import said

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

#: Seconds for which others may be quicker, or the store fail, before a task gives up.
PATIENCE = 60.0
_OF_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True)
class Book:
    """The book of one deployment.

    :param zone: whose days and months count.
    """

    store: ObjectStore
    caps: Sequence[Cap]
    zone: tzinfo
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    patience: float = PATIENCE
    _entries: Entries = field(init=False)

    def take(self, key: str, usd: float | None, labels: Mapping[str, str], whose: Mapping[str, Any]) -> None:
        """Enter a job before its request is sent. One that is entered already is not entered again.

        :param key: the same for every try of the same job.
        :raises BudgetExceededError: a cap leaves no room for it, or its cost is unknown; it was not entered.
        :raises LedgerError: the book cannot be read or written; whether it is entered is found out by a retry.
        """
        moment = self._moment()
        if usd is None:
            check_room(self.caps, {}, None, labels, moment)
            return
        with _reading(self.store):
            held = self._entries.held(key)
            if held.usd > 0:
                return
            latest = self._entries.latest()
            # What does not fit leaves no trace; else the intent comes first, and whoever meets it looks whether its
            # entry was written before the process died.
            check_room(self.caps, self._sums(latest, moment), usd, labels, moment)
            if not self._entries.intend(key, held, latest.number if latest else 0):
                if self._entries.held(key).usd > 0:
                    return
                latest = self._entries.latest()
            self._append(latest, key, usd, labels, whose, moment, on=moment, check=True)

    def give_back(self, key: str, whose: Mapping[str, Any]) -> None:
        """Take out what a job holds: its request was refused for certain. Nothing where it holds nothing.

        :raises LedgerError: the book cannot be read or written; the job stays counted.
        """
        moment = self._moment()
        with _reading(self.store):
            held = self._entries.held(key)
            if held.line is None:
                return
            latest = self._entries.latest()
            if not self._entries.intend(key, held, latest.number if latest else 0):
                return  # another process of this job is at it
            # Of the day on which it was taken, or the next day's sum would fall below what is spent.
            on = datetime.fromisoformat(held.line.at).astimezone(self.zone)
            self._append(latest, key, -held.usd, held.line.labels, whose, moment, on=on, check=False)

    def sums(self) -> dict[str, float]:
        """USD of this month and day by bucket, for all caps.

        :raises LedgerError: the book cannot be read.
        """
        moment = self._moment()
        with _reading(self.store):
            return self._sums(self._entries.latest(), moment)

    def today(self) -> date:
        """The day that counts now."""
        return self._moment().date()

    def check(self, usd: float | None, labels: Mapping[str, str]) -> None:
        """Whether there is room for a job now; nothing is entered.

        :raises BudgetExceededError: there is none. :raises LedgerError: the book cannot be read.
        """
        check_room(self.caps, {} if usd is None else self.sums(), usd, labels, self._moment())

    def _moment(self) -> datetime:
        moment = datetime.fromtimestamp(self.now(), self.zone)
        self._entries = Entries(self.store, f"{moment:%Y-%m}")
        return moment

    def _append(
        self,
        latest: Line | None,
        key: str,
        usd: float,
        labels: Mapping[str, str],
        whose: Mapping[str, Any],
        moment: datetime,
        *,
        on: datetime,
        check: bool,
    ) -> None:
        deadline, pause = self.now() + self.patience, 0.05
        kept = {cap.label: labels.get(cap.label, "") for cap in self.caps if cap.label is not None}
        while True:
            sums = self._sums(latest, moment)
            if check:
                check_room(self.caps, sums, usd, labels, moment)
            for bucket in set(sums_of(self.caps, on.date(), labels).values()):
                sums[bucket] = round(sums.get(bucket, 0.0) + usd, 6)
            families = sorted({cap.family for cap in self.caps})
            number = latest.number + 1 if latest else 1
            line = Line(number, key, usd, on.isoformat(), kept, dict(whose), sums, families)
            if self._entries.write(line):
                return
            if self.now() > deadline:
                raise ArchiveError(f"others were quicker, or the store failed, for {self.patience:g} s")
            self.sleep(pause)
            pause = min(pause * 1.5, 1.0)
            latest = self._entries.read(number) or self._entries.latest()

    def _sums(self, latest: Line | None, moment: datetime) -> dict[str, float]:
        """What the latest entry says; added up anew where a cap was written since that it does not sum for."""
        if latest is None:
            return {}
        day = f"{moment:%Y-%m-%d}"
        if {cap.family for cap in self.caps} <= set(latest.families):
            kept = dict(latest.sums)
        else:
            kept = {}
            for line in self._entries.after(0):
                on = datetime.fromisoformat(line.at).astimezone(self.zone).date()
                for bucket in set(sums_of(self.caps, on, line.labels).values()):
                    kept[bucket] = round(kept.get(bucket, 0.0) + line.usd, 6)
        return {name: usd for name, usd in kept.items() if not _OF_A_DAY.match(name) or name.startswith(day)}


class _reading:
    """Failures of the store, and entries that nobody can read, as what they mean for the task: it must not pay."""

    def __init__(self, store: ObjectStore) -> None:
        self._where = store.destination.join(FOLDER)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (ArchiveError, ConfigurationError, ValueError, KeyError, TypeError)):
            # The first sentence: what a store adds is about a video that it was to take.
            why = f"{type(error).__name__}: {str(error).partition('. ')[0]}"
            raise LedgerError(
                f"A spending cap is set, and its book below {self._where} cannot be read or written ({why}), so "
                "nothing further is paid for.",
                cost=said(),
                step="mend that place; a retry looks again.",
            ) from error
