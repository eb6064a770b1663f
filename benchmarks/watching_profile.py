"""Where the memory and the time of many waits go: ``python -m benchmarks.watching_profile [memory|cpu] [jobs]``.

The waits of ``benchmarks.watching`` in this process, against its server. ``memory`` prints what waiting holds by the
line that took it (tracemalloc); ``cpu`` the functions that take the time, without those they call (cProfile).
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import io
import json
import os
import pstats
import sys
import tempfile
import time
import tracemalloc

from benchmarks.watching_child import WAYS
from benchmarks.watching_load import KEY, serving


async def _waiting(jobs: int, what: str) -> None:
    shared = {"url": ""}

    async def one(number: int) -> None:
        await asyncio.sleep(number / jobs * 5.0)
        await WAYS["ours"](f"video_{number:05d}", 5.0, shared)

    if what == "memory":
        gc.collect()
        tracemalloc.start(1)
    tasks = [asyncio.create_task(one(number)) for number in range(jobs)]
    await asyncio.wait(tasks, timeout=25.0)
    if what == "memory":
        gc.collect()
        held = tracemalloc.take_snapshot()
        tracemalloc.stop()
        total = sum(entry.size for entry in held.traces)
        print(f"{jobs} waits hold {total / 2**20:.1f} MB; by line:")
        for line in held.statistics("lineno")[:25]:
            frame = line.traceback[0]
            name = os.sep.join(frame.filename.split(os.sep)[-3:])
            print(f"{line.size / 2**20:7.2f} MB {line.count:8} objects  {name}:{frame.lineno}")
    else:
        profile, cpu, wall = cProfile.Profile(time.process_time), time.process_time(), time.perf_counter()
        profile.enable()
        await asyncio.wait(tasks, timeout=20.0)
        profile.disable()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(30)
        print(f"{cpu:.2f} s of CPU in {wall:.0f} s, under the profiler")
        print(text.getvalue())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main(what: str = "memory", jobs: str = "10000") -> None:
    with tempfile.TemporaryDirectory() as home, serving(jobs=int(jobs), tls=True) as server:
        extra = {"dialect": "openai", "verify": server.ca}
        os.environ["AIRFLOW_HOME"] = home
        os.environ["AIRFLOW_CONN_SORA_DEFAULT"] = json.dumps(
            {"conn_type": "sora", "host": server.url, "password": KEY, "extra": extra}
        )
        import openai  # noqa: F401 - imports are not what is measured

        from airflow_provider_sora.hooks.sora import SoraHook  # noqa: F401
        from airflow_provider_sora.triggers import video  # noqa: F401

        asyncio.run(_waiting(int(jobs), what))


if __name__ == "__main__":
    main(*sys.argv[1:])
