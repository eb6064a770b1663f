"""Looking for a lost job: what is adopted, what counts as absent, and when neither can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    InvalidRequestError,
    RateLimitedError,
    ServerFaultError,
)
from airflow_provider_sora.jobs.ledger import INTENT, Ledger
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.protocol.answers.job import JobPage, JobStatus, VideoJob
from tests.unit.jobs.fakes import Desk, Died, create

LOST = AmbiguousSubmitError("the answer was lost")
ASKED = create()
LISTED = VideoJob(
    "video_1",
    JobStatus.QUEUED,
    prompt=ASKED.prompt,
    model="sora-2",
    size="1280x720",
    seconds=4.0,
    created_at=100.0,
)


def lost(desk: Desk) -> None:
    """A first try whose process died between the server's acceptance and the record."""
    desk.store.die_at_set = 2
    with pytest.raises(Died):
        desk.attempt(create())
    desk.store.die_at_set = None


def never_sent(desk: Desk) -> None:
    """A first try whose process died right before its request."""
    desk.server.refuse.append(Died())
    with pytest.raises(Died):
        desk.attempt(create())


@pytest.mark.parametrize("changes", [{"created_at": None}, {"prompt": None}, {"seconds": 5.0}, {"size": "1280x704"}])
def test_a_doubtful_job_is_neither_adopted_nor_taken_for_absent(changes: dict) -> None:
    desk = Desk()
    lost(desk)
    desk.server.jobs["video_1"] = replace(desk.server.jobs["video_1"], **changes)
    with pytest.raises(AmbiguousSubmitError, match="video_1"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_siblings_are_not_read_while_there_is_nothing_to_adopt() -> None:
    desk = Desk()
    never_sent(desk)
    desk.siblings = None  # reading it would fail
    with pytest.raises(AmbiguousSubmitError, match="does not prove"):
        desk.attempt(create())


def test_a_list_that_fails_for_a_while_is_asked_again() -> None:
    desk = Desk()
    lost(desk)
    listing, failures = desk.server.list_videos, [ServerFaultError("away")] * 3

    def flaky(*args, **kwargs):
        if failures:
            raise failures.pop()
        return listing(*args, **kwargs)

    desk.server.list_videos = flaky
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted, len(desk.server.posts)) == ("video_1", True, 1)


def test_a_list_that_keeps_failing_proves_nothing() -> None:
    desk = Desk()
    lost(desk)
    desk.server.list_error = ServerFaultError("away")
    with pytest.raises(AmbiguousSubmitError, match=r"could not be asked for its list \(away\)"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_absence_waits_as_long_as_the_request_may_take() -> None:
    desk = Desk(ambiguous_settle=1)
    never_sent(desk)
    before = desk.clock.time
    with pytest.raises(AmbiguousSubmitError):
        desk.attempt(create())
    assert desk.clock.time - before >= 10 + 2 * 60


def test_the_clock_is_measured_when_the_intent_did_not_know_it() -> None:
    desk = Desk()
    desk.server.clock_offset = None
    lost(desk)
    # The server's clock is 300 s behind: without measuring it, its job would look older than our intent.
    desk.server.jobs["video_1"] = replace(desk.server.jobs["video_1"], created_at=desk.clock.time - 300)
    listing = desk.server.list_videos

    def measured(*args, **kwargs):
        desk.server.clock_offset = -300.0
        return listing(*args, **kwargs)

    desk.server.list_videos = measured
    assert desk.attempt(create())[1].adopted


def test_without_any_date_the_window_is_wide() -> None:
    desk = Desk()
    desk.server.clock_offset = None
    lost(desk)
    desk.server.jobs["video_1"] = replace(desk.server.jobs["video_1"], created_at=desk.clock.time - 500)
    assert desk.attempt(create())[1].adopted


def test_adoption_after_a_clear_is_no_clear_for_the_next_retry() -> None:
    desk = Desk(on_clear="new")
    lost(desk)
    desk.clear()
    job, entry = desk.attempt(create())
    assert (job.id, entry.adopted) == ("video_1", True)
    assert desk.attempt(create())[0].id == "video_1", "an automatic retry must not pay again"
    assert len(desk.server.posts) == 1


def test_adoption_after_a_late_clear_waits_anew() -> None:
    desk = Desk()
    lost(desk)
    desk.clock.sleep(90_000)
    desk.clear()
    _, entry = desk.attempt(create())
    assert entry.deadline == desk.clock.time + 3600


def test_a_repeat_under_the_same_key_may_be_repeated_by_a_later_try() -> None:
    desk = Desk()
    desk.honours_key, desk.lists_prompts = True, False
    desk.server.lose_answer += [LOST, LOST]
    with pytest.raises(ServerFaultError, match="makes no second job") as caught:
        desk.attempt(create())
    assert not caught.value.never_retry
    assert Ledger(desk.store).read().phase == INTENT
    desk.attempt(create())
    assert len(desk.server.posts) == 3
    assert len(set(desk.server.posts)) == 1


@pytest.mark.parametrize("refusal", [RateLimitedError("slow down", retry_after=3), InvalidRequestError("no")])
def test_a_refused_repeat_leaves_the_first_request_open(refusal: Exception) -> None:
    desk = Desk()
    desk.honours_key, desk.lists_prompts = True, False
    lost(desk)
    desk.server.refuse.append(refusal)
    with pytest.raises(type(refusal)):
        desk.attempt(create())
    assert Ledger(desk.store).read().phase == INTENT
    with pytest.raises(AmbiguousSubmitError, match="prompt"):
        desk.attempt(create("another prompt"))
    desk.attempt(create())
    assert len(set(desk.server.posts)) == 1


def test_a_claim_that_cannot_be_shown_leaves_no_intent_to_settle() -> None:
    desk = Desk()

    class Broken(list):
        def append(self, entry) -> None:
            raise RuntimeError("api server away")

    desk.claims = Broken()
    with pytest.raises(RuntimeError):
        desk.attempt(create())
    assert Ledger(desk.store).read() is None
    assert desk.server.posts == []


def test_an_attaching_try_shows_its_claim_before_it_asks_the_server() -> None:
    desk = Desk()
    desk.attempt(create())
    desk.claims.clear()
    look = desk.server.get_video

    def looking(video_id):
        assert [claim["video_id"] for claim in desk.claims] == ["video_1"]
        return look(video_id)

    desk.server.get_video = looking
    desk.attempt(create())


def test_a_job_that_was_listed_once_is_not_absent_because_another_replica_does_not_know_it() -> None:
    desk = Desk()
    lost(desk)
    listing, turns = desk.server.list_videos, iter([True, *[False] * 99])
    desk.server.list_videos = lambda *args, **kwargs: listing() if next(turns) else JobPage(())
    desk.siblings = Siblings(in_flight=("create[1] of run r",))
    with pytest.raises(AmbiguousSubmitError, match="video_1"):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_a_late_search_reads_the_list_more_than_once() -> None:
    desk = Desk()
    lost(desk)
    desk.clock.sleep(90_000)
    listing, turns = desk.server.list_videos, iter([False, False, True])
    desk.server.list_videos = lambda *args, **kwargs: listing() if next(turns) else JobPage(())
    assert desk.attempt(create())[1].adopted


def test_a_clear_may_archive_elsewhere_and_a_retry_may_not() -> None:
    desk = Desk()
    desk.destination = "gs://first"
    desk.attempt(create())
    desk.destination = "gs://second"
    assert desk.attempt(create())[1].destination == "gs://first"
    desk.clear()
    assert desk.attempt(create())[1].destination == "gs://second"
