"""Who watches for whom: one watcher a connection and event loop, made with the first wait and closed with the last.

Airflow 3.3 has shared streams for this, but only for triggers that are asset watchers: those take no triggerer queue,
poll with ``run()`` in ``dag.test()`` and before 3.3 all the same, and their stream does not know who is waited for.
So the sharing is our own, behind ``run()``, and the same everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from airflow_provider_sora.jobs.watching.usual import Usual
from airflow_provider_sora.triggers.marks import marked_videos
from airflow_provider_sora.triggers.watching.line import FRESH, Line
from airflow_provider_sora.triggers.watching.waiting import Waiting
from airflow_provider_sora.triggers.watching.watcher import Watcher
from airflow_provider_sora.triggers.watching.watcher import log as watchers_log

if TYPE_CHECKING:
    from airflow_provider_sora.jobs.waiting.polling import Watch
    from airflow_provider_sora.protocol.asession import AsyncVideosSession

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


async def begin(conn_id: str, watch: Watch, *, log: Any, started_at: float) -> Waiting:
    """Begin a wait, which ends by :func:`leave`, whatever becomes of it.

    ``outcome`` is done when the job ends, its deadline passes, or the server stops answering; it raises what is no
    verdict: the secrets backend broke, for instance.

    :param log: takes lines about this job.
    :param started_at: Unix seconds at submit, or as early as is known.
    """
    await watcher_of(conn_id).line.read_again(FRESH, watchers_log)
    watcher = watcher_of(conn_id)
    wait = Waiting(watch, watcher, log, started_at)
    watcher.add(wait, started_at)
    return wait


async def leave(wait: Waiting) -> None:
    """This one waits no more; with the last one its watcher closes."""
    if wait.watcher.leave(wait):
        await _closed(wait.watcher)


@asynccontextmanager
async def calls(conn_id: str) -> AsyncIterator[AsyncVideosSession]:
    """Calls of one's own over the line that all waits of this connection share, which stays open meanwhile.

    :raises SoraError: the connection is missing or wrong; nothing was sent.
    """
    watcher = watcher_of(conn_id)
    watcher.enter()
    try:
        yield await watcher.line.ready()
    finally:
        if watcher.exit():
            await _closed(watcher)


async def _closed(watcher: Watcher) -> None:
    here, conn_id = _loops.get(asyncio.get_running_loop(), {}), watcher.line.conn_id
    if here.get(conn_id) is watcher:
        del here[conn_id]
    await watcher.close()
