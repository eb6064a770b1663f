"""What a waiting task says: one line per change of status, otherwise a slow heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.protocol.answers.job import VideoJob

#: Seconds between two lines while nothing changes.
HEARTBEAT = 120.0


@dataclass(slots=True)
class ProgressLog:
    """Writes the lines of one wait; ``started_at`` is Unix seconds at submit."""

    log: Any
    video_id: str
    started_at: float
    _status: str | None = None
    _said_at: float = 0.0

    def saw(self, job: VideoJob, now: float) -> None:
        word = job.raw_status or job.status.value
        if word == self._status and now - self._said_at < HEARTBEAT:
            return
        percent = "" if job.progress is None else f", {job.progress:.0f} %"
        changed = word != self._status
        self._status, self._said_at = word, now
        self.log.info(
            "Job %s %s %s%s after %.0f s.",
            self.video_id,
            "is" if changed else "is still",
            word,
            percent,
            now - self.started_at,
        )

    def trouble(self, message: str) -> None:
        message = message if message.endswith(".") else f"{message}."
        self.log.warning("Job %s: %s Still waiting; the job is left in place.", self.video_id, message)
