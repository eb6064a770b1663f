"""Both DAGs as they are shipped, run by Airflow against the bundled server and the strict bucket."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.airflow import RunResult, airflow_db, cleared, sora_connection
from tests.support.animatic import KEY, AnimaticServer
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["airflow_db", "gcs_bucket", "gcs_server", "sora_connection"]

DAGS = Path(__file__).parents[3] / "dags"
PRICES = {"*": {"*": 0.1}}


class Bench:
    """The two DAGs, a server and a bucket; ``run`` triggers one with params and waits for its end."""

    def __init__(self, server: AnimaticServer, bucket: str) -> None:
        self.server = server
        self.bucket = bucket
        self.folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        self._second = 0

    def run(self, dag_id: str, *, logical_date: Any = None, **params: Any) -> RunResult:
        # Pages put runs in the order of their seconds, and two short runs may fall into one.
        while int(time.time()) == self._second:
            time.sleep(0.05)
        self._second = int(time.time())
        conf = {"destination": f"gs://{self.bucket}/desk", "poll_interval": 0.2, "model": "sora-2", **params}
        return RunResult(self._dag(dag_id).test(logical_date=logical_date, run_conf=conf))

    def clear(self, result: RunResult, *task_ids: str) -> RunResult:
        """Clear these tasks of a run and all behind them, as its page in Airflow does, and run it to its end again."""
        return cleared(self._dag(result.dag_run.dag_id), result, *task_ids)

    def _dag(self, dag_id: str) -> Any:
        # ``dag.test()`` parses and stores every DAG of the folder anew, which takes longer than a short run.
        others = sorted(path.name for path in self.folder.glob("*.py") if path.stem != dag_id)
        (self.folder / ".airflowignore").write_text("\n".join(others))
        spec = importlib.util.spec_from_file_location(dag_id, self.folder / f"{dag_id}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for task in module.made.tasks:
            task.retry_delay = type(task.retry_delay)(0)
        return module.made

    def index(self, number: int = -1) -> Any:
        """A run's index by its place in time, the latest run unless told otherwise."""
        found = [self.read(name) for name in self.names("/index.json") if "/_runs/" in name]
        return sorted(found, key=lambda index: (index.get("run") or {}).get("moment", ""))[number]

    def paid(self) -> int:
        return int(self.server.stats()["paid_submits"])

    def names(self, end: str = "") -> list[str]:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(project="test", credentials=AnonymousCredentials())
        return sorted(blob.name for blob in client.list_blobs(self.bucket) if blob.name.endswith(end))

    def read(self, name: str) -> Any:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(project="test", credentials=AnonymousCredentials())
        data = client.bucket(self.bucket).blob(name).download_as_bytes()
        return json.loads(data) if name.endswith(".json") else data.decode()


@pytest.fixture
def bench(
    animatic: AnimaticServer, gcs_bucket: str, airflow_db: None, sora_connection: Callable[..., None]
) -> Iterator[Bench]:
    sora_connection(animatic.url, KEY, prices=PRICES)
    found = Bench(animatic, gcs_bucket)
    for old in found.folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(DAGS, found.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    yield found
    for old in found.folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()


@pytest.fixture
def party(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench with a table of guests whose data is private, and the key that hashes them."""
    from tests.integration.dags import guests

    monkeypatch.setenv("AIRFLOW_VAR_SORA_PRIVATE_DATA_SECRET", guests.SECRET)
    guests.write_table(bench)
    return bench
