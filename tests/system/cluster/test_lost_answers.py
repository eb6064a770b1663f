"""Many creates at once on a cluster, with answers that are lost: each search reads what its siblings have claimed."""

from __future__ import annotations

import time

import pytest

from devtools.clustered import Cluster

CLIPS, LOST = 24, 5
RUN = "lost-answers"

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(1800)]


def test_every_lost_job_is_found_again_among_its_siblings(cluster: Cluster) -> None:
    rule = {"on": "create", "action": "reset_after_accept", "skip": 3, "times": LOST, "match": RUN}
    cluster.control("POST", "faults", rule)
    began = time.monotonic()
    try:
        cluster.run("deferrable", RUN, {"n": CLIPS})
        state = cluster.wait("deferrable", RUN, 1200)
    finally:
        cluster.control("DELETE", "faults")
    paid = [job["id"] for job in cluster.control("GET", "jobs") if f" of {RUN}:" in job["prompt"]]
    kept = cluster.archived(f"{RUN}/")
    logs = cluster.folder / "airflow/logs/dag_id=deferrable" / f"run_id={RUN}"
    adopted = sum("Adopted job" in path.read_text("utf-8", "replace") for path in logs.rglob("attempt=*.log"))
    print(
        f"{CLIPS} creates, {LOST} answers lost: {state}, {len(paid)} paid, {len(kept)} archived, "
        f"{time.monotonic() - began:.0f} s, {adopted} found again",
        flush=True,
    )
    assert state == "success"
    assert len(paid) == CLIPS == len(kept)
    assert {name.split("/")[1] for name in kept} == set(paid), "each clip is of another job"
    assert adopted == LOST, "as many answers were lost as the server was told to lose"
