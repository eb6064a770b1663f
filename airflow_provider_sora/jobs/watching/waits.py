"""Who waits for which job, and what is known of it between two looks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, Seen, Verdict, Watch
from airflow_provider_sora.jobs.watching.usual import Kind
from airflow_provider_sora.protocol.answers.job import VideoJob

Observation = VideoJob | SoraError

_NOTHING = Seen()


class Wait(ABC):
    """One task's wait: what it waits for, what it has seen, and what its end does. There may be ten thousand."""

    __slots__ = ("seen", "watch")

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.seen = _NOTHING

    @abstractmethod
    def end(self, verdict: Completed | Ended) -> None:
        """Called once, with the verdict."""

    @abstractmethod
    def say(self, found: Observation, verdict: Verdict) -> None:
        """Called after every look that was this job's own."""

    @abstractmethod
    def fail(self, error: Exception) -> None:
        """Called instead of :meth:`end` where something broke that is no verdict."""


@dataclass(slots=True, eq=False)
class Watched:
    """One job and all who wait for it. ``due`` and ``latest`` are seconds of a monotonic clock.

    :param interval: the longest pause between two looks.
    :param began: Unix seconds from which its age counts where the server gives no date.
    :param due: when the next look is wished for; at ``latest`` it is owed.
    :param looking: it is in a queue, or being asked for.
    :param unlisted: so many readings of the list in a row did not show it.
    :param ended_in_list: the list says that it ended, and the job itself is asked once more.
    :param compared: the next single look tells whether the list is stale.
    """

    video_id: str
    interval: float
    began: float
    due: float
    latest: float
    waits: list[Wait] = field(default_factory=list)
    kind: Kind = ("", None)
    created_at: float | None = None
    looking: bool = False
    unlisted: int = 0
    ended_in_list: bool = False
    looked_at: float = 0.0
    compared: bool = False

    @property
    def ends_at(self) -> float:
        waits = self.waits
        return waits[0].watch.deadline if len(waits) == 1 else max(wait.watch.deadline for wait in waits)

    def break_off(self, error: Exception) -> None:
        """End every wait with an error that is no verdict: ours becomes an event, any other leaves the trigger."""
        for wait in tuple(self.waits):
            if isinstance(error, SoraError):
                wait.end(Ended(error))
            else:
                wait.fail(error)
