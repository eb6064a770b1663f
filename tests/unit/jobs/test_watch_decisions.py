"""When a job is looked at, how far a list is read, what an entry is enough for, and when all back off together."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from airflow_provider_sora.exceptions import RateLimitedError, ServerFaultError, ServerUnreachableError
from airflow_provider_sora.jobs.watching.calm import Calm
from airflow_provider_sora.jobs.watching.pace import Pace
from airflow_provider_sora.jobs.watching.schedule import age_of, pause_after, taken_by
from airflow_provider_sora.jobs.watching.shown import Enough, Words, read_quickly
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.jobs.watching.walk import Lane, Walk, lanes_for, walk_pays
from airflow_provider_sora.protocol.answers.job import JobError, JobStatus, VideoJob

KIND = ("sora-2", 4.0)


def usual(*seconds: float) -> Usual:
    found = Usual()
    for one in seconds:
        found.learn(KIND, one)
    return found


class TestPause:
    known = usual(*range(90, 111))

    @pytest.mark.parametrize(
        ("status", "age", "pause"),
        [
            (JobStatus.IN_PROGRESS, 10.0, 30.0),  # young
            (JobStatus.IN_PROGRESS, 85.0, 10.0),  # a quarter have ended at 95 s
            (JobStatus.IN_PROGRESS, 100.0, 3.0),
            (JobStatus.IN_PROGRESS, 200.0, 30.0),  # later than any before it
            (JobStatus.QUEUED, 100.0, 30.0),
        ],
    )
    def test_it_is_short_where_jobs_usually_end(self, status: JobStatus, age: float, pause: float) -> None:
        assert pause_after(status, KIND, age, 30.0, self.known) == pause

    def test_it_is_never_longer_than_asked_for_and_never_nothing(self) -> None:
        for age in range(0, 300):
            assert 1.0 <= pause_after(JobStatus.IN_PROGRESS, KIND, float(age), 15.0, self.known) <= 15.0

    def test_few_ends_tell_nothing(self) -> None:
        assert pause_after(JobStatus.IN_PROGRESS, KIND, 95.0, 15.0, usual(100, 100)) == 15.0

    def test_only_the_last_ends_count(self) -> None:
        found = usual(*[1000.0] * 64, *[50.0] * 64)
        assert found.next_look(KIND, 10.0) == 50.0 and found.next_look(KIND, 60.0) is None

    def test_dates_that_make_no_sense_do_not_count(self) -> None:
        assert age_of(1_785_000_000_000.0, 90.0, 100.0, 100.0) == 10.0
        assert age_of(None, 90.0, 100.0, 100.0) == 10.0
        job = VideoJob("v", JobStatus.COMPLETED, created_at=100.0, completed_at=40.0)
        assert taken_by(job, 12.0) == 12.0


class TestWalk:
    def test_it_stops_when_all_were_shown(self) -> None:
        walk = Walk(["a", "b"], None)
        lane = walk.lane()
        assert lane.page(["x", "a"], [9, 8], True, "a") == "a"
        assert lane.page(["b", "y"], [7, 6], True, "y") is None
        assert (walk.pages, walk.shown, walk.missing) == (2, 2, set())

    def test_it_stops_where_the_list_is_older_than_the_oldest(self) -> None:
        walk = Walk(["a", *map(str, range(50))], 100.0)
        lane = walk.lane()
        assert lane.page(["a"], [120, 110], True, "p") == "p"
        assert lane.page(["q"], [99, 98], True, "q") is None

    def test_a_page_of_the_oldest_jobs_own_second_is_not_past_it(self) -> None:
        walk = Walk(["a", *map(str, range(50))], 100.0)
        lane = walk.lane()
        assert lane.page(["a"], [120, 110], True, "p") == "p"
        assert lane.page(["q"], [100, 100], True, "q") == "q"

    def test_a_list_in_no_order_says_nothing_by_its_dates(self) -> None:
        walk = Walk(["a", *map(str, range(50))], 100.0)
        lane = walk.lane()
        assert lane.page(["a"], [50, 120], True, "p") == "p"
        assert lane.page(["q"], [99, 98], True, "q") == "q"

    def test_pages_that_show_nothing_cost_no_more_than_asking_one_by_one(self) -> None:
        lane, after, pages = Walk([str(i) for i in range(12)], None).lane(), "", 0
        while after is not None:
            pages += 1
            after = lane.page([], [], True, f"p{pages}")  # type: ignore[assignment]
        assert pages == 4

    def test_a_server_that_repeats_a_page_ends_it(self) -> None:
        walk = Walk([str(i) for i in range(100)], None)
        lane = walk.lane()
        assert lane.page(["0"], [], True, "0") == "0"
        assert lane.page(["1"], [], True, "0") is None

    @pytest.mark.parametrize("lanes", [2, 3, 8])
    @pytest.mark.parametrize("mixed", [False, True])
    def test_lanes_show_all_that_the_list_shows_whatever_its_order(self, lanes: int, mixed: bool) -> None:
        ours = [f"job{number}" for number in range(200)]
        listed = [name for number, job in enumerate(ours[10:]) for name in (job, f"other{number}")]
        if mixed:
            random.Random(lanes).shuffle(listed)
        walk, shown = Walk(ours, None), []

        def page(lane: Lane, after: str | None) -> str | None:
            start = listed.index(after) + 1 if after in listed else 0 if after is None else len(listed)
            ids = listed[start : start + 10]
            shown.extend(ids)
            return lane.page(ids, [], start + 10 < len(listed), ids[-1] if ids else None)

        main = walk.lane()
        after = page(main, None)
        assert after is not None
        going = [(main, after), *((lane, lane.start) for lane in walk.split(lanes, after))]
        assert len(going) == lanes
        while going:
            going = [(lane, following) for lane, after in going if (following := page(lane, after)) is not None]
        assert walk.missing == set(ours[:10]), "what no page shows"
        assert set(shown) >= set(ours[10:])
        assert len(shown) <= len(listed) + 20 * lanes, "hardly anything is read twice"
        again = Walk(ours, None, walk.cuts)
        again.split(lanes, str(page(again.lane(), None)))
        places = sorted(listed.index(start) for start in again.starts)
        longest = max(later - earlier for earlier, later in pairwise([0, *places, len(listed)]))
        assert longest <= 2 * len(listed) / lanes + 20, "the next one parts the list evenly, whatever else it holds"

    def test_a_list_that_goes_on_by_marks_of_its_own_is_read_in_one_lane(self) -> None:
        walk = Walk(list(map(str, range(50))), None)
        assert walk.lane().page(["0", "1"], [], True, "page-2") == "page-2"
        assert walk.split(4, "page-2") == []

    @pytest.mark.parametrize(
        ("pages", "seconds", "pause", "lanes"),
        [(100, 0.02, 5.0, 1), (100, 1.5, 15.0, 8), (10, 1.0, 5.0, 3), (3, 9.0, 1.0, 3), (0, 9.0, 5.0, 1)],
    )
    def test_so_many_pages_at_a_time_that_a_reading_fits_into_a_pause(self, pages, seconds, pause, lanes) -> None:
        assert lanes_for(pages, seconds, pause) == lanes

    def test_two_jobs_are_not_worth_a_page_and_a_thousand_are(self) -> None:
        assert not walk_pays(2, 1)
        assert walk_pays(1000, 10)


class TestEntry:
    def test_a_running_job_is_read_quickly(self) -> None:
        entry = {"id": "v", "status": "processing", "progress": 40, "created_at": 5, "prompt": "a mug"}
        found = read_quickly(entry, Words({}))
        assert found == VideoJob("v", JobStatus.IN_PROGRESS, "processing", 40.0, created_at=5.0)

    @pytest.mark.parametrize(
        "entry",
        [
            {"id": "v", "status": "completed"},
            {"id": "v", "status": "done"},
            {"id": "v", "status": "who knows"},
            {"id": "v"},
            {"id": 7, "status": "queued"},
            {"id": "v", "status": "queued", "data": {"id": "v", "status": "failed"}},
            {"id": "v", "status": "in_progress", "video": {"respect_moderation": False}},
            {"id": "v", "status": "in_progress", "error": {"message": "odd"}},
            "v",
        ],
    )
    def test_anything_else_is_read_with_care(self, entry: Any) -> None:
        assert read_quickly(entry, Words({})) is None

    def test_a_word_of_the_connections_own_wins(self) -> None:
        assert read_quickly({"id": "v", "status": "processing"}, Words({"processing": "failed"})) is None

    def test_an_end_in_a_list_will_do_when_it_holds_what_an_answer_held(self) -> None:
        enough, whole = Enough(), VideoJob("v", JobStatus.COMPLETED, model="m", seconds=4.0, cost_usd=1.0)
        assert not enough.is_enough(whole), "nothing is known yet"
        enough.learn(whole)
        assert enough.is_enough(VideoJob("w", JobStatus.COMPLETED, model="m", seconds=4.0, cost_usd=0.5))
        assert not enough.is_enough(VideoJob("w", JobStatus.COMPLETED, model="m", seconds=4.0))
        enough.learn(VideoJob("v", JobStatus.FAILED, error=JobError(None, "why")))
        assert not enough.is_enough(VideoJob("w", JobStatus.FAILED))

    def test_an_end_in_a_word_that_nobody_knows_is_asked_for_once_more(self) -> None:
        enough = Enough()
        enough.learn(VideoJob("v", JobStatus.FAILED))
        assert enough.is_enough(VideoJob("w", JobStatus.FAILED))
        assert not enough.is_enough(VideoJob("w", JobStatus.FAILED, word_known=False))


class TestCalm:
    def calm(self) -> tuple[Calm, list[str]]:
        said: list[str] = []
        return Calm(said.append), said

    def test_one_jobs_trouble_is_its_own(self) -> None:
        calm, said = self.calm()
        for _ in range(10):
            assert not calm.failed("v", ServerFaultError("away"), 0.0, 5.0, 9)
        assert (calm.until, said) == (0.0, [])

    def test_the_same_of_three_jobs_is_an_outage(self) -> None:
        calm, said = self.calm()
        found = [calm.failed(name, ServerFaultError("Away."), 0.0, 5.0, 10_000) for name in "abc"]
        assert found == [False, False, True] and calm.until == 5.0
        assert said == ["Away. The 10000 jobs waited for here are left in place and are looked at again in 5 s."]

    def test_what_was_under_way_counts_once_and_each_probe_doubles_the_pause(self) -> None:
        calm, said = self.calm()
        dead = ServerUnreachableError("Dead.")
        assert [calm.failed(str(i), dead, 0.0, 5.0, 9) for i in range(16)] == [True] + [False] * 15
        assert calm.until == 5.0
        assert calm.failed("p", dead, 5.0, 5.0, 9) and calm.until == 15.0
        assert calm.failed("q", dead, 15.0, 5.0, 9) and calm.until == 35.0
        assert len(said) == 1, "one line a minute"
        assert calm.failed("r", dead, 61.0, 5.0, 9) and len(said) == 2
        calm.answered()
        assert (calm.until, calm.probing, said[-1]) == (0.0, False, "The server answers again.")

    def test_a_limit_is_obeyed_by_all_and_counts_as_nobodys_failure(self) -> None:
        calm, _ = self.calm()
        assert not calm.failed("v", RateLimitedError("slow down", retry_after=77.0), 10.0, 5.0, 9)
        assert calm.until == 87.0 and calm.probing and not calm.outage

    def test_a_server_that_says_when_it_is_back_is_left_alone_until_then(self) -> None:
        calm, _ = self.calm()
        assert calm.failed("v", ServerFaultError("Restarting.", retry_after=77.0), 10.0, 5.0, 9)
        assert calm.until == 87.0 and calm.outage


class TestPace:
    def test_ten_thousand_at_once_leave_at_the_ordinary_rate(self) -> None:
        pace = Pace()
        pace.ordinary = 100.0
        waits = [pace.turn(0.0) for _ in range(10_000)]
        assert waits[-1] == pytest.approx(9_999 / 125.0)

    def test_looks_before_their_time_are_no_more_than_the_ordinary_ones(self) -> None:
        pace = Pace()
        pace.ordinary = 2.0
        taken = sum(pace.take_extra(step / 100) for step in range(10_000))
        assert 190 <= taken <= 206

    def test_the_last_of_many_that_end_together_are_not_slowed_down(self) -> None:
        pace = Pace()
        pace.owe(100.0, 0.0, 10.0)
        pace.owe(1.0, 9.0, 10.0)
        assert pace.ordinary == 100.0
        pace.owe(1.0, 11.0, 10.0)
        assert pace.ordinary == 1.0

    def test_a_limit_halves_the_rate_and_answers_bring_it_back(self) -> None:
        pace = Pace()
        pace.ordinary = 100.0
        pace.limited()
        assert pace.rate == 62.5
        for _ in range(50):
            pace.answered()
        assert pace.rate == 125.0
