"""One trigger's wait: its verdict as a future, and its own log. As little as possible, since ten thousand are held."""

from __future__ import annotations

import asyncio
import contextvars
import time
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Verdict, Watch
from airflow_provider_sora.jobs.waiting.progress import ProgressLog
from airflow_provider_sora.jobs.watching.waits import Observation, Wait
from airflow_provider_sora.protocol.answers.job import VideoJob

if TYPE_CHECKING:
    from airflow_provider_sora.triggers.watching.watcher import Watcher


class Waiting(Wait):
    """Made in the running loop, in the context of the task whose log it writes to.

    :param started_at: Unix seconds at submit, or as early as is known.
    """

    __slots__ = ("_context", "_progress", "outcome", "watcher")

    def __init__(self, watch: Watch, watcher: Watcher, log: Any, started_at: float) -> None:
        super().__init__(watch)
        self.watcher = watcher
        self.outcome: asyncio.Future[Completed | Ended] = asyncio.get_running_loop().create_future()
        self._progress = ProgressLog(log, watch.video_id, started_at)
        self._context = contextvars.copy_context()  # Airflow finds a trigger's own log by it

    def end(self, verdict: Completed | Ended) -> None:
        if not self.outcome.done():
            self.outcome.set_result(verdict)

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def say(self, found: Observation, verdict: Verdict) -> None:
        self._context.run(self._tell, found, verdict)

    def _tell(self, found: Observation, verdict: Verdict) -> None:
        if isinstance(found, VideoJob):
            self._progress.saw(found, time.time())
        if isinstance(verdict, KeepWaiting) and verdict.trouble:
            self._progress.trouble(verdict.trouble)
