"""Who watches for whom: one watcher a connection and event loop, made with the first wait and closed with the last.

Airflow 3.3 has shared streams for this, but only for triggers that are asset watchers: those take no triggerer queue,
poll with ``run()`` in ``dag.test()`` and before 3.3 all the same, and their stream does not know who is waited for.
So the sharing is our own, behind ``run()``, and the same everywhere.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from typing import Any
from weakref import WeakKeyDictionary

from airflow_provider_sora.jobs.waiting.polling import Completed, Ended, KeepWaiting, Verdict, Watch
from airflow_provider_sora.jobs.waiting.progress import ProgressLog
from airflow_provider_sora.jobs.watching.board import Observation, Wait
from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.triggers.marks import marked_videos
from airflow_provider_sora.triggers.watching.line import FRESH, Line
from airflow_provider_sora.triggers.watching.watcher import Watcher, log

#: Every client belongs to its loop, and ``dag.test()`` makes a loop for each trigger: nothing is kept across loops.
_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Watcher]] = WeakKeyDictionary()
#: How long jobs took, by connection: plain numbers, which a loop may leave to the next.
_usual: dict[str, Usual] = {}


def watcher_of(conn_id: str) -> Watcher:
    """The watcher of this connection in the running loop, made where there is none."""
    here = _loops.setdefault(asyncio.get_running_loop(), {})
    known = here.get(conn_id)
    # Where the connection names another server now, those who wait at the old one stay with its watcher.
    if known is None or known.ended or known.line.moved:
        here[conn_id] = Watcher(Line(conn_id), _usual.setdefault(conn_id, Usual()), marked_videos)
    return here[conn_id]


async def completion(conn_id: str, watch: Watch, *, logger: Any, started_at: float) -> Completed | Ended:
    """Wait until the job ends, its deadline passes, or the server stops answering.

    :param started_at: Unix seconds at submit, or as early as is known.
    :raises Exception: what is no verdict: the secrets backend broke, for instance.
    """
    await watcher_of(conn_id).line.read_again(FRESH, log)
    watcher = watcher_of(conn_id)
    outcome: asyncio.Future[Completed | Ended] = asyncio.get_running_loop().create_future()
    wait = _wait(watch, outcome, ProgressLog(logger, watch.video_id, started_at))
    watcher.add(wait, started_at)
    try:
        return await outcome
    finally:
        if watcher.leave(wait):
            _forget(watcher, conn_id)
            await watcher.close()


def _wait(watch: Watch, outcome: asyncio.Future[Completed | Ended], progress: ProgressLog) -> Wait:
    context = contextvars.copy_context()  # Airflow finds a trigger's own log by it

    def end(verdict: Completed | Ended) -> None:
        if not outcome.done():
            outcome.set_result(verdict)

    def fail(error: Exception) -> None:
        if not outcome.done():
            outcome.set_exception(error)

    def tell(found: Observation, verdict: Verdict) -> None:
        if isinstance(found, VideoJob):
            progress.saw(found, time.time())
        if isinstance(verdict, KeepWaiting) and verdict.trouble:
            progress.trouble(verdict.trouble)

    return Wait(watch, end, lambda found, verdict: context.run(tell, found, verdict), fail)


def _forget(watcher: Watcher, conn_id: str) -> None:
    here = _loops.get(asyncio.get_running_loop(), {})
    if here.get(conn_id) is watcher:
        del here[conn_id]
