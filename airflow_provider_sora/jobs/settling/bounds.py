"""Which claims a search for a lost job reads, by time and by number (pure).

A claim matters only if its job can be taken for the lost one, and then its request was sent within a day of the lost
one's: no older job is in doubt where the list's dates are right, and where they are not, any job that nobody is seen to
claim stops the search. So what lies outside these bounds can cost a stop, and never somebody's job or a second payment.
"""

from __future__ import annotations

from airflow_provider_sora.jobs.settling.fit import CERTAINLY_OLDER

#: Clocks of workers and servers differ, and a run is noted some time before it pays, in seconds.
MARGIN = 7200.0
#: Days for which it stays noted which runs have paid: a search may begin so much later, less the day it looks back.
KEEP_DAYS = 3
#: One read is one task of one run, about 25 ms. A search that would take more stops.
MAX_READS = 2000

_DAY = 86_400


def day_of(moment: float) -> int:
    """Days from 1970 to ``moment`` (Unix seconds), in UTC."""
    return int(moment // _DAY)


def days_that_matter(intent_at: float, flight: float) -> range:
    """The days on which a run has been noted that may hold a claim on the lost job, or on one like it.

    :param intent_at: Unix seconds on this machine, before the lost request was sent.
    :param flight: seconds in which it could reach the server.
    """
    return range(day_of(intent_at - CERTAINLY_OLDER - MARGIN), day_of(intent_at + flight + MARGIN) + 1)


def is_noted(days: range, since: float | None, now: float) -> bool:
    """Whether the notes of all these days are still there, and were made at all.

    :param since: Unix seconds from which runs are noted; None where none is.
    """
    return since is not None and day_of(since) < days.start and days.start > day_of(now) - KEEP_DAYS


def is_stale(day: int, now: float) -> bool:
    """Whether a day's notes can go."""
    return day < day_of(now) - KEEP_DAYS
