"""The few calls of Airflow's REST API that ``make up`` needs."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from testbed.processes import StepError


class AirflowApi:
    """Airflow's API, logged in as a user of the simple auth manager."""

    def __init__(self, root: str, user: str, password: str) -> None:
        self.root = root
        self.token: str | None = None
        self.token = self.call("POST", "/auth/token", {"username": user, "password": password})["access_token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; the answer's JSON.

        :raises urllib.error.HTTPError: the API refused.
        """
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def wait_for_dags(self, dag_ids: tuple[str, ...], timeout: float) -> None:
        """Until the DAG processor has read them.

        :raises StepError: one was not there after ``timeout`` seconds; names it and its import errors.
        """
        deadline = time.monotonic() + timeout
        missing, broken = set(dag_ids), ""
        while missing and not broken and time.monotonic() < deadline:
            time.sleep(1)
            missing -= {dag["dag_id"] for dag in self.call("GET", "/api/v2/dags?limit=100")["dags"]}
            errors = self.call("GET", "/api/v2/importErrors")["import_errors"]
            broken = "; ".join(error["stack_trace"].strip().splitlines()[-1] for error in errors)
        if missing or broken:
            told = broken or f"not within {timeout:g} s"
            raise StepError(f"Airflow did not read {', '.join(sorted(missing or dag_ids))}: {told}.")

    def switch_on(self, dag_id: str, timeout: float = 20) -> str:
        """Unpause a DAG and have it run once; the run's id.

        A schedule that is due starts a run by itself; a DAG that has not within ``timeout`` seconds is told to.
        """
        before = self._runs(dag_id)
        self.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            time.sleep(1)
            if new := self._runs(dag_id) - before:
                return new.pop()
        return str(
            self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})["dag_run_id"]
        )

    def _runs(self, dag_id: str) -> set[str]:
        found = self.call("GET", f"/api/v2/dags/{dag_id}/dagRuns?limit=100&order_by=-run_after")
        return {run["dag_run_id"] for run in found["dag_runs"]}
