"""Fetching a list's pages for one reading: one after another, or several at a time where they come slowly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import RateLimitedError, SoraError, UnreadableAnswerError
from airflow_provider_sora.jobs.watching.calm import is_silence
from airflow_provider_sora.jobs.watching.walk import LANES, PAGE_SIZE, Lane, Walk, lanes_for

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.answers.page_text import PageText
    from airflow_provider_sora.protocol.servers.dialect import Dialect
    from airflow_provider_sora.triggers.watching.watcher import Watcher

#: What is done between two turns of the loop takes no longer than this, in seconds.
SLICE = 0.005
#: So often is a page asked for that gets no answer; and one that the server refuses because of our rate. A reading of
#: a hundred pages is not given up for one of them.
TRIES = 2
LIMITED_TRIES = 4
#: Seconds before the second try, at least.
REST = 1.0

#: A reading that takes longer than a pause ends early when so many times as many jobs are waited for as when it began,
#: as after a restart: the next one is planned for all of them.
OUTGROWN = 2

#: Takes what an entry says of a job that is waited for; False where it says nothing that can be used.
Take = Callable[[Any, dict[str, Any], "Dialect"], bool]


class Pages:
    """Belongs to one watcher; remembers between two readings how long its server's pages take."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._seconds: float | None = None
        self._most = LANES
        self._began = 0.0
        #: When the last page came, in monotonic seconds.
        self.came_at = 0.0

    async def read(self, walk: Walk, expected: int, take: Take) -> None:
        """Read the list once; ``expected`` is how many pages it is thought to have.

        :raises SoraError: a page did not come.
        """
        self.came_at = self._began = time.monotonic()
        lane, most = walk.lane(), self._most
        if (after := await self._page(lane, None, take)) is None:
            return
        lanes = lanes_for(expected - 1, self._seconds or 0.0, self._watcher.board.shortest, most)
        try:
            async with asyncio.TaskGroup() as together:
                together.create_task(self._lane(lane, after, take))
                for other in walk.split(lanes, after) if lanes > 1 else ():
                    together.create_task(self._beside(other, take))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        if self._most == most:
            self._most = min(most + 1, LANES)

    async def _lane(self, lane: Lane, after: str | None, take: Take) -> None:
        board, walk = self._watcher.board, lane.walk
        while after is not None:
            after = await self._page(lane, after, take)
            if time.monotonic() - self._began > board.shortest and len(board.jobs) > OUTGROWN * len(walk.wanted):
                walk.whole = False
                return

    async def _beside(self, lane: Lane, take: Take) -> None:
        """One lane more. Where it ends early the next reading shows the rest, in fewer lanes."""
        try:
            await self._lane(lane, lane.start, take)
        except SoraError as error:
            # A list that does not know the job where this lane begins: the lane before it goes on to the next.
            if is_silence(error):
                lane.walk.whole = False
                self._most = max(1, self._most // 2)
                await self._watcher.silent("the list", error)

    async def _page(self, lane: Lane, after: str | None, take: Take) -> str | None:
        """One page; the job after which the next begins."""
        watcher, failed = self._watcher, 0
        while (session := watcher.line.session) is not None:
            now = time.monotonic()
            if (delay := max(watcher.pace.turn(now), watcher.calm.until - now)) > 0:
                await asyncio.sleep(delay)
            asked = time.monotonic()
            try:
                page, dialect = await session.list_text(PAGE_SIZE, after, "desc")
            except SoraError as error:
                failed += 1
                if lane.start is not None or failed >= _tries(error):
                    raise
                await watcher.silent("the list", error)
                await asyncio.sleep(REST)
                continue
            watcher.answered()
            self.came_at = time.monotonic()
            took = self.came_at - asked
            self._seconds = took if self._seconds is None else 0.8 * self._seconds + 0.2 * took
            ids, dates = await self._entries(page, dialect, take)
            return lane.page(ids, dates, page.has_more, page.last_id or (ids[-1] if ids else None))
        return None

    async def _entries(self, page: PageText, dialect: Dialect, take: Take) -> tuple[list[str], list[float]]:
        """Every entry of a page, and for those that are waited for what it says; the ids shown, and all dates."""
        ids: list[str] = []
        dates: list[float] = []
        turn = time.monotonic()
        for entry in page.entries():
            if isinstance(entry, dict):
                date = entry.get("created_at")
                if isinstance(date, (int, float)):
                    dates.append(date)
                job_id = entry.get("id")
                if isinstance(job_id, str):
                    job = self._watcher.board.jobs.get(job_id)
                    if job is None or take(job, entry, dialect):
                        ids.append(job_id)
            if time.monotonic() - turn > SLICE:
                await asyncio.sleep(0)
                turn = time.monotonic()
        return ids, dates


def _tries(error: SoraError) -> int:
    if isinstance(error, UnreadableAnswerError) or not is_silence(error):
        return 1
    return LIMITED_TRIES if isinstance(error, RateLimitedError) else TRIES
