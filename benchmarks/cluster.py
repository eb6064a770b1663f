"""Many clips on a cluster: ``python -m benchmarks.cluster [--rows costs ways bounds full webhook] [--clips 200]``.

Runs what ``make up-celery`` runs (PostgreSQL, Redis, two Celery workers with four places each, two triggerers), in a
folder of its own, against the bundled server, which counts what is paid for. Rows:

- ``costs``: what one clip costs Airflow from create to archive, in each way to wait for it: the difference between a
  run of many clips and a run of one, a clip. Requests are those of Airflow's own access log.
- ``ways``: how long a run takes beyond the server's own time, a clip, against a blocking operator and against
  ``create_and_poll`` of the OpenAI SDK in a ``@task``.
- ``bounds``: the highest number in flight that the server saw, without a bound, with a pool that counts deferred
  tasks, and with ``max_active_tis_per_dag``.
- ``full``: a server that refuses creates with 429 for a while; no try beyond the first may be spent.
- ``webhook``: from a job's end at the server to its task's resume, where a webhook tells and ``poll_interval`` is 300.

``--tree FOLDER`` runs the provider of another checkout, ``--cold`` workers that load no library before they fork.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.cluster_counts import Count, database_writes, log_lines, requests, resumed, until_submit
from testbed.airflow_env import KEY, REPOSITORY
from testbed.cluster import missing
from testbed.clustered import Cluster

DAGS = REPOSITORY / "tests/system/cluster/dags"
#: Seconds for which the server keeps a job in its queue.
QUEUED = 2
#: As the DAGs bound themselves.
BOUND = 20

WAYS = {
    "blocking": "waiting on the worker",
    "sdk": "create_and_poll in a @task, archiving nothing",
    "deferrable": "deferrable, archived by the same task",
    "sensor": "create without wait, sensor, archive",
}
BOUNDS = {
    "deferrable": "no bound",
    "pooled": f"a pool of {BOUND} that counts deferred tasks",
    "few_at_a_time": f"max_active_tis_per_dag={BOUND}",
}


def timed(cluster: Cluster, dag_id: str, run_id: str, clips: int) -> tuple[str, float]:
    """A run's state, and how long it took by Airflow's own clock."""
    cluster.run(dag_id, run_id, {"n": clips})
    state = cluster.wait(dag_id, run_id, 3600)
    run = cluster.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")
    return state, float(run["duration"])


def jobs_of(cluster: Cluster, run_id: str) -> list[dict[str, Any]]:
    """What the server was asked for by a run: each is paid for."""
    return [job for job in cluster.control("GET", "jobs") if f" of {run_id}:" in str(job["prompt"])]


def most_at_once(jobs: list[Mapping[str, Any]]) -> int:
    """The highest number of unfinished jobs that the server had; its clock tells whole seconds."""
    changes = Counter[int]()
    for job in jobs:
        changes[int(job["created_at"])] += 1
        changes[int(job["completed_at"] or job["created_at"])] -= 1
    at_once = most = 0
    for moment in sorted(changes):
        at_once += changes[moment]
        most = max(most, at_once)
    return most


def tries(cluster: Cluster, dag_id: str, run_id: str) -> int:
    """The highest try of any task."""
    return max(int(task["try_number"]) for task in cluster.tasks(dag_id, run_id))


def outcome(cluster: Cluster, dag_id: str, run_id: str, state: str) -> str:
    paid, kept = len(jobs_of(cluster, run_id)), len(cluster.archived(f"{run_id}/"))
    return f"{state}, {paid} paid, {kept} archived, highest try {tries(cluster, dag_id, run_id)}"


def ways(cluster: Cluster, asked: argparse.Namespace) -> None:
    clips, server = asked.clips, QUEUED + asked.render
    print(f"\n{clips} mapped clips, {server} s each at the server: beyond that, a clip", flush=True)
    for dag_id in asked.dags or ["blocking", "sdk", "deferrable"]:
        state, took = timed(cluster, dag_id, f"ways-{dag_id}", clips)
        print(
            f"  {WAYS[dag_id]}: {took:.0f} s, {(took - server) / clips:.2f} s a clip; "
            f"{outcome(cluster, dag_id, f'ways-{dag_id}', state)}",
            flush=True,
        )


def bounds(cluster: Cluster, asked: argparse.Namespace) -> None:
    clips = asked.clips
    print(f"\n{clips} mapped clips, bounded to {BOUND} at a time", flush=True)
    cluster.call("POST", "/pools", {"name": "videos", "slots": BOUND, "include_deferred": True})
    for dag_id in asked.dags or list(BOUNDS):
        run_id = f"bounds-{dag_id}"
        state, took = timed(cluster, dag_id, run_id, clips)
        most = most_at_once(jobs_of(cluster, run_id))
        print(
            f"  {BOUNDS[dag_id]}: at most {most} in flight, {took:.0f} s; {outcome(cluster, dag_id, run_id, state)}",
            flush=True,
        )


def full(cluster: Cluster, asked: argparse.Namespace) -> None:
    clips, refused = 2 * asked.few, asked.few
    cluster.control(
        "POST", "faults", {"on": "create", "action": "status", "preset": "too_many_running", "times": refused}
    )
    state, took = timed(cluster, "deferrable", "full", clips)
    cluster.control("DELETE", "faults")
    print(
        f"\n{clips} mapped clips, {refused} creates answered with 429: {took:.0f} s; "
        f"{outcome(cluster, 'deferrable', 'full', state)}",
        flush=True,
    )


def costs(cluster: Cluster, asked: argparse.Namespace) -> None:
    clips = asked.few
    for dag_id in asked.dags or ["blocking", "deferrable", "sensor"]:
        found: list[Count] = []
        for number in (1, clips):
            run_id = f"costs-{dag_id}-{number}"
            before = count(cluster, dag_id, run_id)
            timed(cluster, dag_id, run_id, number)
            time.sleep(3)  # PostgreSQL tells its counters now and then
            found.append(count(cluster, dag_id, run_id) - before)
        each = {name: value / (clips - 1) for name, value in (found[1] - found[0]).items()}
        print(f"\n{WAYS[dag_id]}: one clip of {clips}", flush=True)
        for name, value in sorted(each.items()):
            if value >= 0.2:
                print(f"  {name:<72} {value:6.1f}", flush=True)


def count(cluster: Cluster, dag_id: str, run_id: str) -> Count:
    """All that has been counted so far."""
    made = database_writes(cluster)
    made.update(requests(cluster.folder / "logs/api-server.log"))
    made.update(log_lines(cluster.folder / "airflow/logs", dag_id, run_id))
    made.update(until_submit(cluster.folder / "airflow/logs", dag_id, run_id))
    return made


def webhook(cluster: Cluster, asked: argparse.Namespace) -> None:
    """Jobs that are looked at every five minutes; they end one after another, as their creates did."""
    clips, secret = min(asked.clips, 40), "whsec_" + base64.b64encode(b"k" * 24).decode()
    extra = json.dumps({"webhook_secret": secret, "default_model": "sora-2"})
    named = {"connection_id": "webhooked", "conn_type": "sora", "password": KEY, "extra": extra}
    cluster.call("POST", "/connections", {**named, "host": f"http://127.0.0.1:{cluster.ports.video_server}/v1"})
    told = f"{cluster.ports.page}/sora/webhooks/webhooked"
    cluster.control(
        "POST", "settings", {"webhook_url": told, "webhook_secret": secret, "render_seconds": 20 + 1.5 * clips}
    )
    state, _ = timed(cluster, "webhooked", "webhook", clips)
    cluster.control("POST", "settings", {"webhook_url": "", "render_seconds": asked.render})
    ended = {str(job["prompt"]).split()[1]: float(job["completed_at"]) for job in jobs_of(cluster, "webhook")}
    found = resumed(cluster.folder / "airflow/logs", "webhooked", "webhook")
    print(
        f"\n{clips} clips, looked at every 300 s, a webhook for each end: {state}; from the server's end, which it "
        "tells in whole seconds (so up to 1 s less), to"
    )
    for number, what in enumerate(("the trigger's look", "the task's process", "the task's own code")):
        late = sorted(moments[number] - ended[name] for name, moments in found.items())
        p50, p95 = late[len(late) // 2], late[int(len(late) * 0.95)]
        print(f"  {what}: p50 {p50:.1f} s, p95 {p95:.1f} s, last {late[-1]:.1f} s (of {len(late)})", flush=True)


ROWS: dict[str, Callable[[Cluster, argparse.Namespace], None]] = {
    "costs": costs,
    "ways": ways,
    "bounds": bounds,
    "full": full,
    "webhook": webhook,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--rows", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--clips", type=int, default=200, help="of a run of ways and bounds")
    parser.add_argument("--few", type=int, default=9, help="clips of a run of costs; full makes twice as many")
    parser.add_argument("--dags", nargs="*", default=[], help="only these of the DAGs of a row")
    parser.add_argument("--tree", type=Path, default=REPOSITORY, help="another checkout, whose provider is run")
    parser.add_argument("--render", type=int, default=18, help="the server's own seconds for a job")
    parser.add_argument("--cold", action="store_true", help="workers load no library before they fork")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sora-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL is not run by root, and its user must reach its data
        if lacking := missing(folder):
            print("\n".join(lacking), file=sys.stderr)
            return 2
        patient = ("--render", "lazy", "--fps", "2", "--queue-seconds", str(QUEUED))
        patient = (*patient, "--render-seconds", str(asked.render))
        env = {"PYTHONPATH": str(asked.tree.resolve())}
        if asked.cold:
            env["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"] = "{}"
        with Cluster(folder, DAGS, env=env, animatic=patient) as cluster:
            cluster.api.wait_for_dags(tuple(sorted({*WAYS, *BOUNDS, "webhooked"})), 180)
            for row in asked.rows:
                ROWS[row](cluster, asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
