"""How many requests a watcher may send: as many as its jobs' own pauses ask for, and no more when all come at once."""

from __future__ import annotations

#: Requests a second that are never slowed down: a handful of jobs may be asked for together.
FREE_RATE = 10.0
#: Ordinary looks run this much faster than they fall due, so that a late one catches up.
LEEWAY = 1.25
#: Looks that come sooner than ``poll_interval`` asks for: never more than the ordinary ones, and so many a second.
FREE_EXTRA = 0.2
#: The smallest share of the rate that is left after the server said, again and again, that we ask too often.
SLOWEST = 1 / 64


class Pace:
    """Spreads requests evenly. Times are of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self.ordinary = 0.0
        self._next = 0.0
        self._extra = 1.0
        self._filled_at: float | None = None
        self._share = 1.0
        self._owed_at = 0.0

    def owe(self, rate: float, now: float, memory: float) -> None:
        """So many requests a second are owed now. A lower number counts after ``memory`` seconds: when many jobs end
        together, the last of them still get their looks in time."""
        if rate >= self.ordinary or now - self._owed_at > memory:
            self.ordinary, self._owed_at = rate, now

    def limited(self) -> None:
        """The server said that we ask too often."""
        self._share = max(self._share / 2.0, SLOWEST)

    def answered(self) -> None:
        """It answered: slowly back to the full rate."""
        self._share = min(self._share * 1.02, 1.0)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return max(self.ordinary * LEEWAY, FREE_RATE) * self._share

    def turn(self, now: float) -> float:
        """Seconds until the next request may leave; it is reserved by asking."""
        at = max(self._next, now)
        self._next = at + 1.0 / self.rate
        return at - now

    def take_extra(self, now: float) -> bool:
        """Whether one more look may come sooner than ``poll_interval`` asks for."""
        rate = max(self.ordinary, FREE_EXTRA)
        if self._filled_at is not None:
            self._extra = min(self._extra + (now - self._filled_at) * rate, max(2.0 * rate, 1.0))
        self._filled_at = now
        if self._extra < 1.0:
            return False
        self._extra -= 1.0
        return True
