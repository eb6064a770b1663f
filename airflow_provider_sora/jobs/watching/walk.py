"""How far a server's list is read in one round, and whether reading it is cheaper than asking for each job.

A list proves presence only. What it does not show is asked for by its id, and nothing is concluded from absence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

PAGE_SIZE = 100
#: A page costs as much as so many single looks: it holds other people's jobs and all their prompts.
PAGE_COSTS = 3


def walk_pays(due: int, pages: int) -> bool:
    """Whether ``pages`` pages cost less than asking for each of ``due`` jobs."""
    return due >= pages * PAGE_COSTS


class Walk:
    """One reading of the list, newest first.

    It ends when all that was wanted was shown, at the list's end, where the list is seen to have become older than
    the oldest wanted job, or when pages in a row that showed nothing new have cost as much as asking for the rest.

    :param wanted: ids that are looked for.
    :param oldest: the oldest creation date among them by the server's clock, in Unix seconds; None where one of
        them has none.
    """

    def __init__(self, wanted: Collection[str], oldest: float | None) -> None:
        self.missing = set(wanted)
        self.pages = 0
        self.shown = 0
        self._oldest = oldest
        self._barren = 0
        self._last_date: float | None = None
        self._falls = True
        self._cursors: set[str] = set()

    def page(self, ids: Iterable[str], dates: Iterable[float], has_more: bool, last_id: str | None) -> str | None:
        """Take one page; the id after which to go on, or None when the walk is over."""
        self.pages += 1
        before = len(self.missing)
        self.missing.difference_update(ids)
        found = before - len(self.missing)
        self.shown += found
        self._barren = 0 if found else self._barren + 1
        newest = None
        for date in dates:
            self._falls = self._falls and (self._last_date is None or date <= self._last_date)
            self._last_date = date
            newest = date if newest is None else max(newest, date)
        passed = self._falls and None not in (newest, self._oldest) and newest < self._oldest  # type: ignore[operator]
        if not self.missing or not has_more or last_id is None or last_id in self._cursors:
            return None
        if passed or self._barren * PAGE_COSTS >= len(self.missing):
            return None
        self._cursors.add(last_id)
        return last_id
