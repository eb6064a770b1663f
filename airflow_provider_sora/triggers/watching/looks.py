"""Single looks: jobs that no list shows are asked for by their ids, a few at a time and at the watcher's pace."""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ServerUnreachableError,
    SoraError,
    VideoNotFoundError,
)
from airflow_provider_sora.jobs.watching.calm import is_silence
from airflow_provider_sora.masking.discretion import discreetly
from airflow_provider_sora.protocol.http.bounds import ending_at
from airflow_provider_sora.triggers.watching.line import AGAIN, CONNECTIONS

if TYPE_CHECKING:
    from airflow_provider_sora.jobs.watching.waits import Observation, Watched
    from airflow_provider_sora.triggers.watching.watcher import Watcher

log = logging.getLogger(__name__)

#: As long as a list may serve, single looks have so many connections, beside that of the list and one to find out who
#: answers; all of them only when a look is later than a whole pause.
BESIDE_LIST = 2


class Looks:
    """The single looks of one watcher."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._queue: deque[Watched] = deque()
        self._workers = 0

    @property
    def under_way(self) -> bool:
        return self._workers > 0

    def take(self, due: list[Watched], now: float, seconds: float) -> None:
        """Of those that are due, ask for as many as the pace lets leave within ``seconds``.

        Not for those that the list is about to show; and who is looked at early only as far as there is room for it.
        """
        watcher = self._watcher
        room = int(watcher.pace.rate * seconds) + CONNECTIONS - len(self._queue)
        left = watcher.listing.left_out(due, now)
        first = left if len(left) <= room else heapq.nsmallest(max(room, 0), left, key=lambda job: job.latest)
        for job in first:
            if job.latest <= now or job.ended_in_list or watcher.pace.take_extra(now):
                self.at(job)

    def at(self, job: Watched) -> None:
        """Look at this job by its id as soon as the pace allows."""
        if job.looking:
            return
        job.looking = True
        self._queue.append(job)
        if self._workers < min(self._limit(), len(self._queue)):
            self._workers += 1
            self._watcher.spawn(self._work)

    def _limit(self) -> int:
        now, oldest = time.monotonic(), self._queue[0]
        late = now - oldest.latest > oldest.interval
        return BESIDE_LIST if self._watcher.listing.may_serve(now) and not late else CONNECTIONS

    async def _work(self) -> None:
        try:
            while self._queue:
                job = self._queue.popleft()
                try:
                    if job.waits and time.monotonic() >= self._watcher.calm.until:
                        await self._look(job)
                finally:
                    job.looking = False
        finally:
            self._workers -= 1
            self._watcher.look_again()

    async def _look(self, job: Watched) -> None:
        watcher = self._watcher
        if delay := watcher.pace.turn(time.monotonic()):
            await asyncio.sleep(delay)
        session = watcher.line.session
        if session is None or not job.waits:
            return
        found: Observation
        try:
            with ending_at(job.ends_at), discreetly(any(wait.watch.discreet for wait in job.waits)):
                found = await session.get_video(job.video_id)
        except SoraError as error:
            found = error
        except Exception as error:
            log.exception("Looking at job %s failed.", job.video_id)
            job.break_off(error)
            return
        if isinstance(found, SoraError) and is_silence(found):
            await watcher.silent(job.video_id, found, besides=job)
        else:
            watcher.answered()
        if isinstance(found, (AuthenticationFailedError, VideoNotFoundError, ServerUnreachableError)):
            watcher.spawn(lambda: watcher.line.read_again(AGAIN, log))
        watcher.listing.compare(job, found)
        watcher.observe(job, found, own=not watcher.calm.probing)
