"""A cluster for tests and benchmarks: what ``make up-celery`` runs, in a folder of its own, each process killable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from testbed import database, stack
from testbed.airflow_api import AirflowApi
from testbed.airflow_env import BUCKET
from testbed.ports import LOOPBACK, free_port, is_free, wait_for
from testbed.processes import Child, StepError
from testbed.stack import USER, Ports, Service

START_TIMEOUT = 180


class Cluster:
    """PostgreSQL, Redis, two Celery workers, two triggerers and the rest of Airflow, the bundled server and a bucket.

    :param folder: where everything is kept; PostgreSQL's user must be able to reach it.
    :param dags: Airflow's DAG folder.
    :param env: settings of Airflow's processes, beside those of ``make up-celery``.
    :param animatic: further words of the bundled server's command.
    """

    def __init__(self, folder: Path, dags: Path, *, env: Mapping[str, str], animatic: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.ports = Ports(**{name: free_port() for name in asdict(Ports())})
        more = {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), **env}
        servers = stack.servers(folder, self.ports)
        self._servers = [replace(s, argv=(*s.argv, *animatic)) if s.name == "animatic" else s for s in servers]
        self._airflow = [replace(s, env={**s.env, **more}) for s in stack.airflow(folder, self.ports)]
        self._services: dict[str, Service] = {s.name: s for s in (*self._servers, *self._airflow)}
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Cluster:
        postgres, reason = database.installed(self.folder)
        if postgres is None:
            raise StepError(reason)
        postgres.create(self.folder / "postgres", stack.settings_of(self.folder)["database_password"])
        try:
            for service in self._servers:
                self.begin(service.name)
            self._migrate()
            for service in self._airflow:
                self.begin(service.name)
            self.api = AirflowApi(self.ports.page, USER, stack.settings_of(self.folder)["password"])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children.values()):
            child.stop(grace=5)

    def begin(self, name: str) -> None:
        """Start a process, or start it again after :meth:`kill`, and wait until it answers where it can.

        :raises StepError: it did not start.
        """
        service = self._services[name]
        child = self.children[name] = service.start(self.folder)
        if service.healthy_at and not wait_for(service.healthy_at, child.alive, START_TIMEOUT):
            raise StepError(f"{name} did not start:\n{child.tail()}")

    def kill(self, name: str) -> None:
        """SIGKILL a process with all that it started; nothing of it can clean up."""
        child = self.children[name]
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()

    def revive(self) -> list[str]:
        """Start again what has ended by itself, as a service manager does; their names.

        Airflow's scheduler, DAG processor and triggerers end when their database is away.
        """
        dead = [name for name, child in self.children.items() if not child.alive()]
        for name in dead:
            self.begin(name)
        return dead

    def _migrate(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while self.ports.database is not None and is_free(self.ports.database) and time.monotonic() < deadline:
            time.sleep(0.1)
        argv = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(argv, env=dict(self.env), capture_output=True, text=True)
        if done.returncode:
            raise StepError(f"Airflow's database could not be set up:\n{done.stderr[-2000:]}")

    @property
    def env(self) -> Mapping[str, str]:
        """What Airflow's processes get."""
        return self._airflow[0].env

    # What a user does, and what is looked at afterwards.

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request to Airflow's REST API, once more while it is being killed or its database is."""
        for attempt in range(120):
            try:
                return self.api.call(method, f"/api/v2{path}", body)
            except OSError as error:
                if 400 <= getattr(error, "code", 500) < 500 or attempt == 119:
                    raise
                time.sleep(1)
        raise StepError(path)

    def run(self, dag_id: str, run_id: str, conf: Mapping[str, Any], logical_date: str | None = None) -> None:
        body = {"dag_run_id": run_id, "logical_date": logical_date, "conf": conf}
        self.call("POST", f"/dags/{dag_id}/dagRuns", body)

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait(self, dag_id: str, run_id: str, timeout: float) -> str:
        """The state that a run ends in. What ends by itself meanwhile is started again.

        :raises StepError: it has not ended after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while (state := self.state(dag_id, run_id)) not in ("success", "failed"):
            if time.monotonic() > deadline:
                raise StepError(f"{run_id} is still {state} after {timeout:g} s")
            if revived := self.revive():
                print(f"started again, after it ended by itself: {', '.join(revived)}", flush=True)
            time.sleep(1)
        return state

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Every task instance of a run."""
        found: list[dict[str, Any]] = []
        while True:
            where = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100&offset={len(found)}"
            page = self.call("GET", where)
            found += page["task_instances"]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found

    def control(self, method: str, route: str, body: Any = None) -> Any:
        """A control route of the bundled server, which knows what was really paid for."""
        root = f"http://{LOOPBACK}:{self.ports.video_server}/animatic/{route}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(root, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def archived(self, prefix: str = "") -> list[str]:
        """Names of the videos in the bucket below ``prefix``."""
        root = self.folder / "bucket/.cloudstorage" / BUCKET
        found = (str(path.relative_to(root)) for path in root.rglob("video.mp4"))
        return sorted(name for name in found if name.startswith(prefix))
