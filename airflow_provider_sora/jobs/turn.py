"""Waiting for one's turn at a server that takes no more jobs for now (pure).

A 429, or a full queue that the connection's dialect calls so, is a certain refusal: nothing was paid, and nothing is
wrong with the request. Asking again costs a task start, so the pauses grow; and they differ, or all that were refused
at once would come back at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from airflow_provider_sora.exceptions import RateLimitedError

#: The first pause where the server names none, and the longest, in seconds.
FIRST, LONGEST = 15.0, 300.0
#: Airflow can lose a task whose trigger fires right after its deferral.
SHORTEST = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Since when a task has asked to be let in.

    :param asked_at: Unix seconds of the first refusal; None before it.
    :param refused: how often it was refused.
    """

    asked_at: float | None = None
    refused: int = 0

    def after(self, now: float) -> Turn:
        """One refusal later."""
        return replace(self, asked_at=now if self.asked_at is None else self.asked_at, refused=self.refused + 1)

    def pause(self, error: RateLimitedError, now: float, timeout: float, chance: Callable[[], float]) -> float:
        """Seconds until the next request.

        The server's own word is the least; without one, pauses double. Up to half as much again is added by chance.

        :param timeout: seconds from the first refusal after which no more is asked.
        :param chance: a number from 0 to 1.
        :raises RateLimitedError: the time is up, or would be before the next request; nothing was paid.
        """
        begun = now if self.asked_at is None else self.asked_at
        asked = error.retry_after or min(FIRST * 2 ** max(self.refused - 1, 0), LONGEST)
        pause = max(asked * (1 + chance() / 2), SHORTEST)
        if now + max(asked, SHORTEST) > begun + timeout:
            times = "once" if self.refused == 1 else f"{self.refused} times"
            # What has a code of its own waited for something else than a server, and knows what is to be done.
            fewer = "let fewer of these tasks run at a time (a pool that counts deferred tasks), or raise timeout."
            refused = "It was asked for" if error.reason else "The server refused"
            raise error.with_message(
                f"{error.happened} {refused} {times} in {now - begun:.0f} s, and timeout={timeout:g} allows "
                "no more waiting.",
                cost=error.cost,
                step=error.step if error.reason else fewer,
            ) from error
        return min(pause, begun + timeout - now)


NOT_ASKED = Turn()


def by_chance() -> float:
    """A number from 0 to 1."""
    return random.random()
