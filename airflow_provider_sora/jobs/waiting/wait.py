"""Waiting for a job on the worker. A triggerer waits by the same decisions, see ``triggers.watching``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Seen, Verdict, Watch, judge
from airflow_provider_sora.jobs.waiting.progress import ProgressLog
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.http.bounds import ending_at


def _report(progress: ProgressLog, observation: VideoJob | SoraError, verdict: Verdict, now: float) -> None:
    if isinstance(observation, VideoJob):
        progress.saw(observation, now)
    if isinstance(verdict, KeepWaiting) and verdict.trouble:
        progress.trouble(verdict.trouble)


def wait_for(
    look: Callable[[str], VideoJob],
    watch: Watch,
    *,
    log: logging.Logger | Any,
    started_at: float,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Completed | Ended:
    """Hold the worker until the job ends, the deadline passes, or the server stops answering."""
    seen, progress = Seen(), ProgressLog(log, watch.video_id, started_at)
    while True:
        try:
            with ending_at(watch.deadline):
                observation: VideoJob | SoraError = look(watch.video_id)
        except SoraError as error:
            observation = error
        verdict = judge(watch, seen, observation, now())
        _report(progress, observation, verdict, now())
        if not isinstance(verdict, KeepWaiting):
            return verdict
        seen = verdict.seen
        sleep(verdict.delay)
