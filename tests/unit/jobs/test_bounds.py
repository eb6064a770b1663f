"""Which claims a search reads, at the borders."""

from __future__ import annotations

import pytest

from airflow_provider_sora.jobs.settling.bounds import (
    KEEP_DAYS,
    MARGIN,
    MAX_READS,
    day_of,
    days_that_matter,
    is_noted,
    is_stale,
)
from airflow_provider_sora.jobs.settling.fit import CERTAINLY_OLDER
from airflow_provider_sora.jobs.settling.siblings import Paying, read_siblings
from tests.unit.jobs.test_siblings import ME, Reader, claim_of, entry

DAY = 86_400.0
#: Noon of a day far from 1970.
NOON = 20_000 * DAY + DAY / 2


@pytest.mark.parametrize(
    ("before_intent", "matters"),
    [
        (0.0, True),
        (CERTAINLY_OLDER, True),
        (CERTAINLY_OLDER + MARGIN, True),
        (CERTAINLY_OLDER + DAY / 2, True),  # the same UTC day as the border
        (CERTAINLY_OLDER + DAY / 2 + 1, False),
        (-600.0, True),  # while the request was under way
        (-600.0 - MARGIN, True),
        (-DAY / 2, False),  # the next UTC day: its job cannot be dated so early
    ],
)
def test_a_run_noted_so_long_before_the_lost_request_is_read(before_intent: float, matters: bool) -> None:
    assert (day_of(NOON - before_intent) in days_that_matter(NOON, 600.0)) is matters


def test_a_request_at_midnight_reads_both_days_around_it() -> None:
    midnight = 20_000 * DAY
    assert list(days_that_matter(midnight, 600.0)) == [19_998, 19_999, 20_000]
    assert list(days_that_matter(midnight - 1, 600.0)) == [19_998, 19_999, 20_000]


@pytest.mark.parametrize(
    ("since_days_ago", "looked_days_later", "noted"),
    [
        (2, 0, True),
        (1, 0, False),  # of the first day that matters, only a part is noted
        (0, 0, False),
        (None, 0, False),
        (30, KEEP_DAYS - 2, True),
        (30, KEEP_DAYS - 1, False),  # its first day may be deleted at any moment
    ],
)
def test_days_that_are_not_all_noted_are_not_relied_on(since_days_ago, looked_days_later, noted: bool) -> None:
    since = None if since_days_ago is None else NOON - since_days_ago * DAY
    assert is_noted(days_that_matter(NOON, 600.0), since, NOON + looked_days_later * DAY) is noted


def test_what_a_search_may_rely_on_is_never_stale() -> None:
    for hour in range(24 * 12):
        now = NOON + hour * 3600.0
        days = days_that_matter(NOON, 600.0)
        if is_noted(days, 0.0, now):
            assert not any(is_stale(day, now) for day in days)
    assert is_stale(day_of(NOON), NOON + (KEEP_DAYS + 1) * DAY)


@pytest.mark.parametrize(("runs", "stops"), [(MAX_READS, False), (MAX_READS + 1, True)])
def test_more_than_a_search_reads_stops_it(runs: int, stops: bool) -> None:
    states = {f"r{number}": {"remix": "success"} for number in range(runs)}
    shown = {("r1", "remix", -1): claim_of(entry(video_id="v1", phase="submitted"))}
    found = read_siblings(Reader(states, shown), ME, {"dag": Paying(("remix",))}, entry())
    assert found.in_flight == (
        (f"{runs} tasks of this Airflow, more than the {MAX_READS} that a search reads",) if stops else ()
    )
    assert found.claimed == (set() if stops else {"v1"})


def test_many_runs_are_asked_for_in_portions_and_none_twice() -> None:
    asked: list[list[str]] = []

    class Asked(Reader):
        def task_states(self, dag_id, task_ids, run_ids=None):
            asked.append(run_ids)
            return {run: {"remix": "success"} for run in run_ids}

    runs = tuple(f"r{number}" for number in range(250))
    read_siblings(Asked({}, {}), ME, {"dag": Paying(("remix",), runs), "idle": Paying(("x",), ())}, entry())
    assert [run for portion in asked[:3] for run in portion] == list(runs)
    assert [len(portion) for portion in asked] == [100, 100, 50] * 2
