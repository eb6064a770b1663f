"""Waiting for many jobs at once: ``python -m benchmarks.watching [--rows flight,ends …]``.

Every row runs the triggers of one event loop in a process of its own against a server in another, our trigger beside
two baselines: ``each``, one kept client and one GET a job at a fixed interval (this trigger's logic before it shared a
watcher), and ``sdk``, one ``AsyncOpenAI`` a trigger; ``idle`` is a trigger that only sleeps. Lag is how late a tick of
20 ms is; memory is what waiting added.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import ipaddress
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KEY = "benchmark-key-0123"


def own_certificate(folder: Path) -> Path:
    """A certificate that signs itself, for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "own.pem"
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path


class Server:
    """The load server's process."""

    def __init__(self, folder: Path, *, tls: bool = False, **spec: Any) -> None:
        self.ca: str | None = None
        given: dict[str, Any] = {"jobs": 100, "others": 0, "cap": 100, "lists": True, **spec}
        if tls:
            self.ca = str(own_certificate(folder))
            given["tls"] = [self.ca]
        command = [sys.executable, "-m", "benchmarks.watching_server", json.dumps(given)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._line()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, **command: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        print(json.dumps(command), file=self.process.stdin, flush=True)
        found: dict[str, Any] = json.loads(self._line())
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


@contextmanager
def serving(**spec: Any) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), **spec)
        try:
            yield server
        finally:
            server.close()


# -- in the measured process

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
    shared = {"url": url}

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


# -- the rows


def measure(
    server: Server, way: str, *, jobs: int, interval: float, seconds: float, finish: float = 0.0
) -> dict[str, Any]:
    """One way against one server; ``finish``: all jobs end then, and so many seconds are given to find that."""
    extra = {"dialect": "openai", "verify": server.ca}
    connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": extra}
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
            **({"SSL_CERT_FILE": server.ca} if server.ca else {}),
        }
        command = [sys.executable, "-m", "benchmarks.watching", "--child", way, str(jobs), str(interval), str(seconds)]
        with subprocess.Popen(
            [*command, server.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None and process.stdin is not None
            process.stdout.readline()
            before = server.ask()
            process.stdout.readline()
            after = server.ask(**({"end": "all"} if finish else {}))
            ended_at = time.time()
            print(finish, file=process.stdin, flush=True)
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"{way} with {jobs} jobs failed")
            found = json.loads(line)
    rounds = seconds / interval
    found["requests_a_round_per_1000"] = (
        (after["gets"] + after["lists"] - before["gets"] - before["lists"]) / rounds / jobs * 1000
    )
    found["requests"] = after["gets"] + after["lists"]
    found["connections"] = after["connections"]
    if finish:
        found["found_all"] = len(found["found"]) == jobs
        found["last_found_after"] = max(found["found"].values(), default=0.0) - ended_at
    return found


COLUMNS = ("requests_a_round_per_1000", "lag_p99_ms", "lag_max_ms", "cpu", "added_mb", "connections")


def flight(sizes: list[int], ways: list[str], rounds: int, seconds: float, **spec: Any) -> None:
    """Requests, lag, CPU, memory and connections with so many in flight, at 5 s: the best and the worst round."""
    for jobs in sizes:
        for way in ways:
            runs = []
            for _ in range(rounds):
                with serving(jobs=jobs, **spec) as server:
                    finish = 0.0 if way == "idle" else 60.0
                    runs.append(measure(server, way, jobs=jobs, interval=5.0, seconds=seconds, finish=finish))
            shown = "  ".join(
                f"{name} {min(run[name] for run in runs):.2f}..{max(run[name] for run in runs):.2f}" for name in COLUMNS
            )
            if way != "idle":
                last = max(run["last_found_after"] for run in runs)
                shown += f"  all found {all(run['found_all'] for run in runs)} (last after {last:.1f} s)"
            print(f"{jobs:6} {way:5} {shown}", flush=True)
            for run in runs:
                if run["failed"]:
                    print("       failed:", run["failed"])


def ends(rounds: int, interval: float = 20.0, jobs: int = 200) -> None:
    """From the server's completion to the event, at an equal budget of requests, on a server without a list."""
    spec = {"jobs": jobs, "lists": False, "lasts": (60.0, 6.0), "staggered": 60.0}
    for _ in range(rounds):
        with serving(**spec) as server:
            ours = _delays(server, "ours", jobs, interval)
        # The baseline gets as many requests: its jobs live for 90 s on average here, joined at the server's start.
        each = interval
        for _ in range(2):
            with serving(**spec) as server:
                base = _delays(server, "each", jobs, each)
            each *= base["requests"] / ours["requests"]
        print(
            f"ours: {ours['requests']} requests, p50 {ours['p50']:.1f} s, p95 {ours['p95']:.1f} s; "
            f"fixed interval: {base['requests']} requests, p50 {base['p50']:.1f} s, p95 {base['p95']:.1f} s; "
            f"p50 ratio {ours['p50'] / base['p50']:.2f}",
            flush=True,
        )


def _delays(server: Server, way: str, jobs: int, interval: float) -> dict[str, float]:
    run = measure(server, way, jobs=jobs, interval=interval, seconds=170.0 - 2 * interval)
    stats = server.ask(ends=True)
    late = sorted(at - stats["ends"][name] for name, at in run["found"].items())
    return {
        "requests": run["requests"],
        "p50": statistics.median(late),
        "p95": late[int(len(late) * 0.95)],
        "found": len(late),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--rows", default="flight,odd,ends")
    parser.add_argument("--sizes", default="200,1000,10000")
    parser.add_argument("--ways", default="ours,each,sdk,idle")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.child:
        way, jobs, interval, seconds, url = asked.child
        child(way, int(jobs), float(interval), float(seconds), url)
        return 0
    sizes, ways = [int(size) for size in asked.sizes.split(",")], asked.ways.split(",")
    rows = asked.rows.split(",")
    if "flight" in rows:
        print("in flight, list served, TLS")
        flight(sizes, ways, asked.rounds, asked.seconds, tls=True)
    if "odd" in rows:
        for words, spec in (
            ("as many jobs of others mixed in", {"others": sizes[-1]}),
            ("order unstable", {"shuffled": True}),
            ("20 jobs a page", {"cap": 20}),
        ):
            print(words)
            flight(sizes[-1:], ["ours"], asked.rounds, asked.seconds, tls=True, **spec)
    if "ends" in rows:
        print("completion to event, no list")
        ends(asked.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
