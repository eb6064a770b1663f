"""What the sensor remembers between two pokes, in the process or, in ``mode="reschedule"``, where Airflow keeps it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.compat import state_store
from airflow_provider_sora.jobs.waiting.polling import KeepWaiting, Seen
from airflow_provider_sora.protocol.answers.job import number

STATE_KEY = "sora_sensor"
#: Never wait longer than this because a server asks for it, in seconds.
LONGEST_WAIT = 3600.0


@dataclass(slots=True)
class SensorMemory:
    """
    :param started_at: Unix seconds of the first poke; the sensor's ``timeout`` counts from there.
    :param not_before: Unix seconds before which the server asked us to be quiet.
    :param store: Airflow's task state store (3.3 and later), or None: then only this process remembers.
    """

    started_at: float
    seen: Seen = field(default_factory=Seen)
    not_before: float = 0.0
    store: Any = None
    try_number: int = 0
    log: Any = None

    @classmethod
    def of(cls, context: Mapping[str, Any], *, reschedule: bool, log: Any) -> SensorMemory:
        """What the poke before this one left, or a new memory.

        Without a task state store a rescheduled sensor forgets what it saw; it then counts "not found" from its first
        poke on, which Airflow does keep, and says so.
        """
        ti, now = context["ti"], time.time()
        if not reschedule:
            return cls(now, log=log)
        first = ti.get_first_reschedule_date(context)
        started_at = first.timestamp() if first is not None else now
        store = state_store(context)
        memory = cls(started_at, store=store, try_number=ti.try_number, log=log)
        if store is None:
            if first is not None:
                log.warning(
                    "This Airflow has no task state store, so a rescheduled sensor cannot remember what it saw: "
                    "'not found' counts from the first poke on, and a server's wish to wait is forgotten. "
                    "deferrable=True has no such limit."
                )
                memory.seen = Seen(first_miss_at=started_at)
            return memory
        memory._read()
        return memory

    def left(self) -> float:
        return max(self.not_before - time.time(), 0.0)

    def keep(self, verdict: KeepWaiting, poke_interval: float) -> None:
        """Remember what one look left; a longer pause than the sensor's own was the server's wish."""
        self.seen = verdict.seen
        wish = min(verdict.delay, LONGEST_WAIT)
        self.not_before = time.time() + wish if wish > poke_interval else 0.0
        if self.store is None:
            return
        value = {"try": self.try_number, "seen": self.seen.to_json(), "not_before": self.not_before}
        try:
            self.store.set(STATE_KEY, value)
        except Exception as error:  # noqa: BLE001 - nothing is paid here: the next poke looks anew
            self.log.warning("What this poke saw could not be kept (%s); the next one looks anew.", error)

    def _read(self) -> None:
        try:
            value = self.store.get(STATE_KEY)
        except Exception as error:  # noqa: BLE001 - as above
            self.log.warning("What the last poke saw could not be read (%s); this one looks anew.", error)
            return
        # Another try is another wait: a miss of yesterday says nothing about today.
        if isinstance(value, Mapping) and value.get("try") == self.try_number:
            self.seen = Seen.from_json(value.get("seen"))
            self.not_before = number(value.get("not_before")) or 0.0
