"""Paying once: every way in which a try can end, and what the next one does about it."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    InvalidRequestError,
    LedgerError,
    PolicyRefusalError,
    RequestChangedError,
    ServerUnreachableError,
)
from airflow_provider_sora.jobs.ledger import COMPLETED, INTENT, REFUSED, SUBMITTED, Ledger
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.protocol.answers.job import JobError, JobStatus
from tests.unit.jobs.fakes import Desk, Died, create

LOST = AmbiguousSubmitError("the answer was lost")


def entry_of(desk: Desk):
    assert desk.store is not None
    return Ledger(desk.store).read()


def test_first_try_pays_once_and_records_intent_then_id() -> None:
    desk = Desk()
    job, entry = desk.attempt(create())
    assert (len(desk.server.posts), job.id, entry.phase) == (1, "video_1", SUBMITTED)
    assert entry.deadline == entry.submitted_at + 3600
    assert [claim["phase"] for claim in desk.claims] == [INTENT, SUBMITTED]


def test_retry_with_the_same_request_attaches() -> None:
    desk = Desk()
    first, _ = desk.attempt(create())
    again, entry = desk.attempt(create())
    assert (again.id, len(desk.server.posts), entry.try_number) == (first.id, 1, 1)


def test_a_store_that_cannot_be_read_stops_before_paying() -> None:
    desk = Desk()
    desk.store.fail_get = RuntimeError("api server away")
    with pytest.raises(LedgerError, match="before it sent anything further"):
        desk.attempt(create())
    assert desk.server.posts == []


def test_a_store_that_cannot_be_written_stops_before_paying() -> None:
    desk = Desk()
    desk.store.fail_set = RuntimeError("api server away")
    with pytest.raises(LedgerError, match="was not sent, so it costs nothing"):
        desk.attempt(create())
    assert desk.server.posts == []


def test_an_unreadable_record_is_not_an_absent_one() -> None:
    desk = Desk()
    desk.store.set("sora_job", {"schema": 99})
    with pytest.raises(LedgerError):
        desk.attempt(create())
    assert desk.server.posts == []


def test_the_id_is_announced_even_if_the_store_fails_after_paying() -> None:
    desk = Desk()
    store, writes = desk.store, []

    def failing_second_set(key, value):
        writes.append(key)
        if len(writes) == 2:
            raise RuntimeError("api server away")
        store.values[key] = __import__("json").dumps(value)

    store.set = failing_second_set
    with pytest.raises(LedgerError, match="video_1"):
        desk.attempt(create())
    assert desk.claims[-1]["video_id"] == "video_1"


def test_death_between_acceptance_and_record_adopts() -> None:
    desk = Desk()
    desk.store.die_at_set = 2
    with pytest.raises(Died):
        desk.attempt(create())
    desk.store.die_at_set = None
    assert entry_of(desk).phase == INTENT
    desk.clock.sleep(3)
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted, len(desk.server.posts)) == ("video_1", True, 1)


def test_death_before_the_request_looks_like_a_lost_answer() -> None:
    desk = Desk()
    desk.server.refuse.append(Died())
    with pytest.raises(Died):
        desk.attempt(create())
    assert desk.server.jobs == {}
    with pytest.raises(AmbiguousSubmitError, match="does not prove that there is none"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_lost_answer_is_settled_in_the_same_try() -> None:
    desk = Desk()
    desk.server.lose_answer.append(LOST)
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted, len(desk.server.posts)) == ("video_1", True, 1)


def test_lost_answer_on_a_server_without_prompts_fails_and_stays_failed() -> None:
    desk = Desk()
    desk.lists_prompts = False
    desk.server.lose_answer.append(LOST)
    for _ in range(2):
        with pytest.raises(AmbiguousSubmitError, match=r"may have cost \$0.40") as caught:
            desk.attempt(create())
        assert caught.value.never_retry
    assert len(desk.server.posts) == 1


def test_fail_and_resubmit_do_what_they_say() -> None:
    desk = Desk(on_ambiguous_submit="fail")
    desk.server.lose_answer.append(LOST)
    with pytest.raises(AmbiguousSubmitError, match="on_ambiguous_submit='fail'"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1
    desk.choices["on_ambiguous_submit"] = "resubmit"
    job, _ = desk.attempt(create())
    assert (job.id, len(desk.server.posts)) == ("video_2", 2)
    assert desk.server.posts[0] != desk.server.posts[1]


def test_a_server_that_knows_keys_gets_the_same_key_again() -> None:
    desk = Desk()
    desk.honours_key, desk.lists_prompts = True, False
    desk.server.lose_answer.append(LOST)
    desk.attempt(create())
    assert len(desk.server.posts) == 2 and len(set(desk.server.posts)) == 1


def test_two_fitting_jobs_are_not_guessed_between() -> None:
    desk = Desk()
    desk.server.lose_answer.append(LOST)
    desk.server.make(create())
    with pytest.raises(AmbiguousSubmitError, match=r"video_1, video_2|video_2, video_1"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_a_siblings_job_is_never_adopted() -> None:
    desk = Desk()
    desk.server.make(create())
    desk.siblings = Siblings(claimed=frozenset({"video_1"}))
    desk.server.lose_answer.append(LOST)
    job, _ = desk.attempt(create())
    assert job.id == "video_2"


def test_an_equal_request_under_way_elsewhere_forbids_adoption() -> None:
    desk = Desk()
    desk.siblings = Siblings(in_flight=("create[1] of run r",))
    desk.server.lose_answer.append(LOST)
    with pytest.raises(AmbiguousSubmitError, match=r"create\[1\] of run r.*video_1"):
        desk.attempt(create())


def test_an_older_job_with_the_same_prompt_is_not_ours() -> None:
    desk = Desk()
    desk.server.make(create())
    desk.clock.sleep(60)
    desk.server.lose_answer.append(LOST)
    job, _ = desk.attempt(create())
    assert job.id == "video_2"


def test_the_window_follows_the_servers_clock() -> None:
    desk = Desk()
    desk.server.clock_offset = -300.0
    desk.clock.time -= 300
    desk.server.lose_answer.append(LOST)
    real_now = desk.clock.now
    desk.clock.now = lambda: real_now() + 300  # our clock is ahead of the server's
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted) == ("video_1", True)


def test_a_certain_refusal_leaves_no_open_intent() -> None:
    desk = Desk()
    desk.server.refuse.append(InvalidRequestError("bad size"))
    with pytest.raises(InvalidRequestError):
        desk.attempt(create())
    assert entry_of(desk).phase == REFUSED
    desk.server.refuse.append(ServerUnreachableError("no connection"))
    with pytest.raises(ServerUnreachableError):
        desk.attempt(create())
    job, _ = desk.attempt(create())
    assert (job.id, len(desk.server.posts), len(set(desk.server.posts))) == ("video_1", 3, 1)


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_a_failed_or_cancelled_job_is_replaced_once_per_retry(status: JobStatus) -> None:
    desk = Desk()
    desk.attempt(create())
    desk.server.end("video_1", status)
    job, entry = desk.attempt(create())
    assert (job.id, entry.ordinal, len(desk.server.posts)) == ("video_2", 2, 2)
    assert desk.server.posts[0] != desk.server.posts[1]
    assert desk.attempt(create())[0].id == "video_2"


def test_a_policy_refusal_is_not_paid_again() -> None:
    desk = Desk()
    desk.attempt(create())
    desk.server.end("video_1", JobStatus.FAILED, JobError("moderation_blocked", "blocked by the moderation system"))
    with pytest.raises(PolicyRefusalError):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_a_changed_request_on_a_retry_fails_without_paying() -> None:
    desk = Desk()
    desk.attempt(create("first"))
    with pytest.raises(RequestChangedError, match=r"prompt changed.*video_1"):
        desk.attempt(create("second"))
    assert len(desk.server.posts) == 1


def test_a_changed_request_is_paid_after_a_failed_job_or_by_choice_or_after_a_clear() -> None:
    failed = Desk()
    failed.attempt(create("first"))
    failed.server.end("video_1", JobStatus.FAILED)
    assert failed.attempt(create("second"))[0].id == "video_2"

    chosen = Desk(on_change="new")
    chosen.attempt(create("first"))
    assert chosen.attempt(create("second"))[0].id == "video_2"

    cleared = Desk()
    cleared.attempt(create("first"))
    cleared.clear()
    assert cleared.attempt(create("second"))[0].id == "video_2"


def test_clear_reuses_and_starts_a_new_wait_only_past_the_deadline() -> None:
    desk = Desk()
    _, first = desk.attempt(create())
    desk.clear()
    job, entry = desk.attempt(create())
    assert (job.id, entry.deadline) == ("video_1", first.deadline)
    desk.clock.sleep(4000)
    desk.clear()
    _, late = desk.attempt(create())
    assert late.deadline == desk.clock.time + 3600
    _, retried = desk.attempt(create())
    assert retried.deadline == late.deadline, "a retry after the clear must not stretch the wait again"


def test_a_retry_past_the_deadline_keeps_it() -> None:
    desk = Desk()
    _, first = desk.attempt(create())
    desk.clock.sleep(4000)
    job, entry = desk.attempt(create())
    assert (job.id, entry.deadline) == ("video_1", first.deadline)


def test_clear_with_new_pays_again() -> None:
    desk = Desk(on_clear="new")
    desk.attempt(create())
    assert desk.attempt(create())[0].id == "video_1"
    desk.clear()
    assert desk.attempt(create())[0].id == "video_2"


def test_a_vanished_job_is_never_replaced_by_itself() -> None:
    desk = Desk()
    desk.attempt(create())
    desk.server.jobs.clear()
    job, _ = desk.attempt(create())
    assert (job.id, job.status, len(desk.server.posts)) == ("video_1", JobStatus.IN_PROGRESS, 1)


def test_a_completed_job_that_the_server_dropped_is_left_to_the_archive() -> None:
    desk = Desk()
    _, entry = desk.attempt(create())
    ledger = Ledger(desk.store)
    ledger.read()
    ledger.write(entry.changed(phase=COMPLETED, returned={"model": "sora-2", "seconds": 4.0}))
    desk.server.jobs.clear()
    job, _ = desk.attempt(create())
    assert (job.status, job.seconds, len(desk.server.posts)) == (JobStatus.COMPLETED, 4.0, 1)


def test_changed_request_after_a_lost_answer_is_ambiguous() -> None:
    desk = Desk()
    desk.store.die_at_set = 2
    with pytest.raises(Died):
        desk.attempt(create("first"))
    desk.store.die_at_set = None
    with pytest.raises(AmbiguousSubmitError, match="prompt"):
        desk.attempt(create("second"))
    assert len(desk.server.posts) == 1


def test_without_a_state_store_a_lost_answer_is_still_settled_within_the_try() -> None:
    desk = Desk()
    desk.store = None
    desk.server.lose_answer.append(LOST)
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted, len(desk.server.posts)) == ("video_1", True, 1)


def test_without_a_state_store_every_try_pays_but_under_the_same_key() -> None:
    desk = Desk()
    desk.store = None
    desk.attempt(create())
    desk.attempt(create())
    assert len(desk.server.posts) == 2
    assert len(set(desk.server.posts)) == 1
