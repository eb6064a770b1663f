"""Waits for a video job without a worker."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_sora.error_details import details_of
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, Watch, timed_out

#: Airflow logs every event in full and keeps it with the task, so an event stays under 4 KB of JSON.
MESSAGE_LIMIT = 2000
WORD_LIMIT = 120
#: What an event says of a job beside its status.
_FACTS = ("model", "size", "seconds", "created_at", "completed_at", "expires_at", "cost_usd")
#: Cancel calls under way: a loop holds its tasks weakly.
_asking: set[asyncio.Future[None]] = set()


class VideoCompletionTrigger(BaseTrigger):
    """Looks at a job until it ends, then fires one event. It only sends GETs, and holds no secret.

    :param video_id: the job.
    :param sora_conn_id: connection of the server that took it.
    :param deadline: Unix seconds after which the wait ends and the job is left in place; absolute, so that a
        restart of the triggerer does not stretch it.
    :param poll_interval: the longest pause between two looks, in seconds. All triggers of a connection in a
        triggerer share one watcher, which looks sooner where it pays.
    :param first_poll_after: seconds before the first look. Airflow can fail a task whose trigger fires within
        seconds of its deferral, so keep the default of 10 outside ``dag.test()``.
    :param submitted_at: Unix seconds, for the log's elapsed times; None where something else submitted the job.
    :param discreet: the prompt is made of private data: what the server says is not repeated.
    :param cancel_on_kill: when a user clears the waiting task or marks it, cancel the job on the server, but only
        while it is unfinished and only if the server has a cancel call. It is never deleted.

    The event is ``{"status": "completed" | "error", "video_id": …, "job": {…} | None, "error": {…} | None}``.
    """

    def __init__(
        self,
        *,
        video_id: str,
        sora_conn_id: str,
        deadline: float,
        poll_interval: float = 15.0,
        first_poll_after: float = 10.0,
        submitted_at: float | None = None,
        cancel_on_kill: bool = False,
        discreet: bool = False,
    ) -> None:
        super().__init__()
        self.video_id = video_id
        self.sora_conn_id = sora_conn_id
        self.deadline = deadline
        self.poll_interval = poll_interval
        self.first_poll_after = first_poll_after
        self.submitted_at = submitted_at
        self.cancel_on_kill = cancel_on_kill
        self.discreet = discreet

    def serialize(self) -> tuple[str, dict[str, Any]]:
        names = (
            "video_id",
            "sora_conn_id",
            "deadline",
            "poll_interval",
            "first_poll_after",
            "submitted_at",
            "cancel_on_kill",
            # Unknown to a triggerer of an earlier release, which could not make this trigger then.
            *(("discreet",) if self.discreet else ()),
        )
        return (
            "airflow_provider_sora.triggers.video.VideoCompletionTrigger",
            {name: getattr(self, name) for name in names},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        # Only a submitting operator knows when it submitted: a sensor pays for nothing, and its errors say so.
        watch = Watch(
            self.video_id, self.deadline, self.poll_interval, ours=self.submitted_at is not None, discreet=self.discreet
        )
        await asyncio.sleep(max(min(self.first_poll_after, self.deadline - time.time()), 0.0))
        if time.time() >= self.deadline:
            yield TriggerEvent(event_of(Ended(timed_out(watch)), self.video_id))
            return
        from airflow_provider_sora.exceptions import SoraError
        from airflow_provider_sora.triggers.watching.registry import begin, leave

        outcome: Completed | Ended
        try:
            # The log is the class's own: ten thousand triggers need no ten thousand loggers.
            began = self.submitted_at or time.time()
            wait = await begin(self.sora_conn_id, watch, log=self.logger(), started_at=began)
            try:
                outcome = await wait.outcome
            finally:
                await leave(wait)
        except SoraError as error:
            # An exception out of a trigger reaches the task without its type; an event keeps it.
            outcome = Ended(error)
        yield TriggerEvent(event_of(outcome, self.video_id))

    async def on_kill(self) -> None:
        """Airflow calls this when a user clears or marks the waiting task, and in some cases that are no kill."""
        if not self.cancel_on_kill:
            return
        # The triggerer cancels what it has cancelled once more after a second, silently, which on a busy machine would
        # end this before the server was asked.
        asking = asyncio.ensure_future(self._cancel_job())
        _asking.add(asking)
        asking.add_done_callback(_asking.discard)
        await asyncio.shield(asking)

    async def _cancel_job(self) -> None:
        from airflow_provider_sora.exceptions import SoraError
        from airflow_provider_sora.triggers.watching.registry import calls

        try:
            async with calls(self.sora_conn_id) as session:
                job = await session.get_video(self.video_id)
                if job.status.is_final:
                    self.log.info("Job %s is %s already; nothing to cancel.", self.video_id, job.status)
                    return
                await session.cancel_video(self.video_id)
                self.log.info("Asked the server to cancel job %s.", self.video_id)
        except SoraError as error:
            self.log.warning("Job %s was not cancelled and was left in place: %s", self.video_id, error.message)


def event_of(outcome: Completed | Ended, video_id: str) -> dict[str, Any]:
    """The event as small JSON: identifiers, words and numbers, never a URL or a key."""
    job = outcome.job
    facts = None
    if job is not None:
        facts = {"status": job.status.value, **{name: getattr(job, name) for name in _FACTS}}
        facts = {name: _short(value, WORD_LIMIT) for name, value in facts.items()}
    error = details_of(outcome.error) if isinstance(outcome, Ended) else None
    if error is not None:
        error["message"] = _short(error["message"], MESSAGE_LIMIT)
        error["code"] = _short(error.get("code"), WORD_LIMIT)
    return {"status": "error" if error else "completed", "video_id": video_id, "job": facts, "error": error}


def outcome_of(event: Mapping[str, Any]) -> Completed | Ended:
    """Read back what :func:`event_of` wrote, perhaps in another version: the triggerer may be newer or older."""
    from airflow_provider_sora.exceptions import error_from_details
    from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob

    facts = event.get("job") or {}
    named: dict[str, Any] = {name: facts.get(name) for name in _FACTS}
    if event.get("status") == "completed":
        return Completed(VideoJob(str(event.get("video_id")), JobStatus.COMPLETED, **named))
    error = error_from_details(event.get("error") or {"message": f"Unknown event: {str(event)[:200]}"})
    status = next((known for known in JobStatus if known.value == facts.get("status")), None)
    return Ended(error, VideoJob(str(event.get("video_id")), status, **named) if status else None)


def _short(value: Any, limit: int) -> Any:
    """Text cut so that it takes at most ``limit`` bytes of JSON; anything else as it is."""
    if not isinstance(value, str) or len(json.dumps(value)) <= limit:
        return value
    kept = value[:limit]
    while len(json.dumps(kept)) > limit - 6:
        kept = kept[: len(kept) * 9 // 10]
    return f"{kept}…"
