"""What a DAG file pays in every parse: ``python -m benchmarks.imports --peer FOLDER [--rounds 7]``.

Both are measured over what ``airflow.sdk`` costs anyway, each in a process of its own, in turns: first all the modules
of ours that DAG files import, then the operators of the openai provider, which lies in a folder of its own. The ratio
is taken within each round; medians over the rounds, after one round that only warms the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys

OURS = (
    "airflow_provider_sora.operators.video",
    "airflow_provider_sora.operators.archive",
    "airflow_provider_sora.operators.budget",
    "airflow_provider_sora.sensors.video",
    "airflow_provider_sora.links.video",
)
#: apache-airflow-providers-openai, the nearest thing to ours that Airflow's own project ships.
THEIRS = ("airflow.providers.openai.operators.openai",)

_PROBE = """
import importlib, json, sys, time
from airflow.sdk import DAG, BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator
from airflow.triggers.base import BaseTrigger
before, began = set(sys.modules), time.perf_counter()
for name in sys.argv[1:]:
    importlib.import_module(name)
print("FOUND", json.dumps([(time.perf_counter() - began) * 1000, len(set(sys.modules) - before)]))
"""


def cost(modules: tuple[str, ...], peer: str | None = None) -> tuple[float, int]:
    """Milliseconds and modules, foreign ones too, that importing these adds."""
    path = os.pathsep.join(part for part in (peer, os.environ.get("PYTHONPATH")) if part)
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *modules],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("FOUND "))
    milliseconds, count = json.loads(line.removeprefix("FOUND "))
    return milliseconds, count


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--peer", required=True, help="folder with apache-airflow-providers-openai")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(argv)
    cost(OURS), cost(THEIRS, asked.peer)
    rounds = [(cost(OURS), cost(THEIRS, asked.peer)) for _ in range(asked.rounds)]
    print(f"imports: what a DAG file adds to airflow.sdk, median of {asked.rounds} rounds (lowest to highest)")
    for name, side in (("this provider", 0), ("openai provider", 1)):
        times = [pair[side][0] for pair in rounds]
        print(
            f"  {name:16} {statistics.median(times):7.1f} ms ({min(times):.1f} to {max(times):.1f}), "
            f"{rounds[0][side][1]} modules"
        )
    print(f"  ratio            {statistics.median(ours[0] / theirs[0] for ours, theirs in rounds):7.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
