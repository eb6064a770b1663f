"""A whole Airflow on loopback: its four processes, each of which can be ended or killed by its id."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import urllib.error
from contextlib import suppress
from pathlib import Path
from typing import Any

from testbed.airflow_api import AirflowApi
from testbed.airflow_env import airflow_environment
from testbed.ports import LOOPBACK, free_port, wait_for
from testbed.processes import Child, start
from tests.support.migrated import copy_migrated, migrate

REPOSITORY = Path(__file__).resolve().parents[2]
DAGS = Path(__file__).parent / "dags"
USER, PASSWORD = "admin", "system-tests"


class Installation:
    """Four processes over one SQLite file, with every patience of Airflow's shortened.

    :param connections: Airflow connections by environment name, as JSON.
    :param dag_ids: the DAGs of ``tests/system/dags``; entering waits until Airflow has read them.
    """

    def __init__(
        self, folder: Path, *, sora_url: str, storage_url: str, connections: dict[str, str], dag_ids: tuple[str, ...]
    ) -> None:
        self.folder = folder
        self.dag_ids = dag_ids
        self.port = free_port()
        self.children: dict[str, Child] = {}
        home = folder / "airflow"
        home.mkdir(parents=True)
        dags = folder / "dags"
        shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
        passwords = folder / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}))
        self.env = airflow_environment(
            home,
            sora_url=sora_url,
            storage_url=storage_url,
            more={
                "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
                "AIRFLOW__API__HOST": LOOPBACK,
                "AIRFLOW__API__PORT": str(self.port),
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__API__SECRET_KEY": "system-tests-secret",
                "AIRFLOW__API_AUTH__JWT_SECRET": "system-tests-jwt-secret-" + "x" * 48,
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{self.port}/execution/",
                "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
                "AIRFLOW__CORE__PARALLELISM": "4",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
                "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "3600",
                "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
                "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
                "AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC": "2",
                "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "8",
                "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
                "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "12",
                "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
                "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
                "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "5",
                "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
                "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
                "PYTHONPATH": str(REPOSITORY),
                "SORA_TEST_MARKERS": str(folder / "markers"),
                **connections,
            },
        )
        (folder / "markers").mkdir()

    def __enter__(self) -> Installation:
        database = self.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        if database.startswith("sqlite:///"):
            copy_migrated(Path(database.removeprefix("sqlite:///")))
        else:
            migrate(self.env)
        try:
            self.begin("api-server")
            health = f"http://{LOOPBACK}:{self.port}/api/v2/monitor/health"
            assert wait_for(health, self.children["api-server"].alive, 300), self.children["api-server"].tail()
            self.api = AirflowApi(f"http://{LOOPBACK}:{self.port}", USER, PASSWORD)
            for name in ("dag-processor", "scheduler", "triggerer"):
                self.begin(name)
            self.api.wait_for_dags(self.dag_ids, 300)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children.values()):
            child.stop(grace=3)

    def begin(self, name: str) -> None:
        """Start one of the four, or start it again after :meth:`kill`."""
        argv = [sys.executable, "-m", "airflow", name]
        if name in ("scheduler", "triggerer"):
            argv.append("--skip-serve-logs")
        if name == "api-server":
            argv += ["--host", LOOPBACK, "--port", str(self.port)]
        log = self.folder / "logs" / f"{name}-{len(list((self.folder / 'logs').glob(name + '*')))}.log"
        self.children[name] = start(name, argv, log=log, env=self.env, cwd=self.folder)

    def kill(self, name: str) -> None:
        """SIGKILL one of the four with everything it started; nothing of it can clean up."""
        child = self.children[name]
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()

    def stop(self, name: str) -> None:
        """End one of the four as an operator of the installation would."""
        self.children[name].stop(grace=15)

    # What a user does.

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request to Airflow's REST API; SQLite's locks are waited out."""
        for attempt in range(20):
            try:
                return self.api.call(method, f"/api/v2{path}", body)
            except urllib.error.HTTPError as error:
                if error.code < 500 or attempt == 19:
                    raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error
                time.sleep(0.5)
            except TimeoutError:  # a busy machine; what was sent may have been done, so only a look is repeated
                if method != "GET" or attempt == 19:
                    raise
        raise AssertionError(path)

    def run(self, dag_id: str, run_id: str, conf: dict[str, Any], logical_date: str | None = None) -> None:
        body = {"dag_run_id": run_id, "logical_date": logical_date, "conf": conf}
        self.call("POST", f"/dags/{dag_id}/dagRuns", body)

    def task(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> dict[str, Any]:
        where = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        found: dict[str, Any] = self.call("GET", where if map_index < 0 else f"{where}/{map_index}")
        return found

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait_for_run(self, dag_id: str, run_id: str, *, timeout: float = 300) -> str:
        deadline = time.monotonic() + timeout
        while True:
            state = self.run_state(dag_id, run_id)
            if state in ("success", "failed"):
                return state
            assert time.monotonic() < deadline, f"{run_id} is still {state}"
            time.sleep(1)

    def clear(self, dag_id: str, run_id: str, task_ids: list[str]) -> None:
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": task_ids,
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", body)

    def mark(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        self.call("PATCH", path, {"new_state": state})

    def forget(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Delete the record of the task's job, as its expiry does."""
        with suppress(ValueError):  # the answer has no body
            self.call("DELETE", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/state-store/sora_job")

    def log(self, task: dict[str, Any]) -> str:
        """All that a task's tries and triggers wrote."""
        where = self.folder / "airflow" / "logs"
        found = sorted(where.rglob(f"*{task['task_id']}*/**/*.log*"), key=lambda path: path.stat().st_mtime)
        ours = [path for path in found if task["dag_run_id"] in str(path)]
        return "\n".join(f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-4000:]}" for path in ours)
