"""Reading what the other tasks of a DAG have claimed."""

from __future__ import annotations

import pytest

from airflow_provider_sora.jobs.ledger import INTENT, SUBMITTED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope
from airflow_provider_sora.jobs.settling.siblings import OLD_CLAIM, Paying, claim_of, read_siblings, split_key

ME = Scope("dag", "r1", "create", 0)


def entry(match: str = "m", phase: str = INTENT, video_id: str | None = None, intent_at: float = 5000.0) -> Entry:
    return Entry(phase, 1, Fingerprint("d", match, {}), "k", intent_at, "c", "http://s/v1", 1, 2, video_id=video_id)


class Reader:
    def __init__(self, states, claims, later=None) -> None:
        self.answers = [states, later or states]
        self.shown = claims

    def task_states(self, dag_id, task_ids, run_ids=None):
        return self.answers.pop(0)

    def claims(self, dag_id, run_id, task_id, map_indexes):
        places = {index: (run_id, task_id, index) for index in map_indexes}
        return {index: self.shown[place] for index, place in places.items() if place in self.shown}


def read(states, claims, later=None):
    return read_siblings(Reader(states, claims, later), ME, {"dag": Paying(("create", "remix"))}, entry())


def test_ids_are_claimed_and_our_own_row_is_not_looked_at() -> None:
    found = read(
        {"r1": {"create_0": "running", "create_1": "success"}, "r0": {"remix": "deferred"}},
        {
            ("r1", "create", 0): claim_of(entry()),
            ("r1", "create", 1): claim_of(entry(phase=SUBMITTED, video_id="v1")),
            ("r0", "remix", -1): claim_of(entry(phase=SUBMITTED, video_id="v2")),
        },
    )
    assert found.claimed == {"v1", "v2"} and found.in_flight == ()


def test_an_equal_open_intent_is_in_flight_even_after_its_task_failed() -> None:
    found = read({"r1": {"create_1": "failed"}}, {("r1", "create", 1): claim_of(entry())})
    assert found.in_flight == ("create[1] of run r1",)


@pytest.mark.parametrize("claim", [entry(match="other"), entry(intent_at=5000.0 - OLD_CLAIM)])
def test_another_request_or_an_old_one_is_not(claim: Entry) -> None:
    assert read({"r1": {"create_1": "running"}}, {("r1", "create", 1): claim_of(claim)}).in_flight == ()


@pytest.mark.parametrize(
    ("before", "after", "open_"),
    [
        ("running", "running", True),
        ("queued", "running", True),
        ("running", "success", True),
        ("queued", "deferred", True),
        ("up_for_retry", "deferred", True),
        (None, "success", True),
        ("queued", "queued", False),
        (None, "queued", False),
        ("failed", "queued", False),
        (None, None, False),
        ("failed", "failed", False),
        ("success", "success", False),
    ],
)
def test_a_started_sibling_without_a_claim_may_be_in_flight(before, after, open_: bool) -> None:
    found = read({"r1": {"create_1": before}}, {}, {"r1": {"create_1": after}})
    assert bool(found.in_flight) is open_


def test_task_ids_that_end_in_digits_are_not_confused() -> None:
    assert split_key("create_7", ["create"]) == ("create", 7)
    assert split_key("create_7", ["create_7"]) == ("create_7", -1)
    assert split_key("create_7_2", ["create_7"]) == ("create_7", 2)
    assert split_key("load", ["create"]) is None


class Counting(Reader):
    """Two DAGs; counts the reads of claims."""

    def __init__(self, states, claims) -> None:
        super().__init__(states, claims)
        self.states, self.reads = states, []

    def task_states(self, dag_id, task_ids, run_ids=None):
        return {"r0": self.states} if dag_id == "other" else {}

    def claims(self, dag_id, run_id, task_id, map_indexes):
        self.reads.append((dag_id, run_id, task_id))
        return super().claims(dag_id, run_id, task_id, map_indexes)


def test_claims_of_other_dags_count_as_those_of_this_one() -> None:
    shown = {("r0", "make", -1): claim_of(entry(phase=SUBMITTED, video_id="v3"))}
    payers = {"dag": Paying(("create",)), "other": Paying(("make",))}
    found = read_siblings(Counting({"make": "running"}, shown), ME, payers, entry())
    assert found.claimed == {"v3"}
    found = read_siblings(Counting({"make": "running"}, {}), ME, payers, entry())
    assert found.in_flight == ("make of run r0 of DAG other",)


@pytest.mark.parametrize(("state", "reads"), [("success", 1), ("failed", 1), ("running", 3), ("queued", 3)])
def test_what_has_ended_is_read_once_in_a_search(state: str, reads: int) -> None:
    shown = {("r0", "make", -1): claim_of(entry(phase=SUBMITTED, video_id="v3"))}
    reader, cache = Counting({"make": state}, shown), {}
    for _ in range(3):
        assert read_siblings(reader, ME, {"other": Paying(("make",))}, entry(), cache).claimed == {"v3"}
    assert len(reader.reads) == reads
    reader.states = {"make": None}  # cleared
    read_siblings(reader, ME, {"other": Paying(("make",))}, entry(), cache)
    assert len(reader.reads) == reads + 1
