"""Processes that want the last dollars of a cap at the same moment, on a strict bucket."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC
from pathlib import Path

from airflow_provider_sora.caps.configured import open_book
from airflow_provider_sora.caps.limits import Cap

REPOSITORY = Path(__file__).resolve().parents[3]
CAPS = (Cap("month", 100), Cap("day", 6, "brand"))
WORKER = """
import sys
from datetime import UTC
from airflow_provider_sora.caps.configured import open_book
from airflow_provider_sora.exceptions import BudgetExceededError
from tests.integration.caps.test_race import CAPS

who, place = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    try:
        open_book(place, CAPS, UTC).take(f"{who}/{number}", 1, {"brand": "hinoki"}, {"who": who})
        print("paid", flush=True)
    except BudgetExceededError:
        print("refused", flush=True)
"""


def test_no_more_is_entered_than_the_cap_allows_whoever_is_quicker(gcs_server, gcs_bucket) -> None:
    place = f"gs://{gcs_bucket}/caps"
    command = [sys.executable, "-c", WORKER]
    workers = [
        subprocess.Popen(
            [*command, f"worker-{number}", place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        for number in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [line for worker in workers for line in worker.communicate(timeout=240)[0].split()]
    assert Counter(said) == {"paid": 6, "refused": 9}
    book = open_book(place, CAPS, UTC)
    assert set(book.sums().values()) == {6.0}
