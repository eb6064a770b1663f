"""Renders jobs in worker processes, so that no status request ever waits for a picture."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from airflow_provider_sora.animatic.aging import Job
from airflow_provider_sora.animatic.jobs.store import Store

log = logging.getLogger(__name__)


def _settle_in() -> None:
    """Give way to the server, and end with it even when it is killed."""
    os.nice(5)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def leave() -> None:
            parent.join()
            os._exit(0)

        threading.Thread(target=leave, daemon=True).start()


def _render(order: Mapping[str, Any]) -> None:
    from airflow_provider_sora.animatic.renderer.film import render

    render(order)


def _still(variant: str, video: str, path: str) -> None:
    from airflow_provider_sora.animatic.renderer import stills

    part = Path(path).with_name(f"{variant}-{Path(path).name}")
    (stills.thumbnail if variant == "thumbnail" else stills.spritesheet)(Path(video), part)
    part.replace(path)


def _probe(path: str) -> tuple[int, int, float]:
    from airflow_provider_sora.animatic.renderer.found import probe

    return probe(Path(path))


class Studio:
    """Knows which jobs still need their video and has it made, in the order of their start.

    :param executor: what runs the work; by default a spawned process, and a second one when two clips are wanted at
        once and there is a processor for it.
    """

    def __init__(self, store: Store, executor: Callable[[], Executor] | None = None) -> None:
        self._store = store
        self._new_executor = executor or self._processes
        self._executor: Executor | None = None
        self._running: dict[str, asyncio.Task[None]] = {}

    @staticmethod
    def _processes() -> Executor:
        context = multiprocessing.get_context("spawn")
        workers = min(2, os.cpu_count() or 1)
        return ProcessPoolExecutor(max_workers=workers, mp_context=context, initializer=_settle_in)

    def close(self) -> None:
        for task in self._running.values():
            task.cancel()
        if self._executor is not None:
            for worker in multiprocessing.active_children():
                worker.terminate()  # a half-made draft is made again after a restart
            self._executor.shutdown(wait=True, cancel_futures=True)

    async def _work(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run one piece of work; a worker that died is replaced once."""
        for attempt in (1, 2):
            if self._executor is None:
                self._executor = self._new_executor()
            executor = self._executor
            try:
                return await asyncio.get_running_loop().run_in_executor(executor, function, *args)
            except BrokenProcessPool:
                if self._executor is executor:
                    self._executor = None
                if attempt == 2:
                    raise
                log.warning("The rendering process died; starting another one.")

    def schedule(self, job: Job) -> None:
        """Have the job rendered once its time in the queue is over."""
        if job.rendered_at is None and job.failure is None and job.key not in self._running:
            delay = max(0.0, job.starts_at - time.time())
            task = asyncio.get_running_loop().create_task(self._make(job, delay))
            self._running[job.key] = task
            task.add_done_callback(lambda _: self._running.pop(job.key, None))

    def forget(self, job: Job) -> None:
        """Do not render a job that is gone, if it has not begun."""
        if task := self._running.get(job.key):
            task.cancel()

    async def ensure(self, job: Job) -> None:
        """Return when the job's video exists, rendering it now if need be."""
        if job.rendered_at is None:
            self.schedule(job)
            if task := self._running.get(job.key):
                await asyncio.shield(task)

    async def _make(self, job: Job, delay: float) -> None:
        await asyncio.sleep(delay)
        order: dict[str, Any] = {
            "scene": job.scene,
            "uploads": str(self._store.uploads),
            "output": str(self._store.video_path(job)),
        }
        if source := job.extra.get("source"):
            order["source"] = str(self._store.root / source)
        order.update({name: job.extra[name] for name in ("upload", "pad") if name in job.extra})
        try:
            await self._work(_render, order)
        except Exception as error:
            # Whatever a renderer can throw must end the job, as on a real server, not hang its client.
            log.exception("Rendering %s failed.", job.id)
            job.failure = {"code": "video_generation_failed", "message": f"The draft could not be rendered: {error}"}
            job.fail_at = 0.0
            self._store.save(job)
            return
        if job.gone:
            self._store.video_path(job).unlink(missing_ok=True)
            return
        job.rendered_at = time.time()
        self._store.save(job)
        self._store.counters["rendered"] += 1
        self._store.save_counters()

    async def still(self, job: Job, variant: str) -> Path:
        """The thumbnail or spritesheet of a finished job, made at its first request."""
        path = self._store.still_path(job, variant)
        if not path.exists():
            await self._work(_still, variant, str(self._store.video_path(job)), str(path))
        return path

    async def probe(self, path: Path) -> tuple[int, int, float]:
        """Width, height and seconds of a video that came with a request.

        :raises ValueError: when it is no video.
        """
        found: tuple[int, int, float] = await self._work(_probe, str(path))
        return found
