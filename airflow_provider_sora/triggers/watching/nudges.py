"""Hints that a job may have ended: they change the moment of a look, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from airflow_provider_sora.webhooks.marks import short

if TYPE_CHECKING:
    from airflow_provider_sora.jobs.watching.waits import Watched
    from airflow_provider_sora.triggers.watching.watcher import Watcher

log = logging.getLogger(__name__)

#: Seconds between two readings of the marks that webhooks leave.
MARKS_EVERY = 2.0
#: Seconds between two looks at one job, however often it is nudged. The nudge is kept: the job may have ended since.
JUST_LOOKED = 1.0

#: Given a connection's id: :func:`~airflow_provider_sora.webhooks.marks.short` ids of jobs that lately ended. They are
#: compared with those seen before and never consumed, since several triggerers read them.
Marks = Callable[[str], Awaitable[frozenset[str]]]


class Nudges:
    """The nudges of one watcher.

    :param marks: where hints from outside are read; None for nowhere.
    """

    def __init__(self, watcher: Watcher, marks: Marks | None) -> None:
        self._watcher = watcher
        self._marks, self._read_at = marks, time.monotonic()
        self._known: frozenset[str] | None = None
        #: Jobs that were nudged while a look at them was under way, which may have come too early.
        self._kept: set[str] = set()

    def look_now(self, video_id: str | None = None) -> None:
        """Something may have ended: look at this job, or at all of them, at once."""
        now, jobs = time.monotonic(), self._watcher.board.jobs
        for job in jobs.values() if video_id is None else filter(None, [jobs.get(video_id)]):
            job.due = job.latest = min(job.due, max(now, job.looked_at + JUST_LOOKED))
            if job.looking:
                self._kept.add(job.video_id)
        self._watcher.look_again()

    def looked(self, job: Watched, now: float) -> None:
        """A look at this job has ended: one that was nudged meanwhile is looked at once more."""
        if job.video_id in self._kept:
            self._kept.discard(job.video_id)
            job.due = job.latest = now + JUST_LOOKED

    def read(self, now: float) -> None:
        """Read the marks, where it is time to."""
        if self._marks is not None and now - self._read_at >= MARKS_EVERY:
            self._read_at = now
            self._watcher.spawn(self._compare)

    async def _compare(self) -> None:
        assert self._marks is not None
        try:
            found = await self._marks(self._watcher.line.conn_id)
        except Exception as error:  # noqa: BLE001 - a hint that is lost changes nothing but the moment
            log.debug("The marks of connection %s were not read: %r", self._watcher.line.conn_id, error)
            return
        # What was there at the first reading came before: those who waited then were looked at anyway.
        new, self._known = found - (found if self._known is None else self._known), found
        if new:
            self._kept.intersection_update(self._watcher.board.jobs)
            for video_id in [job for job in self._watcher.board.jobs if short(job) in new]:
                self.look_now(video_id)
