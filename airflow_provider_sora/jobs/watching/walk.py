"""How far a server's list is read in one round, and whether reading it is cheaper than asking for each job.

A list proves presence only. What it does not show is asked for by its id, and nothing is concluded from absence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

PAGE_SIZE = 100
#: A page costs as much as so many single looks: it holds other people's jobs and all their prompts.
PAGE_COSTS = 3
#: So many pages are asked for at a time, at most, where pages come slowly.
LANES = 8
#: Readings are planned to take this share of the pause, so that a slow page does not make the next look late.
IN_TIME = 0.8


def walk_pays(due: int, pages: int) -> bool:
    """Whether ``pages`` pages cost less than asking for each of ``due`` jobs."""
    return due >= pages * PAGE_COSTS


def lanes_for(pages: int, page_seconds: float, pause: float, most: int = LANES) -> int:
    """How many pages are asked for at a time, so that ``pages`` that take ``page_seconds`` each fit into a pause."""
    return max(1, min(ceil(pages * page_seconds / (pause * IN_TIME)), pages, most))


class Walk:
    """One reading of the list, newest first, in one lane or in several that begin at different jobs.

    :param wanted: ids that are looked for, newest first as far as is known.
    :param oldest: the oldest creation date among them by the server's clock, in Unix seconds; None where one of
        them has none.
    :param cuts: the jobs after which the pages of the last reading began, as far as is known.
    """

    def __init__(self, wanted: Sequence[str], oldest: float | None, cuts: Sequence[str] = ()) -> None:
        self.wanted = wanted
        self._cuts = cuts
        self._lanes: list[Lane] = []
        self.missing = set(wanted)
        self.pages = 0
        self.shown = 0
        self.oldest = oldest
        #: False when a lane broke off: what was not shown proves even less then.
        self.whole = True
        #: Jobs after which a lane begins, and so another one ends; and those after which a page was asked for.
        self.starts: set[str] = set()
        self.cursors: set[str] = set()

    def lane(self, start: str | None = None) -> Lane:
        """A further lane, behind this job; the first begins where the list does."""
        self._lanes.append(Lane(self, start))
        return self._lanes[-1]

    def split(self, lanes: int, after: str) -> list[Lane]:
        """That many lanes less one, all behind ``after``, each of about as many pages.

        Each goes on until it meets the beginning of another, so together they read all, whatever the order.
        """
        if after not in self.cuts:
            return []
        cuts = self._cuts if len(self._cuts) >= lanes else [name for name in self.wanted if name in self.missing]
        starts = [cuts[len(cuts) * lane // lanes] for lane in range(1, lanes)] if cuts else []
        self.starts = set(starts) - {after}
        return [self.lane(start) for start in dict.fromkeys(starts) if start != after]

    @property
    def cuts(self) -> list[str]:
        """The jobs after which its pages began."""
        return [after for lane in self._lanes for after in lane.cuts]


class Lane:
    """A part of a reading, page after page.

    It ends when all that was wanted was shown, at the list's end, where it meets another lane's beginning, where the
    list is seen to have become older than the oldest wanted job, or when pages in a row that showed nothing new have
    cost as much as asking for the rest.

    :param start: the job behind which it begins; None for the list's beginning.
    """

    def __init__(self, walk: Walk, start: str | None = None) -> None:
        self.walk = walk
        self.start = start
        self.cuts = [] if start is None else [start]
        self._barren = 0
        self._last_date: float | None = None
        self._falls = True

    def page(self, ids: Sequence[str], dates: Iterable[float], has_more: bool, last_id: str | None) -> str | None:
        """Take one page; the id after which to go on, or None when the lane is over."""
        walk = self.walk
        walk.pages += 1
        before = len(walk.missing)
        walk.missing.difference_update(ids)
        found = before - len(walk.missing)
        walk.shown += found
        self._barren = 0 if found else self._barren + 1
        newest = None
        for date in dates:
            self._falls = self._falls and (self._last_date is None or date <= self._last_date)
            self._last_date = date
            newest = date if newest is None else max(newest, date)
        passed = self._falls and None not in (newest, walk.oldest) and newest < walk.oldest  # type: ignore[operator]
        if not walk.missing or not has_more or last_id is None or last_id in walk.cursors:
            return None
        if passed or self._barren * PAGE_COSTS >= len(walk.missing):
            return None
        if any(name in walk.starts and name != self.start for name in ids):
            return None
        walk.cursors.add(last_id)
        if last_id in ids:  # and not a mark of the server's own, where no other lane could begin or end
            self.cuts.append(last_id)
        return last_id
