"""One cluster for all tests of this folder, with the patience that deploy.md says to set."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.cluster import missing
from testbed.clustered import Cluster

DAGS = Path(__file__).parent / "dags"
#: What deploy.md says to set, so that what died is found soon.
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "5",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
}


def needed(folder: Path) -> None:
    """Skip, or fail where all is said to be there, if something is not installed."""
    if lacking := missing(folder):
        told = f"NOT RUN, a cluster needs more than is installed: {'; '.join(lacking)}"
        if os.environ.get("SORA_CLUSTER"):
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="sora-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL is not run by root, and its user must reach its data
        needed(folder)
        patient = ("--render", "lazy", "--fps", "2", "--queue-seconds", "2", "--render-seconds", "18")
        with Cluster(folder, DAGS, env=SOON, animatic=patient) as made:
            made.api.wait_for_dags(("deferrable",), 180)
            yield made
