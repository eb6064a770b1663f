"""Backing off once for all who wait on a connection: a limit, an outage, and one line of log a minute about it."""

from __future__ import annotations

from collections.abc import Callable

from airflow_provider_sora.exceptions import (
    RateLimitedError,
    ServerFaultError,
    ServerUnreachableError,
    SoraError,
    UnreadableAnswerError,
)
from airflow_provider_sora.jobs.waiting.polling import MAX_BACKOFF

#: So many looks in a row, at different jobs, without an answer are an outage and not one job's trouble.
OUTAGE = 3
#: Seconds between two lines about the same trouble.
SAID_EVERY = 60.0


class Calm:
    """What is known of the server's mood. Times are those of one monotonic clock, in seconds.

    :param say: writes one line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.until = 0.0
        self.trouble: SoraError | None = None
        self._limits = 0
        self._outages = 0
        self._faults: dict[str, SoraError] = {}
        self._said_at: float | None = None

    @property
    def probing(self) -> bool:
        """One look at a time is allowed, to see whether the trouble is over."""
        return self.trouble is not None

    @property
    def outage(self) -> bool:
        return self._outages > 0

    def answered(self) -> None:
        """The server answered, whatever it said."""
        if self.trouble is not None and self._said_at is not None:
            self._say("The server answers again.")
        self.until, self.trouble, self._limits, self._outages, self._said_at = 0.0, None, 0, 0, None
        self._faults.clear()

    def failed(self, what: str, error: SoraError, now: float, interval: float, waiting: int) -> bool:
        """A look got no answer.

        :param what: the job that was looked at, or the list.
        :param interval: the shortest pause that anybody waits here, in seconds.
        :param waiting: how many wait, for the log.
        :returns: whether this counts as a look for all of them, and not only for the job that was asked for.
        """
        again = now >= self.until  # what was under way when the trouble began says nothing new
        if isinstance(error, RateLimitedError):
            self._limits += again
            wish = max(error.retry_after or 0.0, _doubled(interval, self._limits))
            self._back_off(error, now, wish, f"The server limits our rate; the {waiting} jobs waited for here")
            return False
        self._faults[what] = error
        alone = len(self._faults) < OUTAGE and not isinstance(error, ServerUnreachableError)
        if not self.outage and alone and not error.retry_after:
            return False
        self._outages += again
        wish = max(error.retry_after or 0.0, _doubled(interval, self._outages))
        kept = f"The {waiting} jobs waited for here are left in place and"
        self._back_off(error, now, wish, f"{error.message.rstrip('.')}. {kept}")
        return again

    def _back_off(self, error: SoraError, now: float, seconds: float, words: str) -> None:
        self.until, self.trouble = max(self.until, now + seconds), error
        if self._said_at is None or now - self._said_at >= SAID_EVERY:
            self._said_at = now
            self._say(f"{words} are looked at again in {self.until - now:.0f} s.")


def is_silence(error: SoraError) -> bool:
    """Whether an error means that the server gave no usable answer at all, or wants to be left alone."""
    return isinstance(error, (RateLimitedError, ServerUnreachableError, ServerFaultError, UnreadableAnswerError))


def _doubled(interval: float, times: int) -> float:
    return min(interval * 2.0 ** min(times - 1, 20), max(MAX_BACKOFF, interval))
