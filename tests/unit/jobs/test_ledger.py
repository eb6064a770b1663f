"""No record of a job is overwritten by another: whoever stood still learns that the task has gone on."""

from __future__ import annotations

import json

import pytest

from airflow_provider_sora.exceptions import AmbiguousSubmitError, LedgerError
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, STATE_KEY, SUBMITTED, Entry, Ledger
from airflow_provider_sora.jobs.settling.siblings import claim_of, read_claim
from airflow_provider_sora.protocol.answers.job import JobStatus
from tests.unit.jobs.fakes import Desk, create


def test_a_process_that_was_frozen_before_its_request_does_not_send_it() -> None:
    """It wrote its intent and read it back; then another try settled and paid. It wakes up and looks once more."""
    desk = Desk(on_ambiguous_submit="resubmit")
    send = desk.server.submit

    def frozen(submission, *, idempotency_key, before):
        desk.server.submit = send
        assert desk.attempt(create())[0].id == "video_1"  # the next try, meanwhile
        return send(submission, idempotency_key=idempotency_key, before=before)

    desk.server.submit = frozen
    with pytest.raises(LedgerError, match=r"names job video_1.*This request was not sent"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1
    assert Ledger(desk.store).read().video_id == "video_1"


def test_a_process_that_was_frozen_in_its_request_does_not_overwrite_the_record() -> None:
    desk = Desk(on_ambiguous_submit="resubmit")
    send = desk.server.submit

    def frozen(submission, *, idempotency_key, before):
        desk.server.submit = send
        job = send(submission, idempotency_key=idempotency_key, before=before)
        assert desk.attempt(create())[0].id == "video_2"
        return job

    desk.server.submit = frozen
    with pytest.raises(LedgerError, match=r"names job video_2.*Job video_1 exists.*archive it by its id") as caught:
        desk.attempt(create())
    assert caught.value.video_id == "video_1"
    assert desk.claims[-1]["video_id"] == "video_2", "the claim that siblings see is the other try's"
    assert Ledger(desk.store).read().video_id == "video_2"


def test_a_record_that_was_deleted_meanwhile_is_not_written_again() -> None:
    desk = Desk()
    send = desk.server.submit

    def forgetting(submission, *, idempotency_key, before):
        del desk.store.values[STATE_KEY]
        return send(submission, idempotency_key=idempotency_key, before=before)

    desk.server.submit = forgetting
    with pytest.raises(LedgerError, match="was deleted"):
        desk.attempt(create())
    assert desk.server.posts == [] and STATE_KEY not in desk.store.values


def test_two_views_of_one_job_may_both_write_it() -> None:
    """A resumed task and the one before it: the record stays that of the job."""
    desk = Desk()
    _, entry = desk.attempt(create())
    one, other = Ledger(desk.store), Ledger(desk.store)
    one.read(), other.read()
    one.write(entry.changed(phase=COMPLETED))
    other.write(entry.changed(phase=FAILED))
    assert Ledger(desk.store).read().phase == FAILED


def test_an_unread_record_is_not_overwritten() -> None:
    desk = Desk()
    _, entry = desk.attempt(create())
    with pytest.raises(LedgerError, match="names job video_1"):
        Ledger(desk.store).write(entry.changed(video_id="video_9"))


def test_the_record_keeps_every_job_of_the_task() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.attempt(create())
        desk.server.end(f"video_{number}", JobStatus.FAILED)
    _, entry = desk.attempt(create())
    assert entry.video_id == "video_3" and entry.phase == SUBMITTED
    assert [(job.video_id, job.phase) for job in entry.earlier] == [("video_1", FAILED), ("video_2", FAILED)]


def test_earlier_jobs_are_stored_as_releases_before_stored_them() -> None:
    """Record and claim alike, and read back from there to the letter: what is stored outlives the code."""
    stored = {
        **{"video_id": "video_0", "phase": "failed", "digest": "d", "prompt": "p"},
        **{"sora_conn_id": "sora_default", "base_url": "http://s/v1", "intent_at": 1.5},
    }
    desk = Desk()
    _, entry = desk.attempt(create())
    value = {**entry.to_json(), "earlier": [stored]}
    read = Entry.from_json(value)
    assert read.to_json() == value and claim_of(read)["earlier"] == [stored]
    assert [job.to_json() for job in read_claim(claim_of(read)).jobs][1:] == [stored]
    with pytest.raises(ValueError, match="without its id"):
        Entry.from_json({**value, "earlier": [{**stored, "video_id": None}]})


def test_the_money_line_is_counted() -> None:
    desk = Desk(on_ambiguous_submit="resubmit")
    desk.server.lose_answer += [AmbiguousSubmitError("lost"), AmbiguousSubmitError("lost again")]
    with pytest.raises(AmbiguousSubmitError) as caught:
        desk.attempt(create())
    assert "2 paid requests of this task have no known outcome" in caught.value.message
    assert "This try sent 2 paid requests." in caught.value.message
    desk.choices["on_ambiguous_submit"] = "fail"
    with pytest.raises(AmbiguousSubmitError, match=r"2 paid requests of this task .*This try sent no paid request"):
        desk.attempt(create())


def test_a_record_of_an_earlier_version_is_read() -> None:
    desk = Desk()
    desk.attempt(create())
    value = desk.store.get(STATE_KEY)
    for name in ("in_flight", "lost", "earlier"):
        del value[name]
    value["idempotency_key"] = "sora-old"
    desk.store.set(STATE_KEY, value)
    job, entry = desk.attempt(create())
    assert (job.id, entry.idempotency_key, entry.earlier) == ("video_1", "sora-old", ())


def test_a_last_look_that_fails_sends_nothing_and_leaves_no_lost_request() -> None:
    """Airflow's interface is away for that one read: the next try just submits, on any server."""
    desk = Desk()
    desk.lists_prompts = False
    send, get = desk.server.submit, desk.store.get

    def away(*args):
        raise RuntimeError("api server away")

    def blinking(submission, *, idempotency_key, before):
        desk.store.get = away
        try:
            return send(submission, idempotency_key=idempotency_key, before=before)
        finally:
            desk.store.get, desk.server.submit = get, send

    desk.server.submit = blinking
    with pytest.raises(LedgerError, match="cannot be read"):
        desk.attempt(create())
    assert desk.server.posts == []
    assert desk.attempt(create())[0].id == "video_1"


def test_what_a_process_has_seen_is_not_read_again_until_it_pays() -> None:
    """Each read is a request to Airflow's API server."""
    desk, reads = Desk(), []
    get = desk.store.get
    desk.store.get = lambda key, default=None: reads.append(key) or get(key, default)
    ledger = Ledger(desk.store)
    assert [ledger.known() for _ in range(3)] == [None] * 3 and len(reads) == 1
    _job, entry = desk.attempt(create())
    assert ledger.known() is None, "as it was seen"
    assert ledger.read() == entry == ledger.known()
    before = len(reads)
    ledger.still_holds(entry)
    assert len(reads) == before + 1, "the last look before paying is a real one"


def test_a_store_that_keeps_nothing_new_stops_the_task_before_it_pays() -> None:
    desk = Desk(on_clear="new")
    desk.attempt(create())
    desk.clear()
    desk.store.set = lambda key, value: None
    with pytest.raises(LedgerError, match="still there"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_one_clip_costs_the_store_few_reads_and_three_writes() -> None:
    """Each is a request to Airflow's API server: the first read, two comparisons, and the last look before paying."""
    desk, calls = Desk(), []
    get, values = desk.store.get, desk.store.values
    desk.store.get = lambda key, default=None: calls.append("get") or get(key, default)
    desk.store.set = lambda key, value: calls.append("set") or values.update({key: json.dumps(value)})
    _job, entry = desk.attempt(create())
    assert (calls.count("get"), calls.count("set")) == (4, 2)
    resumed = Ledger(desk.store)
    assert resumed.read() == entry
    resumed.write(entry.changed(phase=COMPLETED), just_read=True)
    assert (calls.count("get"), calls.count("set")) == (5, 3)
    assert Ledger(desk.store).read().phase == COMPLETED
