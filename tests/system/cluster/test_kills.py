"""Kills on a cluster of Celery workers and two triggerers: what was paid, counted at the server, and what was kept."""

from __future__ import annotations

import os
import time

import pytest

from devtools.clustered import Cluster
from tests.system.cluster.kills import KILLS, Kill

#: Clips of a run.
CLIPS = int(os.environ.get("SORA_CLUSTER_CLIPS", "6"))
#: Seconds that a run may take.
PATIENCE = 600 + 10 * CLIPS

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(2 * PATIENCE)]


@pytest.mark.parametrize("kill", KILLS, ids=str)
def test_every_clip_is_paid_once_and_kept(cluster: Cluster, kill: Kill) -> None:
    run_id = kill.name.replace(" ", "-")
    began = time.monotonic()
    cluster.run("deferrable", run_id, {"n": CLIPS})
    try:
        kill.strike(cluster, run_id)
        struck = time.monotonic() - began
        state = cluster.wait("deferrable", run_id, PATIENCE)
    finally:
        cluster.control("DELETE", "faults")
    paid = sum(f" of {run_id}:" in job["prompt"] for job in cluster.control("GET", "jobs"))
    kept = len(cluster.archived(f"{run_id}/"))
    spent = max(task["try_number"] for task in cluster.tasks("deferrable", run_id))
    print(
        f"{kill}: {state}, {CLIPS} asked for, {paid} paid, {kept} archived, {time.monotonic() - began:.0f} s "
        f"(back after {struck:.0f} s), highest try {spent}",
        flush=True,
    )
    assert paid == kept, "no clip that was paid for is lost, and none is paid for twice"
    if kill.may_stop and state == "failed":
        # Killed after the intent and before its request: nobody can know that no job was made, so it asks a person.
        stopped = [task for task in cluster.tasks("deferrable", run_id) if task["state"] == "failed"]
        assert paid + len(stopped) == CLIPS
        return
    assert (state, paid) == ("success", CLIPS)
