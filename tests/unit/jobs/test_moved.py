"""A mapped list that comes in another order after a clear: every item finds its job again and pays for nothing."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.ledger import FAILED, SUBMITTED
from airflow_provider_sora.jobs.request_digest import Scope, fingerprint_of
from airflow_provider_sora.jobs.settling.moved import Neighbours, held_job, read_neighbours
from airflow_provider_sora.jobs.settling.siblings import read_claim
from tests.unit.jobs.fakes import Desk, Server, create


class Mapped:
    """The desks of a mapped task on one server, which see each other's last claims."""

    def __init__(self, number: int) -> None:
        self.desks = [Desk() for _ in range(number)]
        server: Server = self.desks[0].server
        self.begun: set[int] = set()
        for index, desk in enumerate(self.desks):
            desk.server, desk.clock = server, server.clock
            desk.scope = Scope("dag", "run", "task", index)
        self.server = server

    def run(self, prompts: list[str], *, keys: list[str] | None = None, order: list[int] | None = None) -> list[str]:
        """The jobs that the items get, in the order of the list."""
        self.begun.clear()
        made = {}
        for index in order or range(len(prompts)):
            desk = self.desks[index]
            desk.item_key = keys[index] if keys else None
            self.begun.add(index)
            made[index] = desk.attempt(create(prompts[index]))[0].id
        return [made[index] for index in range(len(prompts))]

    def clear(self) -> None:
        for index, desk in enumerate(self.desks):
            desk.clear()
            desk.neighbours = lambda me=index: self.around(me)

    def around(self, me: int) -> Neighbours:
        claims = {i: read_claim(desk.claims[-1]) for i, desk in enumerate(self.desks) if i != me and desk.claims}
        return Neighbours(claims, frozenset(self.begun - {me}))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]], ids=str)
@pytest.mark.parametrize("turned", [[3, 2, 1, 0], [1, 2, 3, 0], [1, 0, 3, 2]], ids=str)
def test_another_order_pays_for_nothing(turned: list[int], order: list[int]) -> None:
    mapped = Mapped(4)
    prompts = ["a", "b", "c", "d"]
    first = mapped.run(prompts)
    for _ in range(3):
        mapped.clear()
        prompts = [prompts[index] for index in turned]
        first = [first[index] for index in turned]
        assert mapped.run(prompts, order=order) == first
    assert len(mapped.server.posts) == 4


def test_a_list_that_grows_and_shrinks_pays_for_what_is_new() -> None:
    mapped = Mapped(3)
    assert mapped.run(["a", "b"]) == ["video_1", "video_2"]
    mapped.clear()
    assert mapped.run(["new", "a", "b"]) == ["video_3", "video_1", "video_2"]
    mapped.clear()
    assert mapped.run(["b"]) == ["video_2"]
    mapped.clear()
    assert mapped.run(["a", "new", "b"]) == ["video_1", "video_3", "video_2"]
    assert len(mapped.server.posts) == 3


def test_two_items_that_ask_for_the_same_keep_a_job_each() -> None:
    mapped = Mapped(3)
    first = mapped.run(["a", "a", "b"])
    mapped.clear()
    again = mapped.run(["b", "a", "a"])
    assert (again[0], set(again)) == ("video_3", set(first))
    assert len(mapped.server.posts) == 3


def test_items_with_keys_keep_their_own_jobs() -> None:
    mapped = Mapped(2)
    assert mapped.run(["a", "a"], keys=["x", "y"]) == ["video_1", "video_2"]
    mapped.clear()
    assert mapped.run(["a", "a"], keys=["y", "x"]) == ["video_2", "video_1"]
    assert len(mapped.server.posts) == 2


def test_naming_items_later_is_no_other_request() -> None:
    desk = Desk()
    desk.attempt(create())
    desk.item_key = "x"
    assert desk.attempt(create())[0].id == "video_1"


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=str)
def test_an_item_that_is_there_twice_now_is_paid_for_once_more(order: list[int]) -> None:
    """Whoever begins first has the job; the other one, even if its record names it, gets one of its own."""
    mapped = Mapped(2)
    mapped.run(["a"])
    mapped.clear()
    again = mapped.run(["a", "a"], order=order)
    assert sorted(again) == ["video_1", "video_2"]
    assert len(mapped.server.posts) == 2


def test_an_item_that_comes_back_finds_its_job_in_the_record_of_its_place() -> None:
    mapped = Mapped(2)
    assert mapped.run(["a", "b"]) == ["video_1", "video_2"]
    for prompt, video_id in (("b", "video_2"), ("a", "video_1"), ("b", "video_2")):
        mapped.clear()
        assert mapped.run([prompt]) == [video_id]
    assert len(mapped.server.posts) == 2


def test_a_failed_job_is_not_offered() -> None:
    request = fingerprint_of(create(), "http://s/v1")
    job = {"video_id": "v1", "digest": request.digest, "phase": FAILED}
    around = Neighbours({0: read_claim({**job, "earlier": [{**job, "video_id": "v0", "phase": SUBMITTED}]})})
    assert held_job(around, request).video_id == "v0"
    assert held_job(Neighbours({0: read_claim(job)}), request) is None


def test_a_neighbour_that_shows_nothing_yet_is_waited_for_and_then_nothing_is_paid() -> None:
    desk = Desk()
    desk.scope = Scope("dag", "run", "task", 0)
    desk.neighbours = lambda: Neighbours({}, frozenset({1}), ("task[1] of run r",))
    before = desk.clock.time
    with pytest.raises(SoraError, match=r"task\[1\] of run r has not shown.*Nothing was paid") as caught:
        desk.attempt(create())
    assert desk.server.posts == [] and desk.clock.time - before >= 90
    assert not caught.value.never_retry


def test_what_a_neighbour_shows_counts_only_with_its_state() -> None:
    class Reader:
        def task_states(self, dag_id, task_ids, run_ids=None):
            assert (task_ids, run_ids) == (["task"], ["run"])
            return {"run": {"task_0": "running", "task_1": "running", "task_2": "queued", "task_3": "success"}}

        def claims(self, dag_id, run_id, task_id, map_indexes):
            return {2: {"video_id": "v2"}, 3: {"video_id": "v3"}}

    around = read_neighbours(Reader(), Scope("dag", "run", "task", 0))
    assert (set(around.claims), around.begun, around.silent) == ({2, 3}, {1, 3}, ("task[1] of run run",))


@pytest.mark.parametrize("after", ["running", "deferred", "success"])
def test_what_a_neighbour_showed_before_it_began_is_not_taken_for_what_it_asks_for(after: str) -> None:
    """Seen under load: its claim was read, it began, and its job, which it no longer wanted, was paid for again."""
    request = fingerprint_of(create(), "http://s/v1").digest

    class Reader:
        states = iter(["queued", after, after, after])

        def task_states(self, dag_id, task_ids, run_ids=None):
            return {"run": {"task_0": "running", "task_1": next(self.states)}}

        def claims(self, dag_id, run_id, task_id, map_indexes):
            return {1: {"video_id": "v1", "digest": request, "asks": request}}

    reader, scope = Reader(), Scope("dag", "run", "task", 0)
    around = read_neighbours(reader, scope)
    assert (around.claims, around.silent) == ({}, ("task[1] of run run",)), "it is looked at again"
    assert set(read_neighbours(reader, scope).claims) == {1}
