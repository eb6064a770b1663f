"""A triggerer that comes back does not storm: real triggerers over many deferred tasks, and a server that counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.watching_load import KEY, Server, serving
from testbed.airflow_env import REPOSITORY, airflow_environment
from testbed.processes import Child, start

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(3600)]

JOBS = int(os.environ.get("SORA_TRIGGERER_JOBS", "1000"))
#: Seconds between two looks: without a list the server sees so many requests a second in ordinary times.
INTERVAL = 20.0
NORMAL = JOBS / INTERVAL
#: A look that is late catches up at a quarter more than that rate; and jitter makes pauses a twentieth shorter.
MOST = NORMAL * 1.25 * 1.1


class Triggerers:
    """Airflow's own triggerers over one database, without anything else of Airflow."""

    def __init__(self, folder: Path, url: str) -> None:
        home = folder / "airflow"
        home.mkdir(parents=True)
        dags = folder / "dags"
        dags.mkdir()
        connection = {"conn_type": "sora", "host": url, "password": KEY, "extra": {"dialect": "openai"}}
        self.folder = folder
        self.env = airflow_environment(
            home,
            sora_url=url,
            storage_url="http://127.0.0.1:9",
            more={
                "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
                "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
                "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
                "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
                "AIRFLOW__API_AUTH__JWT_SECRET": "system-tests-jwt-secret-" + "x" * 48,
                "PYTHONPATH": str(REPOSITORY),
            },
        )
        self.going: list[Child] = []
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=self.env, check=True, capture_output=True
        )
        self.deferred("make", JOBS, INTERVAL)

    def deferred(self, *words: object) -> list[int]:
        """What ``tests.system.triggerers.deferred`` counts."""
        command = [sys.executable, "-m", "tests.system.triggerers.deferred", *map(str, words)]
        done = subprocess.run(command, env=self.env, cwd=REPOSITORY, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        found = [line for line in done.stdout.splitlines() if line.startswith("found ")]
        return [int(word) for word in found[0].split()[1:]] if found else []

    def begin(self, capacity: int) -> None:
        argv = [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs", "--capacity", str(capacity)]
        name = f"triggerer-{len(list(self.folder.glob('triggerer-*')))}"
        log = self.folder / f"{name}.log"
        self.going.append(start(name, argv, log=log, env=self.env, cwd=self.folder))

    def kill(self) -> None:
        """SIGKILL the first of them with all it started."""
        child = self.going.pop(0)
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()

    def end(self) -> None:
        for child in self.going:
            child.stop(grace=3)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(jobs=JOBS, lists=False) as made:
        yield made


@pytest.fixture
def triggerers(tmp_path: Path, server: Server) -> Iterator[Triggerers]:
    made = Triggerers(tmp_path, server.url)
    try:
        yield made
    finally:
        made.end()


def until(what: str, seen: Callable[[], bool], timeout: float = 900.0, pause: float = 0.5) -> None:
    deadline = time.monotonic() + timeout
    while not seen():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(pause)


def rates(server: Server, seconds: float, every: float = 5.0) -> list[float]:
    """Requests a second at the server, in windows of ``every`` seconds."""
    found = []
    began, before = time.monotonic(), server.ask()["gets"]
    while (at := time.monotonic()) - began < seconds:
        time.sleep(every)
        after = server.ask()["gets"]
        found.append((after - before) / (time.monotonic() - at))
        before = after
    return found


def all_asked(server: Server) -> Callable[[], bool]:
    server.ask(forget=True)
    return lambda: server.ask()["asked"] == JOBS


def test_a_triggerer_that_was_killed_comes_back_at_its_normal_rate(triggerers: Triggerers, server: Server) -> None:
    triggerers.begin(2 * JOBS)
    until("a look at every job", all_asked(server))
    before = rates(server, 40)
    triggerers.kill()
    triggerers.begin(2 * JOBS)
    seen = all_asked(server)
    after = []
    began = time.monotonic()
    while not seen():
        assert time.monotonic() - began < 900, triggerers.going[0].tail()
        after += rates(server, 5)
    after += rates(server, 40)
    back = time.monotonic() - began - 40
    print(f"\n{JOBS} jobs, a look every {INTERVAL:.0f} s: normal {NORMAL:.0f} requests/s; every 5 s before the kill")
    print([round(rate) for rate in before])
    print(f"after it (all asked for again within {back:.0f} s)", [round(rate) for rate in after])
    assert max(before + after) <= MOST, "a storm"
    assert max(after[-4:]) > 0
    server.ask(end="all")
    until("every event", lambda: triggerers.deferred("left") == [0], pause=5)


def test_two_triggerers_share_the_jobs(triggerers: Triggerers, server: Server) -> None:
    each = JOBS * 6 // 10
    triggerers.begin(each)
    triggerers.begin(each)
    until("a look at every job", all_asked(server))
    assert triggerers.deferred("shared") == [JOBS - each, each]
    seen = rates(server, 40)
    print(f"\n{JOBS} jobs on two triggerers: normal {NORMAL:.0f} requests/s; every 5 s", [round(rate) for rate in seen])
    assert max(seen) <= MOST
    server.ask(end="all")
    until("every event", lambda: triggerers.deferred("left") == [0], pause=5)
