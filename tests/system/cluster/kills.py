"""What is killed on the cluster, and when: each kill waits for its moment in a run of many clips."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from testbed.clustered import Cluster

#: Seconds for which what was killed stays away.
AWAY = 20.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One row of the table.

    :param strike: waits for the moment in the run of that id, kills, and starts again what a keeper would.
    :param may_stop: a task may stop for a person, having paid for nothing.
    """

    name: str
    strike: Callable[[Cluster, str], None]
    may_stop: bool = False

    def __str__(self) -> str:
        return self.name


def until(what: str, seen: Callable[[], bool], timeout: float = 240) -> None:
    deadline = time.monotonic() + timeout
    while not seen():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.5)


def again(cluster: Cluster, *names: str) -> None:
    for name in names:
        cluster.begin(name)


def between_intent_and_id(cluster: Cluster, run_id: str) -> None:
    """The server accepts and answers six seconds later: a worker that dies then has paid for jobs of unknown id."""
    rule = {"on": "create", "action": "slow", "seconds": 6, "after_accept": True, "times": 8, "match": run_id}
    cluster.control("POST", "faults", rule)
    until(
        "paid requests", lambda: sum(f" of {run_id}:" in job["prompt"] for job in cluster.control("GET", "jobs")) >= 2
    )
    cluster.kill("worker-1")
    again(cluster, "worker-1")


def in_the_upload(cluster: Cluster, run_id: str) -> None:
    """Of the first clips that are fetched, the bytes come slowly: some are on their way to the bucket."""
    cluster.control("POST", "faults", {"on": "content", "action": "slow", "bytes_per_second": 40_000, "times": 6})
    fetched = len(content_requests(cluster))
    until("an upload", lambda: len(content_requests(cluster)) > fetched + 1)
    time.sleep(1)
    cluster.kill("worker-1")
    again(cluster, "worker-1")


def content_requests(cluster: Cluster) -> list[dict[str, Any]]:
    return [one for one in cluster.control("GET", "requests") if str(one.get("path")).endswith("/content")]


def deferred(cluster: Cluster, run_id: str) -> int:
    where = f"/dags/deferrable/dagRuns/{run_id}/taskInstances?state=deferred&limit=1"
    return int(cluster.call("GET", where)["total_entries"])


def a_triggerer(cluster: Cluster, run_id: str) -> None:
    """The server calls every job running until all of them are waited for; then one of two triggerers dies."""
    clips = int(cluster.call("GET", f"/dags/deferrable/dagRuns/{run_id}")["conf"]["n"])
    patch = {"status": "in_progress", "progress": 50, "completed_at": None}
    cluster.control("POST", "faults", {"on": ["get", "list"], "action": "patch", "patch": patch, "times": None})
    until("all waiting", lambda: deferred(cluster, run_id) == clips, 240 + 5 * clips)
    cluster.kill("triggerer-1")
    cluster.control("DELETE", "faults")
    again(cluster, "triggerer-1")


def the_broker(cluster: Cluster, run_id: str) -> None:
    until("some waiting", lambda: deferred(cluster, run_id) >= 2)
    cluster.kill("broker")
    time.sleep(AWAY)
    again(cluster, "broker")


def the_database(cluster: Cluster, run_id: str) -> None:
    until("some waiting", lambda: deferred(cluster, run_id) >= 2)
    # Its children too, as at a power cut; it recovers from its log.
    os.killpg(cluster.children["database"].process.pid, signal.SIGKILL)
    cluster.children["database"].process.wait()
    time.sleep(AWAY)
    again(cluster, "database")


def nothing(cluster: Cluster, run_id: str) -> None:
    """A quiet run, to tell what the others lose."""


KILLS = (
    Kill("nothing", nothing),
    Kill("a worker between intent and id", between_intent_and_id, may_stop=True),
    Kill("a worker in the upload", in_the_upload),
    Kill("a triggerer with all waiting", a_triggerer),
    Kill("the broker for 20 s", the_broker),
    Kill("the database for 20 s", the_database),
)
