"""Reading the server's list for all who wait: page by page, in slices, as long as it is cheaper than single looks."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import SoraError, UnreadableAnswerError
from airflow_provider_sora.jobs.watching.calm import is_silence
from airflow_provider_sora.jobs.watching.shown import Enough, Words, kind_in, kind_of, read_quickly
from airflow_provider_sora.jobs.watching.walk import PAGE_SIZE, Walk, walk_pays
from airflow_provider_sora.triggers.watching.lanes import Pages

if TYPE_CHECKING:
    from airflow_provider_sora.jobs.watching.board import Scan
    from airflow_provider_sora.jobs.watching.waits import Observation, Watched
    from airflow_provider_sora.protocol.servers.dialect import Dialect
    from airflow_provider_sora.triggers.watching.watcher import Watcher

log = logging.getLogger(__name__)

#: Seconds for which a list that did not help is left alone: one that is not there, or not worth its pages; and one
#: that only failed.
NOT_FOR = 900.0
FAILED_FOR = 60.0
#: A list that was seen to show ends is compared with a single look every so many seconds; any other, at each reading.
COMPARED_EVERY = 60.0
#: So many such looks in a row that found an end which the list did not show: it is stale.
STALE = 2


class Listing:
    """The list of one watcher's server."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._walk: Walk | None = None
        self._fetched = Pages(watcher)
        self._not_until = 0.0
        self._worth_from = float("inf")
        self._pages: int | None = None
        self._cuts: list[str] = []
        self._enough = Enough()
        self._first: Watched | None = None
        self._words: tuple[Any, Words] | None = None
        self._shows_ends = False
        self._compared_at = 0.0
        self._compared: Watched | None = None
        self._stale = 0

    @property
    def walking(self) -> bool:
        return self._walk is not None

    def serves(self, now: float) -> bool:
        """Whether this list has helped and may be read."""
        return self._pages is not None and now >= self._not_until

    def may_serve(self, now: float) -> bool:
        """Whether this list was not found useless."""
        return now >= self._not_until

    @property
    def horizon(self) -> float:
        """Seconds that a reading takes: what falls due meanwhile is shown by it too."""
        return self.pages / self._watcher.pace.rate

    @property
    def pages(self) -> int:
        """Pages that a reading takes, as far as is known."""
        return self._pages or -(-len(self._watcher.board.jobs) // PAGE_SIZE)

    def rate(self, scan: Scan) -> float:
        """Requests a second that readings need for the shortest pause."""
        return self.pages / max(scan.shortest, 0.05)

    def begin(self, scan: Scan, now: float) -> bool:
        """Whether a reading begins now; :meth:`walk` is then to be run."""
        if len(self._watcher.board.jobs) >= self._worth_from:
            self._not_until, self._worth_from = 0.0, float("inf")
        if self._walk is not None or now < self._not_until or not walk_pays(scan.soon, self.pages):
            return False
        wanted = [job for job in self._watcher.board.jobs.values() if job.unlisted < 2 and not job.ended_in_list]
        wanted.sort(key=lambda job: job.created_at or job.began, reverse=True)
        dates = [job.created_at for job in wanted]
        known = [date for date in dates if date is not None]
        oldest = min(known) if len(known) == len(dates) else None
        self._walk = Walk([job.video_id for job in wanted], oldest, self._cuts)
        self._fetched.came_at, self._compared = now, None
        return True

    def left_out(self, due: list[Watched], now: float) -> list[Watched]:
        """Those of these jobs that neither the reading under way nor the one after it is about to show.

        As long as pages come they are waited for, however long it takes: single looks beside them would take their
        turns, and show a hundredth as much. Who was shown already, or came too late for this reading, is shown by
        the next, which begins where this one ends. Only a job's last look waits for no slow reading.
        """
        if self._walk is None:
            return due
        silent, at = now - self._fetched.came_at, time.time()
        return [
            job
            for job in due
            if job.unlisted > 1
            or (job.unlisted and now - job.due >= job.interval)
            or job.ended_in_list
            or (silent >= 1.0 and silent >= job.interval)
            or (now - job.due >= job.interval and at >= job.ends_at)
        ]

    async def walk(self) -> None:
        """Read the list once."""
        walk, watcher = self._walk, self._watcher
        assert walk is not None
        try:
            await self._fetched.read(walk, self.pages, self._shown)
        except SoraError as error:
            silence = is_silence(error) and not isinstance(error, UnreadableAnswerError)
            self._leave(FAILED_FOR if silence else NOT_FOR, error.message)
            if silence:
                await watcher.silent("the list", error)
        else:
            self._finish(walk)
        finally:
            self._walk = None
            watcher.look_again()

    def _shown(self, job: Watched, entry: dict[str, Any], dialect: Dialect) -> bool:
        """Take what a list says of a job; False where it says nothing that can be used."""
        watcher = self._watcher
        if self._words is None or self._words[0] is not dialect:
            self._words = dialect, Words(dialect.status_words)
        found = read_quickly(entry, self._words[1])
        if found is None:
            session = watcher.line.session
            try:
                found = session.listed(entry, dialect) if session is not None else None
            except UnreadableAnswerError:
                found = None
            if found is None or found.id != job.video_id or not found.raw_status:
                return False
        job.unlisted = 0
        job.kind = kind_in(entry)
        if found.status.is_final:
            self._shows_ends = True
            if not self._enough.is_enough(found):
                first = self._first
                if not self._enough.knows(found.status):
                    if first is not None and first.looking:
                        # Its answer may tell that this entry will do, too: the next reading shows it again.
                        job.due = job.latest = time.monotonic() + min(job.interval / 4, 1.0)
                        return True
                    self._first = job
                job.ended_in_list = True
                watcher.looks.at(job)
                return True
        else:
            self._compared = job
        watcher.observe(job, found, jitter=False)
        return True

    def _finish(self, walk: Walk) -> None:
        watcher, now = self._watcher, time.monotonic()
        for video_id in walk.missing if walk.whole else ():
            if (job := watcher.board.jobs.get(video_id)) is not None:
                job.unlisted += 1
        if walk.whole and not walk_pays(walk.shown, walk.pages):
            # With more jobs the same pages may pay: after a restart, waits begin by the hundred.
            self._worth_from = 2 * len(watcher.board.jobs) + 1
            self._leave(NOT_FOR, f"{walk.pages} of its pages showed {walk.shown} of the jobs waited for")
            return
        if walk.whole:
            self._pages, self._cuts = walk.pages, walk.cuts
        compared, due = self._compared, not self._shows_ends or now - self._compared_at >= COMPARED_EVERY
        if compared is not None and compared.waits and due:
            self._compared_at = now
            compared.compared = True
            watcher.looks.at(compared)

    def compare(self, job: Watched, found: Observation) -> None:
        """A single look's answer: a list's entry has to hold as much, and has to agree."""
        if isinstance(found, SoraError):
            job.compared = False
            return
        job.kind = kind_of(found)
        if found.status.is_final:
            self._enough.learn(found)
        if job.compared:
            job.compared = False
            self._stale = self._stale + 1 if found.status.is_final else 0
            if self._stale >= STALE:
                self._stale = 0
                self._leave(NOT_FOR, "it calls jobs running that have ended")

    def _leave(self, seconds: float, why: str) -> None:
        self._not_until, self._pages = time.monotonic() + seconds, None
        for job in self._watcher.board.jobs.values():
            job.unlisted = 0
        log.info(
            "Connection %s: the server's list is not read for %.0f s (%s); jobs are asked for one by one.",
            self._watcher.line.conn_id,
            seconds,
            why,
        )
