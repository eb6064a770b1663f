"""The process that waits, and is measured: ``WAY JOBS INTERVAL SECONDS URL``; each way is one to wait for a job."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, TextIO

from benchmarks.watching_load import KEY

_answers: TextIO = sys.stdout


async def _each(video_id: str, interval: float, shared: dict[str, Any]) -> None:
    """Today's ancestor: a client of its own, a GET every interval, at its own phase."""
    from airflow_provider_sora.hooks.sora import SoraHook

    async with SoraHook("sora_default").asession() as session:
        while not (await session.get_video(video_id)).status.is_final:
            await asyncio.sleep(interval)


async def _sdk(video_id: str, interval: float, shared: dict[str, Any]) -> None:
    import openai

    client = openai.AsyncOpenAI(api_key=KEY, base_url=shared["url"], max_retries=0)
    while (await client.videos.retrieve(video_id)).status not in ("completed", "failed"):
        await asyncio.sleep(interval)
    await client.close()


async def _ours(video_id: str, interval: float, shared: dict[str, Any]) -> None:
    from airflow_provider_sora.triggers.video import VideoCompletionTrigger

    trigger = VideoCompletionTrigger(
        video_id=video_id,
        sora_conn_id="sora_default",
        deadline=time.time() + 3600,
        poll_interval=interval,
        first_poll_after=0.0,
        submitted_at=shared["began"] - 0.05 * (shared["jobs"] - int(video_id.rpartition("_")[2])),
    )
    async for event in trigger.run():
        assert event.payload["status"] == "completed", event.payload


@cache
def _idle_class() -> Any:
    from airflow.triggers.base import BaseTrigger, TriggerEvent

    class Idle(BaseTrigger):
        def serialize(self) -> tuple[str, dict[str, Any]]:
            return "", {}

        async def run(self) -> AsyncIterator[TriggerEvent]:
            await asyncio.sleep(3600.0)
            yield TriggerEvent(None)

    return Idle


async def _idle(video_id: str, interval: float, shared: dict[str, Any]) -> None:
    """A trigger that only sleeps: what Airflow's task for it and any trigger take."""
    async for _ in _idle_class()().run():
        return


WAYS = {"ours": _ours, "each": _each, "sdk": _sdk, "idle": _idle}


def _rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


async def _measured(way: str, jobs: int, interval: float, seconds: float, url: str) -> dict[str, Any]:
    lags: list[float] = []
    found: dict[str, float] = {}
    shared = {"url": url, "jobs": jobs, "began": time.time()}

    async def ticker() -> None:
        while True:
            due = time.perf_counter() + 0.02
            await asyncio.sleep(0.02)
            lags.append(time.perf_counter() - due)

    async def one(number: int) -> None:
        video_id = f"video_{number:05d}"
        await asyncio.sleep(number / jobs * min(interval, 5.0))  # as a triggerer starts them, not all at once
        await WAYS[way](video_id, interval, shared)
        found[video_id] = time.time()

    gc.collect()
    before = _rss_mb()
    tick = asyncio.create_task(ticker())
    tasks = [asyncio.create_task(one(number)) for number in range(jobs)]
    warm = min(interval, 5.0) + 2 * interval
    await _until(tasks, warm)
    lags.clear()
    print(json.dumps({"warm": True}), file=_answers)
    cpu, wall = time.process_time(), time.perf_counter()
    await _until(tasks, seconds)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    steady = sorted(lags)
    added = _rss_mb() - before
    print(json.dumps({"steady": True}), file=_answers)
    done = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    patience = float(done or 0)
    if patience:
        await asyncio.wait(tasks, timeout=patience)
    failed = [task.exception() for task in tasks if task.done() and not task.cancelled() and task.exception()]
    tick.cancel()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "lag_p99_ms": 1000 * steady[int(len(steady) * 0.99)] if steady else 0.0,
        "lag_max_ms": 1000 * steady[-1] if steady else 0.0,
        "cpu": cpu / wall,
        "added_mb": added,
        "found": found,
        "failed": [repr(error)[:200] for error in failed[:3]],
    }


async def _until(tasks: list[asyncio.Task[None]], seconds: float) -> None:
    await asyncio.wait(tasks, timeout=seconds)


def child(way: str, jobs: int, interval: float, seconds: float, url: str) -> None:
    # Airflow logs to the standard output.
    global _answers
    _answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import openai  # noqa: F401 - imports are not what is measured

    from airflow_provider_sora.hooks.sora import SoraHook  # noqa: F401
    from airflow_provider_sora.triggers import video  # noqa: F401

    print(json.dumps(asyncio.run(_measured(way, jobs, interval, seconds, url))), file=_answers)


if __name__ == "__main__":
    way, jobs, interval, seconds, url = sys.argv[1:]
    child(way, int(jobs), float(interval), float(seconds), url)
