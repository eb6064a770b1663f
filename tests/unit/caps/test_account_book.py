"""The book of paid requests: nobody pays beyond a cap, however many want to at once and wherever one of them dies."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.caps.account_book import Book
from airflow_provider_sora.caps.book_entries import Entries, Line, last_before_gap
from airflow_provider_sora.caps.configured import open_book
from airflow_provider_sora.caps.limits import Cap
from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError, LedgerError
from airflow_provider_sora.stores.contract import NameTakenError, StoredObject, StoreFaultError
from tests.unit.jobs.fakes import Died

CAPS = (Cap("month", 10), Cap("month", 5, "brand"))
NOW = datetime(2026, 11, 30, 23, 0, tzinfo=UTC).timestamp()
WHOSE = {"dag_id": "shop"}


@pytest.fixture
def place(tmp_path: Path) -> Callable[..., Book]:
    """``place(caps)`` opens the one book, as a further process does."""

    def opened(caps: tuple[Cap, ...] = CAPS, now: float = NOW) -> Book:
        book = open_book(f"file://{tmp_path}", caps, UTC)
        book.now, book.sleep = (lambda: now), (lambda seconds: None)
        return book

    return opened


def test_what_is_taken_is_summed_in_all_and_by_label(place) -> None:
    place().take("a", 2, {"brand": "hinoki", "sku": "A1"}, WHOSE)
    place().take("b", 1.5, {}, WHOSE)
    assert place().sums() == {"2026-11": 3.5, "2026-11 brand=hinoki": 2, "2026-11 brand=": 1.5}


def test_a_job_is_entered_once_however_often_it_is_tried(place) -> None:
    for _ in range(3):
        place().take("a", 2, {}, WHOSE)
    assert place().sums()["2026-11"] == 2


def test_what_does_not_fit_is_not_entered_and_may_come_later(place) -> None:
    place().take("a", 4, {"brand": "x"}, WHOSE)
    with pytest.raises(BudgetExceededError, match="month for brand=x"):
        place().take("b", 1.5, {"brand": "x"}, WHOSE)
    place().take("c", 5, {"brand": "y"}, WHOSE)
    with pytest.raises(BudgetExceededError, match=r"\$10 a month\. \$1\.00"):
        place().take("d", 1.5, {"brand": "z"}, WHOSE)
    assert place().sums()["2026-11"] == 9
    place().give_back("a", WHOSE)
    place().take("b", 1.5, {"brand": "x"}, WHOSE)
    assert place().sums()["2026-11 brand=x"] == 1.5


def test_what_was_given_back_can_be_taken_again_and_given_back_once(place) -> None:
    place().take("a", 4, {"brand": "x"}, WHOSE)
    for _ in range(2):
        place().give_back("a", WHOSE)
    place().give_back("never taken", WHOSE)
    assert place().sums()["2026-11"] == 0
    place().take("a", 4, {"brand": "x"}, WHOSE)
    assert place().sums()["2026-11"] == 4


def test_a_month_has_its_own_book_and_a_day_its_own_sum(place) -> None:
    caps = (Cap("day", 3), Cap("month", 10))
    place(caps).take("a", 3, {}, WHOSE)
    with pytest.raises(BudgetExceededError, match="a day"):
        place(caps).take("b", 1, {}, WHOSE)
    place(caps, NOW - 86400).take("c", 1, {}, WHOSE)  # a worker whose clock is a day behind
    place(caps, NOW + 7200).take("d", 3, {}, WHOSE)
    assert place(caps, NOW + 7200).sums() == {"2026-12": 3, "2026-12-01": 3}


def test_a_cap_that_is_written_later_counts_what_was_paid_before_it(place) -> None:
    place((Cap("month", 10),)).take("a", 4, {"team": "news"}, WHOSE)
    later = (Cap("month", 10), Cap("day", 5), Cap("month", 4, "team", "news"))
    with pytest.raises(BudgetExceededError, match=r"\$5 a day\. \$1\.00"):
        place(later).take("b", 2, {}, WHOSE)
    assert place(later).sums()["2026-11-30"] == 4


@pytest.mark.parametrize("workers", [8])
def test_workers_that_race_for_the_last_dollars_never_pass_the_cap(workers: int, tmp_path: Path) -> None:
    book_of = lambda: open_book(f"file://{tmp_path}", (Cap("month", 5),), UTC)  # noqa: E731
    outcomes: list[str] = []
    start = threading.Barrier(workers)

    def work(number: int) -> None:
        book = book_of()
        start.wait()
        try:
            book.take(f"job-{number}", 1, {}, WHOSE)
            outcomes.append("paid")
        except BudgetExceededError:
            outcomes.append("refused")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["paid"] * 5 + ["refused"] * 3
    (total,) = set(book_of().sums().values())
    assert total == 5


@pytest.mark.parametrize("dies_at", [1, 2])
@pytest.mark.parametrize("after", [False, True])
def test_a_process_that_dies_on_its_way_leaves_a_job_entered_at_most_once(place, dies_at: int, after: bool) -> None:
    book, written = place(), 0
    put = book.store.put_bytes

    def dying(name: str, data: bytes, **more: Any) -> Any:
        nonlocal written
        written += 1
        if written == dies_at and not after:
            raise Died
        found = put(name, data, **more)
        if written == dies_at:
            raise Died
        return found

    book.store.put_bytes = dying
    with pytest.raises(Died):
        book.take("a", 2, {}, WHOSE)
    place().take("a", 2, {}, WHOSE)
    assert place().sums()["2026-11"] == 2


def test_an_answer_of_the_store_that_is_lost_is_found_out(place) -> None:
    book = place()
    put = book.store.put_bytes

    def losing(name: str, data: bytes, **more: Any) -> Any:
        put(name, data, **more)
        raise StoreFaultError("reset by peer")

    book.store.put_bytes = losing
    book.take("a", 2, {}, WHOSE)
    book.take("a", 2, {}, WHOSE)
    assert place().sums()["2026-11"] == 2


def test_a_store_that_takes_nothing_stops_the_task(place) -> None:
    book, clock = place(), iter(range(10_000))
    book.now = lambda: NOW + next(clock)

    def failing(name: str, data: bytes, **more: Any) -> Any:
        raise StoreFaultError("503")

    book.store.put_bytes = failing
    with pytest.raises(LedgerError, match="nothing further is paid for"):
        book.take("a", 2, {}, WHOSE)
    assert place().sums() == {}


def test_a_book_that_nobody_can_read_stops_the_task(place, tmp_path: Path) -> None:
    place().take("a", 2, {}, WHOSE)
    (entry,) = (tmp_path / "spending" / "2026-11").glob("0*.json")
    assert json.loads(entry.read_text())["whose"] == WHOSE
    entry.write_text("no JSON")
    for call in (lambda: place().take("b", 1, {}, WHOSE), place().sums):
        with pytest.raises(LedgerError, match=r"cannot be read or written \(JSONDecodeError"):
            call()


def test_who_is_never_quick_enough_gives_up_before_paying(place, monkeypatch) -> None:
    book, clock = place(), iter(range(10_000))
    book.now = lambda: NOW + next(clock)
    monkeypatch.setattr(Entries, "write", lambda self, line: False)
    with pytest.raises(LedgerError, match="others were quicker"):
        book.take("a", 2, {}, WHOSE)


def test_an_entry_that_is_ours_is_met_as_taken_where_the_client_repeated_the_write(place) -> None:
    """Google's client tries a write again by itself, and then meets what it wrote."""
    book = place()
    put = book.store.put_bytes

    def repeated(name: str, data: bytes, **more: Any) -> Any:
        put(name, data, **more)
        raise NameTakenError("412")

    book.store.put_bytes = repeated  # type: ignore[method-assign]
    book.take("a", 2, {}, WHOSE)
    assert place().sums()["2026-11"] == 2


