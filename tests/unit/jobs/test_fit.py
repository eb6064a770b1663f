"""What may be a trace of a lost job on a server's list, and what surely is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_sora.jobs.settling.fit import CERTAINLY_OLDER, Fit, Window, fit, prompt_fit
from airflow_provider_sora.jobs.settling.listing import walk
from airflow_provider_sora.protocol.answers.job import JobPage, JobStatus, VideoJob, parse_page
from tests.unit.jobs.fakes import create

NOW = 1_800_000_000.0
ASKED = create("A red mug on a wooden table at dawn, slow pan to the left")
WINDOW = Window(NOW - 5, NOW, NOW + 300)
LISTED = VideoJob(
    "video_1",
    JobStatus.QUEUED,
    prompt=ASKED.prompt,
    model="sora-2",
    size="1280x720",
    seconds=4.0,
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Fit.YES),
        ({"model": "sora-2-2025-10-06"}, Fit.YES),
        ({"prompt": " A red mug  on a wooden table at dawn,\nslow pan to the left "}, Fit.YES),
        ({"model": None, "size": None, "seconds": None}, Fit.YES),
        ({"prompt": "Waves break on black rocks"}, Fit.NO),
        ({"prompt": None}, Fit.DOUBTFUL),
        ({"created_at": None}, Fit.DOUBTFUL),
        ({"created_at": 0.0}, Fit.DOUBTFUL),
        ({"created_at": NOW - 10}, Fit.DOUBTFUL),
        ({"created_at": NOW - 3600}, Fit.DOUBTFUL),
        ({"created_at": NOW + 3600}, Fit.DOUBTFUL),
        ({"created_at": NOW - 2 * CERTAINLY_OLDER}, Fit.DOUBTFUL),
        ({"size": "1280x704"}, Fit.DOUBTFUL),
        ({"seconds": 5.0}, Fit.DOUBTFUL),
        ({"model": "other"}, Fit.DOUBTFUL),
    ],
)
def test_only_quite_another_prompt_is_a_certain_no(changes: dict, expected: Fit) -> None:
    assert fit(replace(LISTED, **changes), ASKED, WINDOW) is expected


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        (NOW - 2 * CERTAINLY_OLDER, Fit.NO),
        (NOW - 3600, Fit.DOUBTFUL),
        (NOW + 3600, Fit.DOUBTFUL),
        (0.0, Fit.DOUBTFUL),
        (None, Fit.DOUBTFUL),
    ],
)
def test_where_dates_are_right_only_one_far_older_is_a_no(created_at: float | None, expected: Fit) -> None:
    assert fit(replace(LISTED, created_at=created_at), ASKED, WINDOW, dates_are_right=True) is expected


@pytest.mark.parametrize(
    "listed",
    [
        "",
        "A red mug on a wooden table",
        "a red mug on a wooden table at dawn slow pan to the left",
        "A RED MUG ON A WOODEN TABLE AT DAWN, SLOW PAN TO THE LEFT",
        "A red mug on a wood…",
        "A red *** on a wooden table at dawn, slow pan to the left",
        "[redacted]",
        "<REDACTED by policy>",
        "A red mug on a brown table at dawn, slow pan to the left",
        "Prompt: A red mug on a wooden table at dawn, slow pan to the left.",
    ],
)
def test_a_shortened_redacted_or_rewritten_prompt_is_doubtful(listed: str) -> None:
    assert prompt_fit(listed, ASKED.prompt) is Fit.DOUBTFUL


def test_a_job_made_from_another_video_is_doubtful() -> None:
    asked = replace(ASKED, source_id="video_a")
    assert fit(replace(LISTED, parent_id="video_a"), asked, WINDOW) is Fit.YES
    assert fit(replace(LISTED, parent_id="video_b"), asked, WINDOW) is Fit.DOUBTFUL


class Paged:
    """A server whose list has pages."""

    def __init__(self, *pages: JobPage) -> None:
        self.pages = list(pages)
        self.asked: list[str | None] = []
        self.clock_offset = 0.0

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage:
        self.asked.append(after)
        return self.pages[len(self.asked) - 1]


def jobs(*dates: float) -> tuple[VideoJob, ...]:
    return tuple(replace(LISTED, id=f"video_{date}", created_at=date) for date in dates)


def test_the_walk_ends_at_the_first_page_that_is_all_older() -> None:
    server = Paged(JobPage(jobs(100, 99), True, "a"), JobPage(jobs(50, 49), True, "b"), JobPage(jobs(1), False))
    found = walk(server, 95.0)
    assert len(found.jobs) == 4 and not found.doubts and found.whole
    assert server.asked == [None, "a"]


@pytest.mark.parametrize(
    "pages",
    [
        (JobPage(jobs(1, 2), True, "a"), JobPage(jobs(99, 100), False)),
        (JobPage(jobs(1), True, "a"), JobPage(jobs(100), False)),
        (JobPage(jobs(50, 50), True, "a"), JobPage(jobs(100, 100), False)),
    ],
    ids=["oldest first", "one a page", "all of one second"],
)
def test_a_list_that_begins_with_the_oldest_is_walked_to_its_end_and_proves_nothing(pages) -> None:
    found = walk(Paged(*pages), 95.0)
    assert max(found.dates) == 100
    assert found.doubts == ["it does not begin with the newest job"]


@pytest.mark.parametrize(
    ("page", "doubt"),
    [
        (JobPage(()), "it is empty"),
        (JobPage(jobs(100, 99), True, None), "it has more pages but does not say how to get them"),
        (JobPage(jobs(100, 99), False), "it does not reach back to before the request"),
    ],
)
def test_a_list_that_cannot_be_read_far_enough_says_why(page: JobPage, doubt: str) -> None:
    found = walk(Paged(page), 95.0)
    assert doubt in found.doubts


def test_a_list_without_an_end_is_not_walked_for_ever() -> None:
    server = Paged(*(JobPage(jobs(100), True, str(number)) for number in range(60)))
    found = walk(server, 95.0)
    assert not found.whole and len(server.asked) == 50


def test_entries_that_cannot_be_read_are_counted() -> None:
    page = parse_page({"data": [{"id": "v", "status": "queued"}, {"job": "?"}, 7]})
    assert (len(page.jobs), page.unreadable) == (1, 2)
