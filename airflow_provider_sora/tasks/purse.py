"""A task's way to the deployment's spending caps: its jobs are entered in the book before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.caps.configured import configured_book
from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.server import NO_PURSE, Purse

if TYPE_CHECKING:
    from airflow_provider_sora.caps.account_book import Book
    from airflow_provider_sora.jobs.request_digest import Scope


@dataclass(slots=True)
class BookedPurse(Purse):
    """:param key: of the task's jobs, before their ordinal."""

    book: Book
    key: str
    usd: float | None
    labels: Mapping[str, str]
    whose: Mapping[str, Any]
    log: Any

    def take(self, ordinal: int) -> None:
        self.book.take(f"{self.key}/{ordinal}", self.usd, self.labels, self.whose)

    def give_back(self, ordinal: int) -> None:
        try:
            self.book.give_back(f"{self.key}/{ordinal}", self.whose)
        except LedgerError as error:
            self.log.warning("The refused request stays counted in the spending caps: %s", error.happened)


def purse_of(
    scope: Scope, try_number: int, durable: bool, estimate: float | None, labels: Mapping[str, str], log: Any
) -> Purse:
    """The purse of one task instance; open where the deployment has no caps.

    :param durable: the task remembers its jobs. One that does not may pay at every try, and each of them counts.
    :raises ConfigurationError: the caps or their place cannot be read; nothing was paid.
    """
    book = configured_book()
    if book is None:
        return NO_PURSE
    whose = {name: getattr(scope, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
    key = scope.key() if durable else f"{scope.key()}/try {try_number}"
    return BookedPurse(book, key, estimate, labels, whose, log)


def check_caps(estimate: float | None, labels: Mapping[str, str]) -> None:
    """Whether the deployment's caps leave room for a job that a person may ask for; held again where it is paid for.

    :raises BudgetExceededError: they do not. :raises LedgerError: their book cannot be read.
    """
    book = configured_book()
    if book is not None:
        book.check(estimate, labels)
