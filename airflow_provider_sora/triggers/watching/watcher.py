"""One watcher: it looks at every job that is waited for on one connection, and wakes each wait with its own verdict."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from airflow_provider_sora.exceptions import RateLimitedError, SoraError
from airflow_provider_sora.jobs.watching.board import Board
from airflow_provider_sora.jobs.watching.calm import Calm
from airflow_provider_sora.jobs.watching.pace import Pace
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.jobs.watching.waits import Observation, Wait, Watched
from airflow_provider_sora.triggers.watching.line import Line
from airflow_provider_sora.triggers.watching.listing import Listing
from airflow_provider_sora.triggers.watching.looks import Looks
from airflow_provider_sora.triggers.watching.nudges import Marks, Nudges

log = logging.getLogger(__name__)

#: Seconds between two looks at the clock, at most; with many jobs also at least, since each is looked over.
TICK = 0.5
TICK_FOR_EACH = 0.00005
#: What is done between two turns of the loop takes no longer than this, in seconds.
SLICE = 0.005


class Watcher:
    """All waits of one connection in one event loop. Made without being started; :meth:`add` starts it.

    What is asked of the server lies beside it: the list in :mod:`.listing`, single jobs in :mod:`.looks`.

    :param usual: how long jobs of this connection take; outlives the watcher.
    :param marks: hints from outside, asked every two seconds; they change the moment of a look and nothing else.
    """

    def __init__(self, line: Line, usual: Usual, marks: Marks | None = None) -> None:
        self.line = line
        self.board = Board(usual)
        self.calm = Calm(lambda words: log.warning("Connection %s: %s", line.conn_id, words))
        self.pace = Pace()
        self.listing = Listing(self)
        self.looks = Looks(self)
        self.nudges = Nudges(self, marks)
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = False
        #: Calls that somebody else makes over this line now; it stays open for them.
        self._guests = 0
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
            self.spawn(self._run)

    def leave(self, wait: Wait) -> bool:
        """This one waits no more; True, once, when nobody is left, and :meth:`close` is due."""
        self.board.remove(wait)
        return self._deserted()

    def enter(self) -> None:
        """Somebody makes calls of their own over this line, until :meth:`exit`."""
        self._guests += 1

    def exit(self) -> bool:
        """The end of what :meth:`enter` began; True as for :meth:`leave`."""
        self._guests -= 1
        return self._deserted()

    def _deserted(self) -> bool:
        last = not self.board.jobs and not self._guests and not self._left
        self._left = self._left or last
        self.ended = self.ended or last
        return last

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

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something of the watcher's own, in no task's context: its log lines belong to nobody's task."""
        task = asyncio.get_running_loop().create_task(self._guarded(work), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.exception("The watcher of connection %s failed; its tasks are told.", self.line.conn_id)
            self.give_up(error)

    def give_up(self, error: Exception) -> None:
        """End every wait with this error, and take no more."""
        self.ended = True
        for job in tuple(self.board.jobs.values()):
            job.break_off(error)

    # The schedule

    async def _run(self) -> None:
        self.spawn(self._open)
        while True:
            self._wake.clear()
            self.board.expire(time.time())
            now = time.monotonic()
            self.nudges.read(now)
            pause = self._dispatch(now)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            # Every wait that begins wakes us; each turn looks over all jobs.
            await asyncio.sleep(min(len(self.board.jobs) * TICK_FOR_EACH, TICK))

    async def _open(self) -> None:
        try:
            await self.line.ready()
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told
            self.give_up(error)
        self._wake.set()

    def _dispatch(self, now: float) -> float:
        """Start what is due; seconds until the next turn."""
        if self.line.session is None:
            return TICK
        if now < self.calm.until:
            return min(self.calm.until - now, TICK)
        scan = self.board.scan(now, self.listing.horizon)
        rate = self.listing.rate(scan) if self.listing.serves(now) else scan.rate
        self.pace.owe(rate, now, 2.0 * scan.shortest)
        if self.calm.probing:
            if scan.due and not self.looks.under_way and not self.listing.walking:
                self.looks.at(min(scan.due, key=lambda job: job.looked_at))
            return TICK
        if scan.due and self.listing.begin(scan, now):
            self.spawn(self.listing.walk)
        self.looks.take(scan.due, now, TICK)
        return min(max(scan.next_due - now, 0.0), TICK)

    # What was seen

    def observe(self, job: Watched, found: Observation, *, own: bool = True, jitter: bool = True) -> None:
        """Tell the waits of this job what was seen."""
        now, at = time.monotonic(), time.time()
        session = self.line.session
        server_now = at + ((session.clock_offset if session else None) or 0.0)
        job.looked_at = now
        try:
            self.board.observe(job, found, now, at, server_now=server_now, own=own, jitter=jitter)
            self.nudges.looked(job, now)
        except Exception as error:
            log.exception("Judging job %s failed.", job.video_id)
            job.break_off(error)

    def answered(self) -> None:
        """The server answered, whatever it said."""
        self.calm.answered()
        self.pace.answered()

    async def silent(self, what: str, error: SoraError, besides: Watched | None = None) -> None:
        """No usable answer: perhaps one job's trouble, perhaps everybody's."""
        jobs = self.board.jobs
        interval = self.board.shortest if jobs else TICK
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
