"""Reading a server's list of jobs far enough, and what about it keeps it from proving anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from airflow_provider_sora.jobs.server import ListingServer
from airflow_provider_sora.protocol.answers.job import VideoJob

#: Never walk further through a server's list than this many pages.
MAX_PAGES = 50
PAGE_SIZE = 100


@dataclass(slots=True)
class Walk:
    """What one reading of a list showed.

    :param unreadable: entries that are no jobs as far as we can read, any of which may be ours.
    :param whole: the list was read as far back as was asked, or to its end.
    :param doubts: why a job that is not among ``jobs`` may exist all the same, in words.
    """

    jobs: list[VideoJob] = field(default_factory=list)
    unreadable: int = 0
    whole: bool = True
    doubts: list[str] = field(default_factory=list)

    @property
    def dates(self) -> list[float]:
        return [job.created_at for job in self.jobs if job.created_at is not None]

    @property
    def newest_first(self) -> bool:
        """The dates fall, and not all of them are the same."""
        dates = self.dates
        falls = all(earlier >= later for earlier, later in pairwise(dates))
        return falls and len(dates) > 1 and dates[0] > dates[-1]


def walk(server: ListingServer, until: float, before: float | None = None) -> Walk:
    """Read the jobs dated ``until`` (the server's clock) or later, newest first.

    Ends at the first page whose every job is older, so that one odd date does not hide a younger job, and only where
    the list was seen to begin with the newest; any other is read to its end.

    :param before: when the request was sent; a list whose oldest job is younger may be cut. ``until`` by default.
    :raises SoraError: the server could not be asked.
    """
    found, after = Walk(), None
    for _ in range(MAX_PAGES):
        page = server.list_videos(limit=PAGE_SIZE, after=after, order="desc")
        found.jobs += page.jobs
        found.unreadable += page.unreadable
        dates = [job.created_at for job in page.jobs if job.created_at is not None]
        all_older = bool(dates) and len(dates) == len(page.jobs) and all(date < until for date in dates)
        if not page.has_more or (all_older and found.newest_first):
            break
        if page.last_id in (None, after):
            found.whole = False
            found.doubts.append("it has more pages but does not say how to get them")
            break
        after = page.last_id
    else:
        found.whole = False
        found.doubts.append(f"it goes on after {MAX_PAGES} pages")
    if not found.jobs:
        found.doubts.append("it is empty")
    elif not found.newest_first:
        found.doubts.append("it does not begin with the newest job")
    elif found.dates[-1] >= (until if before is None else before):
        found.doubts.append("it does not reach back to before the request")
    return found
