"""The notes of which runs pay: what their names say, and what a search takes from them."""

from __future__ import annotations

import json
import logging

import pytest

from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.ledger import INTENT, SUBMITTED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope
from airflow_provider_sora.jobs.settling.siblings import claim_of
from airflow_provider_sora.tasks.paying import payers
from airflow_provider_sora.tasks.paying.payers import SiblingsReader, note_of, note_run, read_note, since

NOW = 20_000 * 86_400.0 + 50_000
LOG = logging.getLogger("test")
ME = Scope("shop", "scheduled__2024-10-04T13:00:00+00:00", "create", 3)


def entry(phase: str = INTENT, video_id: str | None = None, intent_at: float = NOW) -> Entry:
    return Entry(phase, 1, Fingerprint("d", "m", {}), "k", intent_at, "c", "http://s/v1", 1, 2, video_id=video_id)


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Airflow's Variables, in a mapping."""
    kept: dict[str, str] = {}

    class Variable:
        keys = staticmethod(lambda prefix: [key for key in kept if key.startswith(prefix)])
        get = staticmethod(lambda key, default=None: kept.get(key, default))
        delete = staticmethod(lambda key: kept.pop(key, None))
        set = staticmethod(lambda key, value, description=None: kept.__setitem__(key, value))

    monkeypatch.setattr("airflow.sdk.Variable", Variable)
    return kept


class Reader:
    """Every run that is asked for has one task with a claim on the job named after the run."""

    def __init__(self, *runs: str) -> None:
        self.runs = runs
        self.asked: list[tuple[str, tuple[str, ...], tuple[str, ...] | None]] = []

    def task_states(self, dag_id, task_ids, run_ids=None):
        self.asked.append((dag_id, tuple(task_ids), run_ids and tuple(run_ids)))
        return {run: {task_ids[0]: "success"} for run in self.runs if run_ids is None or run in run_ids}

    def claims(self, dag_id, run_id, task_id, map_indexes):
        return dict.fromkeys(map_indexes, claim_of(entry(SUBMITTED, f"video of {run_id}")))


@pytest.mark.parametrize("run_id", ["manual__1", "backfill__2024-10-04T13:00:00+00:00", "a.b/c", "x" * 240, "tag ü?#"])
def test_a_note_says_who_pays_whatever_the_names(run_id: str, book: dict[str, str]) -> None:
    scope = Scope("shop.eu", run_id, "create", -1)
    note_run(scope, ["create", "remix"], NOW, LOG)
    (key,) = [key for key in book if not key.startswith(payers.SINCE)]
    assert len(key) <= 250 and json.loads(book[key])["run_id"] == run_id
    found = read_note(key)
    assert found == note_of(scope, ["remix", "create"], NOW) and found.day == 20_000
    reader = Reader(run_id)
    book[f"{payers.SINCE}1"] = "{}"
    book.pop(f"{payers.SINCE}{int(NOW)}")
    assert SiblingsReader(reader, ME, ["create"], lambda: NOW)(entry()).claimed == {f"video of {run_id}"}
    assert ("shop.eu", ("create", "remix"), (run_id,)) in reader.asked


def test_a_run_notes_itself_once_a_day_and_deletes_what_is_out_of_date(book: dict[str, str]) -> None:
    for day in range(8):
        for _ in range(3):
            note_run(ME, ["create"], NOW + day * 86_400, LOG)
    days = sorted(note.day for note in map(read_note, book) if note)
    assert days == [20_004, 20_005, 20_006, 20_007]
    assert since(book) == int(NOW), "that runs are noted is never forgotten"


def test_only_the_runs_of_the_days_that_matter_are_read_and_always_ones_own(book: dict[str, str]) -> None:
    book[f"{payers.SINCE}1"] = "{}"
    for days, run in enumerate(["today", "yesterday", "before", "long ago"]):
        note_run(Scope("news", run, "make", -1), ["make"], NOW - days * 86_400, LOG)
    reader = Reader("today", "yesterday", "before", "long ago", ME.run_id)
    found = SiblingsReader(reader, ME, ["create"], lambda: NOW)(entry())
    assert {*found.claimed} == {"video of today", "video of yesterday", f"video of {ME.run_id}"}
    assert all(run_ids is not None for _dag, _tasks, run_ids in reader.asked)


@pytest.mark.parametrize("began", [NOW - 86_400, None])
def test_where_the_notes_do_not_reach_back_every_run_is_read(began: float | None, book: dict[str, str]) -> None:
    if began is not None:
        book[f"{payers.SINCE}{int(began)}"] = "{}"
    book["sora_pays.films"] = '["shoot"]'
    reader = Reader("r1", "r2")
    SiblingsReader(reader, ME, ["create"], lambda: NOW)(entry())
    assert {asked[0] for asked in reader.asked} == {"shop", "films"}
    assert all(run_ids is None for _dag, _tasks, run_ids in reader.asked)


def test_who_cannot_be_noted_does_not_pay(monkeypatch: pytest.MonkeyPatch, book: dict[str, str]) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(payers, "_write", broken)
    with pytest.raises(LedgerError, match=r"sent and paid nothing.*retry") as caught:
        note_run(ME, ["create"], NOW, LOG)
    assert not caught.value.never_retry


def test_notes_that_cannot_be_read_count_as_somebody_who_may_be_paying(book: dict[str, str]) -> None:
    book[f"{payers.SINCE}1"] = "{}"
    book[note_of(Scope("news", "r", "make", -1), ["make"], NOW).key] = "no JSON"
    found = SiblingsReader(Reader(), ME, ["create"], lambda: NOW)(entry())
    assert "cannot be read" in found.in_flight[0]


def test_a_days_paying_runs_are_told_from_the_notes_alone(book: dict[str, str]) -> None:
    """What the budget's gate reads: not the DAG's whole history."""
    book[f"{payers.SINCE}1"] = "{}"
    long = "x" * 240
    for days, dag_id, run in [(0, "shop", "today"), (0, "shop", long), (2, "shop", "before"), (0, "news", "another's")]:
        note_run(Scope(dag_id, run, "create", -1), ["create"], NOW - days * 86_400, LOG)
    assert payers.runs_noted("shop", NOW - 3600, NOW) == ("today", long)
    assert payers.runs_noted("films", NOW - 3600, NOW) == ()


@pytest.mark.parametrize("began", [None, NOW - 60])
def test_where_it_was_not_noted_yet_who_paid_any_run_may_have(began: float | None, book: dict[str, str]) -> None:
    if began is not None:
        book[f"{payers.SINCE}{int(began)}"] = "{}"
    assert payers.runs_noted("shop", NOW - 3600, NOW) is None
