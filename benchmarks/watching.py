"""Waiting for many jobs at once: ``python -m benchmarks.watching [--rows flight,ends …]``.

Every row runs the triggers of one event loop in a process of its own against a server in another, our trigger beside
two baselines: ``each``, one kept client and one GET a job at a fixed interval (this trigger's logic before it shared a
watcher), and ``sdk``, one ``AsyncOpenAI`` a trigger; ``idle`` is a trigger that only sleeps. Lag is how late a tick of
20 ms is; memory is what waiting added.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.watching_load import KEY, Server, serving


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
        command = [sys.executable, "-m", "benchmarks.watching_child", way, str(jobs), str(interval), str(seconds)]
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
    found["untold"] = after["untold"]
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


def slow(jobs: int, page_seconds: float, *, interval: float = 15.0, seconds: float = 90.0) -> None:
    """A list whose pages take long, and that does not show fifty of the jobs."""
    with serving(jobs=jobs, tls=True, page_seconds=page_seconds, hidden=50, in_turn=True) as server:
        run = measure(server, "ours", jobs=jobs, interval=interval, seconds=seconds, finish=400.0)
    untold = run["untold"]
    print(
        f"{jobs} jobs, {page_seconds:g} s a page, looked at every {interval:g} s: "
        f"{run['requests_a_round_per_1000']:.1f} requests a round per 1,000, lag p99 {run['lag_p99_ms']:.0f} ms, "
        f"longest time without a look p50 {untold[len(untold) // 2]:.0f} s, all {untold[-1]:.0f} s, "
        f"{run['connections']} connections, all found {run['found_all']} (last after {run['last_found_after']:.1f} s)",
        flush=True,
    )
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
    parser.add_argument("--rows", default="flight,odd,slow,ends")
    parser.add_argument("--sizes", default="200,1000,10000")
    parser.add_argument("--ways", default="ours,each,sdk,idle")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args(argv)
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
    if "slow" in rows:
        for page_seconds in (0.0, 1.0, 2.0):
            slow(sizes[-1], page_seconds)
    if "ends" in rows:
        print("completion to event, no list")
        ends(asked.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
