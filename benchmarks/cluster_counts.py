"""What a cluster's parts have done so far, counted where they tell it themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testbed import stack
from testbed.database import address

if TYPE_CHECKING:
    from testbed.clustered import Cluster

#: What tells apart the requests of one task from those of another, and is of no interest here.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}")
_REQUEST = re.compile(r"duration_us=(\d+) .*method=([A-Z]+) path=(/execution/\S+)")


class Count(dict[str, float]):
    """Numbers by name; what is not named is 0."""

    def __missing__(self, name: str) -> float:
        return 0.0

    def __sub__(self, other: Count) -> Count:
        return Count({name: self[name] - other[name] for name in {*self, *other}})


def database_writes(cluster: Cluster) -> Count:
    """Rows inserted and updated in Airflow's database, by table, as PostgreSQL counts them."""
    import psycopg2

    assert cluster.ports.database is not None
    where = address(stack.settings_of(cluster.folder)["database_password"], cluster.ports.database)
    connection = psycopg2.connect(where.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname, n_tup_ins + n_tup_upd FROM pg_stat_user_tables")
            return Count({f"rows written to {table}": float(rows) for table, rows in cursor.fetchall()})
    finally:
        connection.close()


def requests(log: Path) -> Count:
    """Requests of tasks and triggers to Airflow's API server, by kind, and the milliseconds that it took for all."""
    found = Count()
    for line in _lines(log):
        if told := _REQUEST.search(line):
            micros, method, path = told.groups()
            kind = _kind(path)
            found[f"request {method} {kind}"] += 1
            if kind != "task-instances/heartbeat":
                found["requests in all, without heartbeats"] += 1
                found["milliseconds of the API server for them"] += int(micros) / 1000
    return found


def _kind(path: str) -> str:
    """An address without what names the one task."""
    parts = _ID.sub("", path.removeprefix("/execution/")).split("/")
    if parts[0] == "xcoms":
        tail = [part for part in parts[4:] if part]
        return "/".join(["xcoms", *tail])
    if parts[0] == "variables":
        return "variables/keys" if parts[1] == "keys" else "variables"
    return "/".join(part for part in parts if part)


def log_lines(folder: Path, dag_id: str, run_id: str) -> Count:
    """Lines in the logs of a run's mapped tasks: all, and those that this provider wrote."""
    found = Count({"log lines": 0.0, "log lines of this provider": 0.0})
    for path in (folder / f"dag_id={dag_id}" / f"run_id={run_id}").glob("task_id=*/map_index=*/*.log"):
        for line in _lines(path):
            found["log lines"] += 1
            found["log lines of this provider"] += "airflow_provider_sora" in str(json.loads(line).get("logger"))
    return found


def until_submit(folder: Path, dag_id: str, run_id: str) -> Count:
    """Seconds between the end of Airflow's own preparations and the paid request, of all mapped tasks together."""
    found = Count({"seconds from Airflow's preparations to the request": 0.0})
    for path in (folder / f"dag_id={dag_id}" / f"run_id={run_id}").glob("task_id=*/map_index=*/attempt=1.log"):
        told = [json.loads(line) for line in _lines(path)]
        prepared = [one["timestamp"] for one in told if one["event"] == "::endgroup::"]
        asked = [one["timestamp"] for one in told if str(one["event"]).startswith("Submitting to ")]
        if prepared and asked:
            took = datetime.fromisoformat(asked[0]) - datetime.fromisoformat(prepared[0])
            found["seconds from Airflow's preparations to the request"] += took.total_seconds()
    return found


def resumed(folder: Path, dag_id: str, run_id: str) -> dict[str, tuple[float, float, float]]:
    """When each mapped task's trigger saw the end, its process began again, and its own code ran, in Unix seconds.

    By map index. Airflow opens a group of lines as a process begins, and closes one before and one behind its code.
    """
    found = {}
    for path in (folder / f"dag_id={dag_id}" / f"run_id={run_id}").glob("task_id=*/map_index=*/attempt=1.log"):
        told = [json.loads(line) for line in _lines(path)]
        waited = [json.loads(line) for other in path.parent.glob(f"{path.name}.trigger.*") for line in _lines(other)]
        seen = [_moment(one) for one in waited if " is completed" in str(one["event"])]
        began = [_moment(one) for one in told if one["event"] == "::group::Pre Execute"]
        closed = [_moment(one) for one in told if one["event"] == "::endgroup::"]
        if seen and len(began) > 1 and len(closed) > 2:
            found[path.parent.name.removeprefix("map_index=")] = min(seen), began[1], closed[2]
    return found


def _moment(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


def _lines(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as stream:
            yield from stream
