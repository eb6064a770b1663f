"""Paying again after a search that found nothing: only by a word of its own, and only before a witness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_sora.exceptions import AmbiguousSubmitError
from airflow_provider_sora.jobs.known_job import KnownJob, read_job
from airflow_provider_sora.jobs.ledger import Ledger
from airflow_provider_sora.jobs.request_digest import prompt_digest
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.protocol.answers.job import JobPage, JobStatus, VideoJob
from tests.unit.jobs.fakes import URL, Desk, Died, create

OTHER = create("Waves break on black rocks")


def searching(**choices) -> Desk:
    """A task whose request was never sent, beside a sibling whose job is under way; an older job lies further back."""
    desk = Desk(**{"on_ambiguous_submit": "resubmit_if_absent", **choices})
    desk.clock.time = 1_800_000_000.7
    desk.server.make(create("Yesterday's news in a studio"))
    desk.server.jobs["video_1"] = replace(desk.server.jobs["video_1"], created_at=desk.clock.time - 200_000)
    witness = desk.server.make(OTHER)
    desk.siblings = Siblings(
        claimed=frozenset({witness.id}),
        known=(KnownJob(witness.id, prompt_digest(OTHER.prompt), desk.clock.time, URL),),
    )
    desk.clock.sleep(2)
    desk.server.refuse.append(Died())
    with pytest.raises(Died):
        desk.attempt(create())
    return desk


def change(desk: Desk, video_id: str, **changes) -> None:
    desk.server.jobs[video_id] = replace(desk.server.jobs[video_id], **changes)


def refused(desk: Desk, said: str) -> None:
    with pytest.raises(AmbiguousSubmitError, match=said):
        desk.attempt(create())
    assert len(desk.server.posts) == 1


def test_it_is_paid_again_before_a_witness() -> None:
    desk = searching()
    job, entry = desk.attempt(create())
    assert (job.id, len(desk.server.posts), entry.lost) == ("video_3", 2, 1)


def test_the_default_never_pays_again() -> None:
    refused(searching(on_ambiguous_submit="adopt_or_fail"), "does not prove that there is none")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": JobStatus.COMPLETED}, "no other job of ours"),
        ({"prompt": "Waves break on…"}, "no other job of ours"),
        ({"prompt": OTHER.prompt.upper()}, "no other job of ours"),
        ({"prompt": None}, "no other job of ours|may be it"),
        ({"created_at": 1_800_000_000.0 - 3600}, "no other job of ours"),
        ({"created_at": 1_800_000_000.0 + 3600}, "no other job of ours"),
    ],
)
def test_a_witness_must_be_shown_as_it_is(changes: dict, said: str) -> None:
    desk = searching()
    change(desk, "video_2", **changes)
    refused(desk, said)


def test_a_witness_of_long_ago_or_of_another_server_is_none() -> None:
    for changes in ({"intent_at": 1_800_000_000.0 - 3600}, {"base_url": "http://elsewhere/v1"}):
        desk = searching()
        known = replace(desk.siblings.known[0], **changes)
        if "intent_at" in changes:
            change(desk, "video_2", created_at=known.intent_at)
        desk.siblings = replace(desk.siblings, known=(known,))
        refused(desk, "no other job of ours")


def test_a_witness_seen_unfinished_once_in_this_search_is_enough() -> None:
    desk = searching()
    listing, looks = desk.server.list_videos, []

    def finishing(*args, **kwargs):
        looks.append(1)
        if len(looks) == 2:
            change(desk, "video_2", status=JobStatus.COMPLETED)
        return listing(*args, **kwargs)

    desk.server.list_videos = finishing
    assert desk.attempt(create())[0].id == "video_3"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda jobs: JobPage(tuple(reversed(jobs))), "does not begin with the newest"),
        (lambda jobs: JobPage(jobs, unreadable=1), "1 of its entries cannot be read"),
        (lambda jobs: JobPage(jobs[:1]), "does not begin|does not reach back"),
        (lambda jobs: JobPage(jobs, True, None), "does not say how to get them"),
        (lambda jobs: JobPage(()), "it is empty"),
    ],
    ids=["oldest first", "unreadable entry", "cut", "no next page", "empty"],
)
def test_a_list_that_is_odd_in_any_way_is_no_licence(spoil, said: str) -> None:
    desk = searching()
    whole = desk.server.list_videos
    desk.server.list_videos = lambda *args, **kwargs: spoil(whole().jobs)
    refused(desk, said)


@pytest.mark.parametrize(
    "trace",
    [
        {"prompt": "a mug on a"},
        {"prompt": "A MUG ON A TABLE"},
        {"prompt": "[redacted]"},
        {"prompt": None},
        {"created_at": 1_800_000_002.0 - 3600},
        {"created_at": 1_800_000_002.0 - 10},
        {"created_at": 0.0},
        {"created_at": None},
        {"size": "1280x704"},
    ],
    ids=str,
)
def test_what_may_be_a_trace_of_the_job_is_named_and_stops(trace: dict) -> None:
    desk = searching()
    desk.server.make(create())
    change(desk, "video_3", **trace)
    refused(desk, "video_3")


def test_what_a_sibling_has_claimed_is_no_trace() -> None:
    desk = searching()
    desk.server.make(replace(create(), size="720x1280"))
    desk.siblings = replace(desk.siblings, claimed=frozenset({"video_2", "video_3"}))
    assert desk.attempt(create())[0].id == "video_4"


def test_an_own_earlier_job_bears_witness_too() -> None:
    desk = searching()
    ledger = Ledger(desk.store)
    entry = ledger.read()
    known = desk.siblings.known[0]
    earlier = {"video_id": "video_2", "phase": "failed", "digest": "x", "prompt": known.prompt, "base_url": URL}
    ledger.write(entry.changed(earlier=(read_job({**earlier, "intent_at": known.intent_at}),)))
    desk.siblings = Siblings(claimed=frozenset({"video_2"}))
    assert desk.attempt(create())[0].id == "video_3"


def test_a_second_lost_answer_says_how_often_was_paid() -> None:
    desk = searching()
    desk.server.lose_answer.append(AmbiguousSubmitError("the connection broke"))
    with pytest.raises(AmbiguousSubmitError) as caught:
        desk.attempt(create())
    assert "2 paid requests of this task have no known outcome and may have cost $0.40 each" in caught.value.message
    assert "This try sent 1 paid request." in caught.value.message


def test_the_search_goes_on_while_a_large_upload_may_be_under_way() -> None:
    """60 MB at the slowest speed that is let through take eight minutes: so long, nothing is absent."""
    desk = searching()
    ledger = Ledger(desk.store)
    entry = ledger.read()
    ledger.write(entry.changed(in_flight=600.0))
    late = VideoJob("late", JobStatus.QUEUED, prompt=create().prompt, created_at=float(int(entry.intent_at + 550)))
    listing = desk.server.list_videos

    def arriving(*args, **kwargs):
        if desk.clock.time > entry.intent_at + 580:
            desk.server.jobs["late"] = late
        return listing(*args, **kwargs)

    desk.server.list_videos = arriving
    job, adopted = desk.attempt(create())
    assert (job.id, adopted.adopted, len(desk.server.posts)) == ("late", True, 1)


def test_an_upload_has_its_share_in_the_time_of_flight() -> None:
    desk = Desk()
    _, small = desk.attempt(create())
    large = Desk()
    _, big = large.attempt(create(source_file=bytes(60_000_000)))
    assert big.in_flight - small.in_flight > 60_000_000 / (128 * 1024)