def test_what_is_given_back_after_midnight_is_of_the_day_on_which_it_was_taken(place) -> None:
    caps, evening = (Cap("day", 1),), datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC).timestamp()
    place(caps, evening).take("a", 0.8, {}, WHOSE)
    place(caps, evening + 3).give_back("a", WHOSE)
    assert place(caps, evening + 4).sums().get("2026-11-30", 0) == 0
    place(caps, evening + 5).take("b", 1, {}, WHOSE)
    with pytest.raises(BudgetExceededError):
        place(caps, evening + 6).take("c", 0.8, {}, WHOSE)


def test_a_book_that_may_not_be_written_says_so_and_not_that_a_video_is_paid_for(place) -> None:
    book = place()

    def forbidden(name: str, data: bytes, **more: Any) -> Any:
        raise ConfigurationError("Not allowed to store x. The video is paid for and a retry costs no second render.")

    book.store.put_bytes = forbidden  # type: ignore[method-assign]
    with pytest.raises(LedgerError, match=r"Not allowed to store x\), so nothing further is paid for") as caught:
        book.take("a", 2, {}, WHOSE)
    assert "second render" not in str(caught.value)


@pytest.mark.parametrize("last", [0, 1, 2, 3, 7, 8, 100])
def test_the_last_number_is_found_by_few_looks(last: int) -> None:
    asked: list[int] = []
    assert last_before_gap(lambda number: asked.append(number) or number <= last) == last
    assert len(asked) <= 2 * max(last, 1).bit_length() + 1


