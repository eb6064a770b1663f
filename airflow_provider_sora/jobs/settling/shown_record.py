"""The record of a task's job as it is kept in the store, and shown in XCom to the tasks beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.jobs.ledger import Entry, Ledger
from airflow_provider_sora.jobs.request_digest import Fingerprint
from airflow_provider_sora.jobs.settling.siblings import claim_of, no_claim


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One task instance's.

    :param announce: puts a claim into XCom, where siblings and the run's index read it.
    :param asks: the request of this try.
    """

    ledger: Ledger
    announce: Callable[[dict[str, Any]], None]
    map_index: int
    asks: Fingerprint

    def show(self, entry: Entry | None) -> None:
        """Announce what the task holds; None: nothing yet."""
        self.announce(
            no_claim(self.map_index, self.asks) if entry is None else claim_of(entry, self.map_index, self.asks)
        )

    def keep(self, entry: Entry) -> Entry:
        """Store the record and show it.

        :raises LedgerError: it could not be stored, see :meth:`~airflow_provider_sora.jobs.ledger.Ledger.write`.
        """
        try:
            self.ledger.write(entry)
        finally:
            # Even if the store fails, the id is on show in XCom; unless the task, and its claim, are another try's.
            if not self.ledger.overtaken:
                self.show(entry)
        return entry
