"""A person's word on a lost answer: what the next try after a clear makes of it, once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import AmbiguousSubmitError, ConfigurationError, LedgerError, RequestChangedError
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, INTENT, REFUSED, STATE_KEY, SUBMITTED, Entry
from airflow_provider_sora.jobs.settling.by_hand import to_pay_again, with_job
from airflow_provider_sora.protocol.answers.job import JobStatus
from tests.unit.jobs.fakes import Desk, Store, create
from tests.unit.jobs.test_settle import LOST


def stuck(**choices: Any) -> Desk:
    """A task whose answer was lost, on a server that lists no prompts; its one job exists."""
    desk = Desk(**choices)
    desk.lists_prompts = False
    desk.server.lose_answer.append(LOST)
    with pytest.raises(AmbiguousSubmitError, match="airflow sora settle"):
        desk.attempt(create())
    desk.clock.sleep(3600)
    return desk


def record(desk: Desk) -> Entry:
    assert isinstance(desk.store, Store)
    return Entry.from_json(desk.store.get(STATE_KEY))


def write(desk: Desk, entry: Entry) -> None:
    assert isinstance(desk.store, Store)
    desk.store.set(STATE_KEY, entry.to_json())


@pytest.mark.parametrize("on_clear", ["reuse", "new"])
def test_a_clear_goes_on_with_the_job_that_a_person_named(on_clear: str) -> None:
    desk = stuck(on_clear=on_clear)
    write(desk, with_job(record(desk), desk.server.get_video("video_1"), sure=False))
    desk.clear()
    job, entry = desk.attempt(create())
    assert (job.id, len(desk.server.posts)) == ("video_1", 1), "named to go on with it, not to pay"
    assert entry.adopted and entry.decided is None and entry.deadline == desk.clock.time + 3600
    desk.clear()
    job, _ = desk.attempt(create())
    assert job.id == ("video_1" if on_clear == "reuse" else "video_2"), "the word counts once"


def test_a_clear_pays_once_more_where_a_person_says_that_there_is_no_job() -> None:
    desk = stuck(on_ambiguous_submit="fail")
    write(desk, to_pay_again(record(desk), desk.clock.time, sure=False))
    desk.clear()
    job, entry = desk.attempt(create("other words, for nothing holds the task to the lost ones"))
    assert (job.id, len(desk.server.posts), entry.lost, entry.decided) == ("video_2", 2, 1, None)
    assert len(set(desk.server.posts)) == 2, "another key: a server that honours it would not render again"
    assert desk.attempt(create("other words, for nothing holds the task to the lost ones"))[0].id == "video_2"


def test_an_answer_that_is_lost_again_is_as_lost_as_the_first() -> None:
    desk = stuck()
    write(desk, to_pay_again(record(desk), desk.clock.time, sure=False))
    desk.clear()
    desk.server.lose_answer.append(LOST)
    with pytest.raises(AmbiguousSubmitError, match="2 paid requests of this task have no known outcome"):
        desk.attempt(create())
    assert record(desk).decided is None and len(desk.server.posts) == 2


def test_another_video_of_a_finished_task() -> None:
    desk = Desk()
    desk.attempt(create())
    desk.server.end("video_1", JobStatus.COMPLETED)
    _, entry = desk.attempt(create())
    write(desk, to_pay_again(entry.changed(phase=COMPLETED), desk.clock.time, sure=False))
    desk.clear()
    job, entry = desk.attempt(create())
    assert (job.id, entry.ordinal, entry.lost) == ("video_2", 2, 0)
    assert [known.video_id for known in entry.earlier] == ["video_1"]


def test_a_named_job_that_the_server_failed_is_paid_for_anew_like_any_other() -> None:
    desk = stuck()
    write(desk, with_job(record(desk), desk.server.get_video("video_1"), sure=False))
    desk.server.end("video_1", JobStatus.FAILED)
    desk.clear()
    assert desk.attempt(create())[0].id == "video_2"


def test_a_request_that_renders_otherwise_now_does_not_take_the_named_job() -> None:
    desk = stuck()
    write(desk, with_job(record(desk), desk.server.get_video("video_1"), sure=False))
    desk.clear()
    with pytest.raises(RequestChangedError, match="prompt changed"):
        desk.attempt(create("another prompt"))
    assert len(desk.server.posts) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"prompt": "a cup"}, "another prompt"), ({"created_at": 1_000_000.0 - 3000}, "made 50 minutes before")],
)
def test_what_speaks_against_a_job_is_said(facts: dict[str, Any], words: str) -> None:
    desk = stuck()
    job = replace(desk.server.get_video("video_1"), **facts)
    with pytest.raises(ConfigurationError, match=words):
        with_job(record(desk), job, sure=False)
    assert with_job(record(desk), job, sure=True).video_id == "video_1"


@pytest.mark.parametrize("phase", [SUBMITTED, COMPLETED, FAILED, REFUSED])
def test_only_a_lost_request_is_given_a_job(phase: str) -> None:
    desk = stuck()
    entry = record(desk).changed(phase=phase, video_id="video_9")
    with pytest.raises(ConfigurationError, match=f"its record says {phase}, job video_9"):
        with_job(entry, desk.server.get_video("video_1"), sure=True)


@pytest.mark.parametrize("phase", [FAILED, REFUSED])
def test_what_a_clear_pays_for_anyway_needs_no_word(phase: str) -> None:
    with pytest.raises(ConfigurationError, match="A clear pays for a new job as it is"):
        to_pay_again(record(stuck()).changed(phase=phase, video_id="video_1"), 2e9, sure=True)


def test_a_request_that_may_still_be_under_way_is_not_sent_again() -> None:
    entry = record(stuck())
    assert entry.in_flight and entry.phase == INTENT
    with pytest.raises(ConfigurationError, match="may still reach the server"):
        to_pay_again(entry, entry.intent_at + entry.in_flight - 1, sure=False)
    assert to_pay_again(entry, entry.intent_at + entry.in_flight + 1, sure=False).decided == "again"


def test_an_unknown_record_stays_unreadable() -> None:
    desk = stuck()
    assert isinstance(desk.store, Store)
    desk.store.set(STATE_KEY, {**record(desk).to_json(), "phase": "settled"})
    with pytest.raises(LedgerError):
        desk.attempt(create())
