"""An Airflow of four processes with the two shipped DAGs switched on, their server and their bucket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from testbed.airflow_env import DAG_IDS
from testbed.airflow_env import DAGS as SHIPPED
from testbed.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import Installation


class Newsroom:
    """An installation with the two DAGs switched on, their server and their bucket."""

    def __init__(self, airflow: Installation, server: AnimaticServer, bucket: str) -> None:
        self.airflow, self.server, self.bucket = airflow, server, bucket

    def start(self, dag_id: str, run_id: str, *, logical_date: Any = None, **params: Any) -> None:
        conf = {"destination": f"gs://{self.bucket}/desk", "poll_interval": 1, "model": "sora-2", **params}
        self.airflow.run(dag_id, run_id, conf, logical_date and logical_date.isoformat())

    def names(self, end: str) -> list[str]:
        """All objects whose names end like that."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(project="test", credentials=AnonymousCredentials())
        return sorted(blob.name for blob in client.list_blobs(self.bucket) if blob.name.endswith(end))

    def index(self, dag_id: str, number: int = -1) -> dict[str, Any]:
        """A run's ``index.json``, the latest unless told otherwise."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(project="test", credentials=AnonymousCredentials())
        blobs = [b for b in client.list_blobs(self.bucket) if f"/{dag_id}/" in b.name and "/_runs/" in b.name]
        pages = sorted((b for b in blobs if b.name.endswith("/index.json")), key=lambda blob: blob.time_created)
        return json.loads(pages[number].download_as_bytes())


@contextmanager
def opened(folder: Path, server: AnimaticServer, connections: dict[str, str]) -> Iterator[Newsroom]:
    """:param connections: further settings of Airflow's processes, ``AIRFLOW_CONN_SORA_DEFAULT`` among them."""
    with pytest.MonkeyPatch.context() as patch, StrictGcs() as bucket:
        patch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
        bucket.create_bucket("newsroom")
        # Once a year, long after the run of this test: only the runs asked for are made.
        never = {"NEWS_INSERT_SCHEDULE": "0 0 31 12 *", "PRODUCT_VIDEO_SCHEDULE": "0 0 31 12 *"}
        airflow = Installation(
            folder / "site",
            sora_url=server.url,
            storage_url=bucket.url,
            connections={**never, **connections},
            dag_ids=DAG_IDS,
        )
        dags = folder / "site" / "dags"
        shutil.rmtree(dags)
        shutil.copytree(SHIPPED, dags, ignore=shutil.ignore_patterns("__pycache__"))
        with airflow:
            for dag_id in DAG_IDS:
                airflow.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
            yield Newsroom(airflow, server, "newsroom")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    folder: Path = tmp_path_factory.mktemp("newsroom")
    with AnimaticServer() as server:
        connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": {"prices": {"*": {"*": 0.1}}}}
        settings = {
            "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
            # Where tests put their feeds and catalogues.
            "AIRFLOW__SORA__INPUT_PATHS": str(tmp_path_factory.getbasetemp()),
        }
        with opened(folder, server, settings) as found:
            yield found
