"""Each wait gets the verdict that is its own, at its own deadline."""

from __future__ import annotations

from airflow_provider_sora.exceptions import ServerFaultError, VideoTimeoutError
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, Verdict, Watch
from airflow_provider_sora.jobs.watching.board import Board
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.jobs.watching.waits import Observation, Wait
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob


class Heard(Wait):
    def __init__(self, watch: Watch, told: Told) -> None:
        super().__init__(watch)
        self.told = told

    def end(self, verdict: Completed | Ended) -> None:
        self.told.append(verdict)

    def fail(self, error: Exception) -> None:
        self.told.append(error)

    def say(self, found: Observation, verdict: Verdict) -> None:
        self.told.said.append(verdict)


class Told(list[object]):
    def __init__(self) -> None:
        self.said: list[object] = []

    def wait(self, video_id: str, deadline: float = 1000.0, poll_interval: float = 10.0) -> Heard:
        return Heard(Watch(video_id, deadline, poll_interval), self)


def test_a_verdict_ends_only_the_waits_for_that_job() -> None:
    board, one, other = Board(Usual()), Told(), Told()
    job = board.add(one.wait("a"), 0.0, 0.0)
    board.add(one.wait("a"), 0.0, 0.0)
    board.add(other.wait("b"), 0.0, 0.0)
    done = VideoJob("a", JobStatus.COMPLETED)
    board.observe(job, done, 1.0, 1.0, server_now=1.0)
    assert (one, other, list(board.jobs)) == ([Completed(done)] * 2, [], ["b"])


def test_the_pause_is_the_shortest_that_anybody_asked_for_and_jitter_only_shortens_it() -> None:
    board, told = Board(Usual(), rng=lambda: 1.0), Told()
    job = board.add(told.wait("a", poll_interval=20.0), 0.0, 0.0)
    board.add(told.wait("a", poll_interval=10.0), 0.0, 0.0)
    board.observe(job, VideoJob("a", JobStatus.QUEUED), 100.0, 100.0, server_now=100.0)
    assert job.due == 109.0 and job.latest <= 110.0


def test_a_deadline_is_kept_though_no_look_comes() -> None:
    board, told = Board(Usual()), Told()
    board.add(told.wait("a", deadline=50.0), 0.0, 0.0)
    board.add(told.wait("a", deadline=500.0), 0.0, 0.0)
    board.expire(54.0)
    assert told == []
    board.expire(55.0)
    (ended,) = told
    assert isinstance(ended, Ended) and isinstance(ended.error, VideoTimeoutError)
    assert len(board.jobs["a"].waits) == 1


def test_the_last_look_falls_on_the_deadline() -> None:
    board, told = Board(Usual(), rng=lambda: 1.0), Told()
    job = board.add(told.wait("a", deadline=104.0), 0.0, 0.0)
    board.observe(job, VideoJob("a", JobStatus.QUEUED), 7.0, 100.0, server_now=100.0)
    assert job.due == 11.0


def test_an_outage_is_counted_by_every_wait_and_said_by_none() -> None:
    board, told = Board(Usual()), Told()
    job = board.add(told.wait("a", 1e9), 0.0, 0.0)
    for _ in range(10):
        board.observe(job, ServerFaultError("away"), 0.0, 0.0, server_now=0.0, own=False)
    assert told.said == [] and isinstance(told[0], Ended)


def test_who_joins_a_wait_is_looked_at_for_at_once() -> None:
    board, told = Board(Usual()), Told()
    job = board.add(told.wait("a"), 0.0, 0.0)
    board.observe(job, VideoJob("a", JobStatus.QUEUED), 1.0, 1.0, server_now=1.0)
    assert board.scan(3.0, 0.0).due == []
    board.add(told.wait("a"), 3.0, 3.0)
    assert board.scan(3.0, 0.0).due == [job]


def test_a_job_that_is_being_asked_for_is_not_due() -> None:
    board, told = Board(Usual()), Told()
    job = board.add(told.wait("a"), 0.0, 0.0)
    job.looking = True
    assert board.scan(100.0, 0.0).due == []


def test_a_look_is_owed_by_the_shortest_pause_whoever_came_last() -> None:
    board, told = Board(Usual(), rng=lambda: 0.0), Told()
    job = board.add(told.wait("a", poll_interval=10.0), 0.0, 0.0)
    board.add(told.wait("a", poll_interval=60.0), 0.0, 0.0)
    board.observe(job, VideoJob("a", JobStatus.QUEUED), 100.0, 100.0, server_now=100.0)
    assert (job.due, job.latest) == (110.0, 110.0)


def test_an_end_teaches_when_to_look_at_the_next_and_an_early_look_is_owed_only_later() -> None:
    board, told = Board(Usual(), rng=lambda: 0.0), Told()
    for number in range(5):
        job = board.add(told.wait(str(number)), 0.0, 0.0)
        done = VideoJob(str(number), JobStatus.COMPLETED, created_at=0.0, completed_at=50.0)
        board.observe(job, done, 60.0, 60.0, server_now=60.0)
    job = board.add(told.wait("next", poll_interval=30.0), 0.0, 40.0)
    running = VideoJob("next", JobStatus.IN_PROGRESS, created_at=0.0)
    board.observe(job, running, 40.0, 40.0, server_now=40.0)
    assert (job.due, job.latest) == (50.0, 70.0)


def test_a_deadline_leaves_time_for_the_last_look() -> None:
    board, told = Board(Usual()), Told()
    board.add(told.wait("early", deadline=10.0), 0.0, 0.0)
    board.add(told.wait("late", deadline=14.0), 0.0, 0.0)
    board.expire(15.0)
    assert list(board.jobs) == ["late"] and len(told) == 1
