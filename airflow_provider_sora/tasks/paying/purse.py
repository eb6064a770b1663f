"""A task's way to the deployment's spending caps: its jobs are entered in the book before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.caps.configured import configured_book
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.server import Purse

if TYPE_CHECKING:
    from airflow_provider_sora.jobs.request_digest import Scope


@dataclass(slots=True)
class BookedPurse(Purse):
    """The book is opened when a request is to be sent: a job that is paid for is collected without it.

    :param suffix: of the key that a request has in the book.
    """

    suffix: str
    usd: float | None
    labels: Mapping[str, str]
    whose: Mapping[str, Any]
    log: Any

    def take(self, idempotency_key: str) -> None:
        book = configured_book()
        if book is not None:
            book.take(idempotency_key + self.suffix, self.usd, self.labels, self.whose)

    def give_back(self, idempotency_key: str) -> None:
        try:
            book = configured_book()
            if book is not None:
                book.give_back(idempotency_key + self.suffix, self.whose)
        except SoraError as error:
            self.log.warning("The refused request stays counted in the spending caps: %s", error.happened)


def purse_of(
    scope: Scope, try_number: int, durable: bool, estimate: float | None, labels: Mapping[str, str], log: Any
) -> Purse:
    """The purse of one task instance.

    :param durable: the task remembers its jobs. One that does not may pay at every try, and each of them counts.
    """
    whose = {name: getattr(scope, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
    return BookedPurse("" if durable else f"/try {try_number}", estimate, labels, whose, log)


def check_caps(estimate: float | None, labels: Mapping[str, str]) -> None:
    """Whether the deployment's caps leave room for a job that a person may ask for; held again where it is paid for.

    :raises BudgetExceededError: they do not. :raises LedgerError: their book cannot be read.
    """
    book = configured_book()
    if book is not None:
        book.check(estimate, labels)
