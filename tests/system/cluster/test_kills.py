"""Kills on a cluster of Celery workers and two triggerers: what was paid, counted at the server, and what was kept."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.cluster import missing
from testbed.clustered import Cluster
from tests.system.cluster.kills import KILLS, Kill

DAGS = Path(__file__).parent / "dags"
#: Clips of a run.
CLIPS = int(os.environ.get("SORA_CLUSTER_CLIPS", "6"))
#: What deploy.md says to set, so that what died is found soon.
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "5",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
}

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="sora-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL is not run by root, and its user must reach its data
        if lacking := missing(folder):
            pytest.skip(f"NOT RUN, a cluster needs more than is installed: {'; '.join(lacking)}")
        patient = ("--render", "lazy", "--fps", "2", "--queue-seconds", "2", "--render-seconds", "18")
        with Cluster(folder, DAGS, env=SOON, animatic=patient) as made:
            made.api.wait_for_dags(("deferrable",), 120)
            yield made


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_every_clip_is_paid_once_and_kept(cluster: Cluster, kill: Kill) -> None:
    run_id = kill.name.replace(" ", "-")
    began = time.monotonic()
    cluster.run("deferrable", run_id, {"n": CLIPS})
    try:
        kill.strike(cluster, run_id)
        struck = time.monotonic() - began
        state = cluster.wait("deferrable", run_id, 600)
    finally:
        cluster.control("DELETE", "faults")
    paid = sum(run_id in job["prompt"] for job in cluster.control("GET", "jobs"))
    kept = len(cluster.archived(run_id))
    print(f"{kill}: {state}, struck after {struck:.0f} s of {time.monotonic() - began:.0f} s, {paid} paid, {kept} kept")
    assert paid == kept, "no clip that was paid for is lost, and none is paid for twice"
    if kill.may_stop and state == "failed":
        # Killed after the intent and before its request: nobody can know that no job was made, so it asks a person.
        stopped = [task for task in cluster.tasks("deferrable", run_id) if task["state"] == "failed"]
        assert paid + len(stopped) == CLIPS
        return
    assert (state, paid) == ("success", CLIPS)