class Memory:
    """A bucket that counts what it is asked; a page of a listing holds a thousand names, as that of Cloud Storage."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.asked = 0

    def _found(self, name: str) -> StoredObject:
        return StoredObject(name, name, len(self.objects[name]))

    def look(self, name: str) -> StoredObject | None:
        self.asked += 1
        return self._found(name) if name in self.objects else None

    def read_bytes(self, name: str) -> bytes:
        self.asked += 1
        return self.objects[name]

    def put_bytes(self, name: str, data: bytes, **more: Any) -> StoredObject:
        self.asked += 1
        if name in self.objects:
            raise NameTakenError(name)
        self.objects[name] = data
        return self._found(name)

    def list(self, prefix: str = "") -> list[StoredObject]:
        names = sorted(name for name in self.objects if name.startswith(prefix))
        self.asked += max(1, -(-len(names) // 1000))
        return [self._found(name) for name in names]


def test_a_book_of_thousands_is_asked_as_little_as_a_small_one(place) -> None:
    """Waiting for a turn, and a retry that comes late, must not read the month."""
    book = place((Cap("month", 1e6),))
    book.store = store = Memory()
    book.store.destination = place().store.destination
    book.take("early", 1, {}, WHOSE)
    entries = Entries(store, "2026-11")
    first = entries.latest()
    for number in range(2, 7001):
        assert entries.write(Line(number, f"job {number}", 1, first.at, {}, {}, {"2026-11": number}, first.families))
    calls = {}
    for name, call in {
        "a new job": lambda: book.take("new", 1, {}, WHOSE),
        "the same again": lambda: book.take("new", 1, {}, WHOSE),
        "a late retry": lambda: book.take("early", 1, {}, WHOSE),
        "given back": lambda: book.give_back("early", WHOSE),
        "what is left": book.sums,
    }.items():
        store.asked = 0
        call()
        calls[name] = store.asked
    assert book.sums() == {"2026-11": 7000}
    assert max(calls.values()) <= 16, calls
    assert calls["a late retry"] <= 5, calls


def test_what_does_not_fit_leaves_nothing_to_be_looked_for_later(place) -> None:
    with pytest.raises(BudgetExceededError):
        place().take("a", 11, {}, WHOSE)
    assert [found.name for found in place().store.list()] == []
