"""One watcher: it looks at every job that is waited for on one connection, and wakes each wait with its own verdict."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    RateLimitedError,
    ServerUnreachableError,
    SoraError,
    VideoNotFoundError,
)
from airflow_provider_sora.jobs.waiting.polling import Ended
from airflow_provider_sora.jobs.watching.board import Board, Observation, Scan, Wait, Watched
from airflow_provider_sora.jobs.watching.calm import Calm, is_silence
from airflow_provider_sora.jobs.watching.pace import Pace
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.protocol.http.bounds import ending_at
from airflow_provider_sora.triggers.watching.line import AGAIN, CONNECTIONS, Line
from airflow_provider_sora.triggers.watching.listing import Listing
from airflow_provider_sora.webhooks.marks import short

log = logging.getLogger(__name__)

#: Seconds between two looks at the clock, at most; with many jobs also at least, since each is looked over.
TICK = 0.5
TICK_FOR_EACH = 0.00005
#: As long as a list may serve, so many single requests at a time.
BESIDE_LIST = 3
#: What is done between two turns of the loop takes no longer than this, in seconds.
SLICE = 0.005
#: Seconds between two readings of the marks that webhooks leave.
MARKS_EVERY = 2.0
#: Seconds between two looks at one job, however often it is nudged. The nudge is kept: the job may have ended since.
JUST_LOOKED = 1.0


#: Given a connection's id: :func:`~airflow_provider_sora.webhooks.marks.short` ids of jobs that lately ended. They are
#: compared with those seen before and never consumed, since several triggerers read them.
Marks = Callable[[str], Awaitable[frozenset[str]]]


class Watcher:
    """All waits of one connection in one event loop. Made without being started; :meth:`add` starts it.

    :param usual: how long jobs of this connection take; outlives the watcher.
    :param marks: hints from outside, asked every two seconds; they change the moment of a look and nothing else.
    """

    def __init__(self, line: Line, usual: Usual, marks: Marks | None = None) -> None:
        self.line = line
        self.board = Board(usual)
        self.calm = Calm(lambda words: log.warning("Connection %s: %s", line.conn_id, words))
        self.pace = Pace()
        self._listing = Listing(self)
        self._marks, self._marks_at = marks, time.monotonic()
        self._marked: frozenset[str] | None = None
        #: Jobs that were nudged while a look at them was under way, which may have come too early.
        self._nudged: set[str] = set()
        self._queue: deque[Watched] = deque()
        self._workers = 0
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False
        #: It cannot go on; whoever comes later needs another.
        self.ended = False
        self._left = False

    # Those who wait

    def add(self, wait: Wait, began: float) -> None:
        """Watch for this wait; its job is due at once."""
        self.board.add(wait, began, time.monotonic())
        self._wake.set()
        if not self._started:
            self._started = True
            self.spawn(self._run())

    def leave(self, wait: Wait) -> bool:
        """This one waits no more; True, once, when nobody is left, and :meth:`close` is due."""
        self.board.remove(wait)
        last = not self.board.jobs and not self._left
        self._left = self._left or last
        self.ended = self.ended or last
        return last

    def look_now(self, video_id: str | None = None) -> None:
        """Something may have ended: look at this job, or at all of them, at once. Changes nothing but the moment."""
        now = time.monotonic()
        jobs = self.board.jobs.values() if video_id is None else filter(None, [self.board.jobs.get(video_id)])
        for job in jobs:
            job.due = job.latest = min(job.due, max(now, job.looked_at + JUST_LOOKED))
            if job.looking:
                self._nudged.add(job.video_id)
        self._wake.set()

    def look_again(self) -> None:
        """Something changed that the schedule depends on."""
        self._wake.set()

    async def close(self) -> None:
        """End all that is under way, and free the sockets."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.line.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something of the watcher's own, in no task's context: its log lines belong to nobody's task."""
        task = asyncio.get_running_loop().create_task(self._guarded(work), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("The watcher of connection %s failed; its tasks are told.", self.line.conn_id)
            self.ended = True
            for job in tuple(self.board.jobs.values()):
                _break(job, error)

    # The schedule

    async def _run(self) -> None:
        self.spawn(self._open())
        while True:
            self._wake.clear()
            self.board.expire(time.time())
            now = time.monotonic()
            self._read_marks(now)
            pause = self._dispatch(now)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            # Every wait that begins wakes us; each turn looks over all jobs.
            await asyncio.sleep(min(len(self.board.jobs) * TICK_FOR_EACH, TICK))

    async def _open(self) -> None:
        try:
            await self.line.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told
            self.ended = True
            for job in tuple(self.board.jobs.values()):
                _break(job, error)
        self._wake.set()

    def _dispatch(self, now: float) -> float:
        """Start what is due; seconds until the next turn."""
        if self.line.session is None:
            return TICK
        if now < self.calm.until:
            return min(self.calm.until - now, TICK)
        scan = self.board.scan(now, self._listing.horizon)
        rate = self._listing.rate(scan) if self._listing.serves(now) else scan.rate
        self.pace.owe(rate, now, 2.0 * scan.shortest)
        if self.calm.probing:
            if scan.due and not self._workers and not self._listing.walking:
                self._ask_for([min(scan.due, key=lambda job: job.looked_at)])
            return TICK
        if scan.due and self._listing.begin(scan, now):
            self.spawn(self._listing.walk())
        self._ask_for(self._singles(scan, now))
        return min(max(scan.next_due - now, 0.0), TICK)

    def _singles(self, scan: Scan, now: float) -> list[Watched]:
        """Who is asked for one by one now: those that the list is not about to show, as far as the pace allows."""
        room = int(self.pace.rate * TICK) + CONNECTIONS - len(self._queue)
        due = [job for job in scan.due if not self._listing.will_show(job, now)]
        first = heapq.nsmallest(max(room, 0), due, key=lambda job: job.latest)
        return [job for job in first if job.latest <= now or job.ended_in_list or self.pace.take_extra(now)]

    def _ask_for(self, jobs: list[Watched]) -> None:
        for job in jobs:
            job.looking = True
            self._queue.append(job)
        limit = BESIDE_LIST if self._listing.may_serve(time.monotonic()) else CONNECTIONS
        while self._workers < min(limit, len(self._queue)):
            self._workers += 1
            self.spawn(self._work())

    def ask_for(self, job: Watched) -> None:
        """Look at this job by its id as soon as the pace allows."""
        if not job.looking:
            self._ask_for([job])

    async def _work(self) -> None:
        try:
            while self._queue:
                job = self._queue.popleft()
                try:
                    if job.waits and time.monotonic() >= self.calm.until:
                        await self._look(job)
                finally:
                    job.looking = False
        finally:
            self._workers -= 1
            self._wake.set()

    # Looks

    async def _look(self, job: Watched) -> None:
        if delay := self.pace.turn(time.monotonic()):
            await asyncio.sleep(delay)
        session = self.line.session
        if session is None or not job.waits:
            return
        found: Observation
        try:
            with ending_at(job.ends_at):
                found = await session.get_video(job.video_id)
        except SoraError as error:
            found = error
        except Exception as error:
            log.exception("Looking at job %s failed.", job.video_id)
            _break(job, error)
            return
        if isinstance(found, SoraError) and is_silence(found):
            await self.silent(job.video_id, found, besides=job)
        else:
            self.answered()
        if isinstance(found, (AuthenticationFailedError, VideoNotFoundError, ServerUnreachableError)):
            self.spawn(self.line.read_again(AGAIN, log))
        self._listing.compare(job, found)
        self.observe(job, found, own=not self.calm.probing)

    def observe(self, job: Watched, found: Observation, *, own: bool = True, jitter: bool = True) -> None:
        """Tell the waits of this job what was seen."""
        now, at = time.monotonic(), time.time()
        session = self.line.session
        server_now = at + ((session.clock_offset if session else None) or 0.0)
        job.looked_at = now
        try:
            self.board.observe(job, found, now, at, server_now=server_now, own=own, jitter=jitter)
            if job.video_id in self._nudged:
                self._nudged.discard(job.video_id)
                job.due = job.latest = now + JUST_LOOKED
        except Exception as error:
            log.exception("Judging job %s failed.", job.video_id)
            _break(job, error)

    def answered(self) -> None:
        self.calm.answered()
        self.pace.answered()

    async def silent(self, what: str, error: SoraError, besides: Watched | None = None) -> None:
        """No usable answer: perhaps one job's trouble, perhaps everybody's."""
        jobs = self.board.jobs
        interval = min((job.interval for job in jobs.values()), default=TICK)
        if isinstance(error, RateLimitedError) and time.monotonic() >= self.calm.until:
            self.pace.limited()  # once for all that were under way
        if not self.calm.failed(what, error, time.monotonic(), interval, len(jobs)):
            return
        now = turn = time.monotonic()
        for job in [job for job in jobs.values() if job.due <= now and job is not besides]:
            if job.waits and not isinstance(error, RateLimitedError):
                self.observe(job, error, own=False)
            if time.monotonic() - turn > SLICE:
                await asyncio.sleep(0)
                turn = time.monotonic()

    def _read_marks(self, now: float) -> None:
        if self._marks is not None and now - self._marks_at >= MARKS_EVERY:
            self._marks_at = now
            self.spawn(self._compare_marks(self._marks))

    async def _compare_marks(self, marks: Marks) -> None:
        try:
            found = await marks(self.line.conn_id)
        except Exception as error:  # noqa: BLE001 - a hint that is lost changes nothing but the moment
            log.debug("The marks of connection %s were not read: %r", self.line.conn_id, error)
            return
        # What was there at the first reading came before: those who waited then were looked at anyway.
        new, self._marked = found - (found if self._marked is None else self._marked), found
        if new:
            for video_id in [job for job in self.board.jobs if short(job) in new]:
                self.look_now(video_id)


def _break(job: Watched, error: Exception) -> None:
    """End every wait of a job with an error that is no verdict: ours becomes an event, any other leaves the trigger."""
    for wait in tuple(job.waits):
        if isinstance(error, SoraError):
            wait.end(Ended(error))
        else:
            wait.fail(error)
