"""When each job is looked at next, and what a look means for those who wait for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from airflow_provider_sora.jobs.waiting.polling import (
    Completed,
    Ended,
    KeepWaiting,
    judge,
    timed_out,
)
from airflow_provider_sora.jobs.watching.schedule import JITTER, age_of, pause_after, taken_by
from airflow_provider_sora.jobs.watching.shown import kept
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.jobs.watching.waits import Observation, Wait, Watched
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.http.bounds import SHORTEST_LOOK

#: A pause shorter than this, in seconds, counts as this where rates are reckoned.
SHORTEST_PAUSE = 0.05


@dataclass(slots=True)
class Scan:
    """What one walk over all jobs found.

    :param due: jobs to be looked at.
    :param soon: how many of the jobs that a list shows fall due within the horizon.
    :param next_due: when the next one does.
    :param shortest: the shortest pause that anybody waits, in seconds.
    :param rate: looks a second that are owed, one by one.
    """

    due: list[Watched]
    soon: int
    next_due: float
    shortest: float
    rate: float


class Board:
    """All that is waited for on one connection. ``now`` is monotonic seconds, ``at`` Unix seconds.

    :param usual: what is known of how long jobs take there.
    """

    def __init__(self, usual: Usual, rng: Callable[[], float] = random.random) -> None:
        self.jobs: dict[str, Watched] = {}
        self.usual = usual
        self._random = rng
        self._deadlines = float("inf")
        #: How many jobs have each pause: a scan has ten thousand jobs to look over, and few pauses.
        self._pauses: Counter[float] = Counter()

    def add(self, wait: Wait, began: float, now: float) -> Watched:
        """Wait for a job from now on; it is due at once."""
        video_id, interval = wait.watch.video_id, wait.watch.poll_interval
        job = self.jobs.get(video_id)
        if job is None:
            job = self.jobs[video_id] = Watched(video_id, interval, began, now, now)
            self._pauses[interval] += 1
        job.waits.append(wait)
        self._pause(job, min(job.interval, interval))
        job.began = min(job.began, began)
        job.due = job.latest = min(job.due, now)
        self._deadlines = min(self._deadlines, wait.watch.deadline)
        return job

    def remove(self, wait: Wait) -> None:
        """Nobody waits here any more."""
        job = self.jobs.get(wait.watch.video_id)
        if job is None or wait not in job.waits:
            return
        job.waits.remove(wait)
        if job.waits:
            self._pause(job, min(other.watch.poll_interval for other in job.waits))
        else:
            self._counted(job.interval, -1)
            del self.jobs[job.video_id]

    def _pause(self, job: Watched, interval: float) -> None:
        if interval != job.interval:
            self._counted(job.interval, -1)
            self._counted(interval, 1)
            job.interval = interval

    def _counted(self, interval: float, more: int) -> None:
        self._pauses[interval] += more
        if not self._pauses[interval]:
            del self._pauses[interval]

    @property
    def shortest(self) -> float:
        """The shortest pause that anybody waits, in seconds."""
        return min(self._pauses, default=float("inf"))

    def scan(self, now: float, horizon: float) -> Scan:
        """Who is due at ``now``, and how much falls due within ``horizon`` seconds."""
        due: list[Watched] = []
        soon, next_due, until = 0, float("inf"), now + horizon
        for job in self.jobs.values():
            when = job.due
            if when > until:
                if when < next_due:
                    next_due = when
                continue
            if job.looking:
                continue
            if job.unlisted < 2 and not job.ended_in_list:
                soon += 1
            if when <= now:
                due.append(job)
            elif when < next_due:
                next_due = when
        rate = sum(count / max(interval, SHORTEST_PAUSE) for interval, count in self._pauses.items())
        return Scan(due, soon, next_due, self.shortest, rate)

    def observe(
        self,
        job: Watched,
        found: Observation,
        now: float,
        at: float,
        *,
        server_now: float,
        own: bool = True,
        jitter: bool = True,
    ) -> None:
        """A look at a job: every wait's own verdict, and when the next look is due.

        :param server_now: Unix seconds by the server's clock.
        :param own: False for an outage, which counts as a look at every job that is due: it is said once for all.
        :param jitter: False for what a list showed, whose jobs cost one request together.
        """
        pause = owed = float("inf")
        age = age_of(job.created_at, job.began, server_now, at)
        if isinstance(found, VideoJob):
            job.created_at = found.created_at if found.created_at is not None else job.created_at
            age = age_of(job.created_at, job.began, server_now, at)
            if found.status.is_final:
                self.usual.learn(job.kind, taken_by(found, age))
            job.ended_in_list = False
        for wait in tuple(job.waits):
            verdict = judge(wait.watch, wait.seen, found, at)
            if own:
                wait.say(found, verdict)
            if not isinstance(verdict, KeepWaiting):
                self._end(wait, verdict)
                continue
            seen = verdict.seen
            light = seen.job and kept(seen.job)
            wait.seen = seen if light is seen.job else replace(seen, job=light)
            owed = min(owed, verdict.delay)
            wished = verdict.delay
            if isinstance(found, VideoJob):
                wished = min(pause_after(found.status, job.kind, age, wait.watch.poll_interval, self.usual), wished)
            pause = min(pause, wished)
        early = pause < owed * (1.0 - JITTER)
        if jitter and job.waits and at + pause < min(wait.watch.deadline for wait in job.waits):
            pause *= 1.0 - JITTER * self._random()
        job.due = now + pause
        job.latest = now + owed if early else job.due

    def expire(self, at: float) -> None:
        """End every wait whose deadline passed so long ago that its last look did not come in time."""
        if at < self._deadlines + SHORTEST_LOOK:
            return
        left = float("inf")
        for job in tuple(self.jobs.values()):
            for wait in tuple(job.waits):
                if at >= wait.watch.deadline + SHORTEST_LOOK:
                    self._end(wait, Ended(timed_out(wait.watch, wait.seen)))
                else:
                    left = min(left, wait.watch.deadline)
        self._deadlines = left

    def _end(self, wait: Wait, verdict: Completed | Ended) -> None:
        self.remove(wait)
        wait.end(verdict)
