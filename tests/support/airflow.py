"""Running a DAG through real Airflow in the test's own process: ``dag.test()`` over a database of this test session."""

from __future__ import annotations

import functools
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.migrated import copy_migrated


def check_each_schema_once() -> None:
    """Airflow has jsonschema check the schema of every param whenever it reads one: a fifth of a short run's time, and
    the same few schemas each time."""
    from jsonschema.validators import Draft202012Validator

    check, known = Draft202012Validator.check_schema, set()

    def check_once(schema: Any, *args: Any, **more: Any) -> None:
        text = json.dumps(schema, sort_keys=True, default=repr)
        if text not in known:
            check(schema, *args, **more)
            known.add(text)

    Draft202012Validator.check_schema = check_once  # type: ignore[method-assign]


def make_each_adapter_once() -> None:
    """Airflow makes pydantic's adapter for JSON anew for each template field of each task, of which ours have twenty:
    an eighth of a run's time."""
    from airflow.sdk.execution_time import task_runner

    task_runner.TypeAdapter = functools.cache(task_runner.TypeAdapter)  # type: ignore[assignment,misc]


def look_again_soon() -> None:
    """``dag.test()`` sleeps for a second whenever no task can begin, which is at every task that is skipped or fails
    for one before it: a third of a run's time. Whoever else sleeps sleeps as long as asked."""
    from airflow.sdk import DAG

    sleep, its_own = time.sleep, DAG.test.__code__

    def sleep_less(seconds: float) -> None:
        sleep(0.02 if sys._getframe(1).f_code is its_own else seconds)

    time.sleep = sleep_less


check_each_schema_once()
look_again_soon()
make_each_adapter_once()
_numbers = itertools.count(1)
_made: list[Path] = []


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """A migrated SQLite database of this process."""
    from airflow.models import import_all_models

    import_all_models()
    database = Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"
    if not _made:  # each folder that names this fixture has one of its own; they share the database
        copy_migrated(database)
        _made.append(database)


class DagRunner:
    """Writes DAG source into the session's DAG folder, alone there, imports it, and runs it.

    Airflow remembers its DAG folder for the whole process, so each run empties it instead of moving it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, source: str, conf: dict[str, Any] | None = None) -> RunResult:
        """Run ``source``, which must leave a DAG in the name ``dag``; its id is made unique here."""
        number = next(_numbers)
        for earlier in self.folder.glob("*.py"):
            earlier.unlink()
        path = self.folder / f"dag_{number}.py"
        path.write_text(source.replace("DAG_ID", f"dag_{number}"), "utf-8")
        scope: dict[str, Any] = {"__file__": str(path), "__name__": f"dag_{number}"}
        exec(compile(path.read_text("utf-8"), str(path), "exec"), scope)
        return RunResult(scope["dag"].test(run_conf=conf or {}), scope["dag"])


class RunResult:
    """A finished run: its state, its tasks' states and what they returned."""

    def __init__(self, dag_run: Any, dag: Any = None) -> None:
        self.dag_run = dag_run
        self.dag = dag
        self.state = str(getattr(dag_run.state, "value", dag_run.state))

    def states(self) -> dict[str, str]:
        found = {}
        for ti in self.dag_run.get_task_instances():
            name = ti.task_id + (f"[{ti.map_index}]" if ti.map_index >= 0 else "")
            found[name] = str(getattr(ti.state, "value", ti.state))
        return found

    def tries(self, task_id: str) -> int:
        return next(ti.try_number for ti in self.dag_run.get_task_instances() if ti.task_id == task_id)

    def xcom(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session() as session:
            where = {"dag_id": self.dag_run.dag_id, "run_id": self.dag_run.run_id, "task_id": task_id}
            row = session.query(XComModel).filter_by(**where, key=key, map_index=map_index).first()
            return None if row is None else _plain(row.value)


def cleared(dag: Any, result: RunResult, *task_ids: str) -> RunResult:
    """Clear these tasks of a run and all behind them, as its page in Airflow does, and run it to its end again."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import clear_task_instances
    from airflow.utils.session import create_session

    old = result.dag_run
    wanted = dag.partial_subset(task_ids=task_ids, include_downstream=True).task_dict
    with create_session() as session:
        run = session.query(DagRun).filter_by(dag_id=old.dag_id, run_id=old.run_id).one()
        instances = run.get_task_instances(session=session)
        clear_task_instances([ti for ti in instances if ti.task_id in wanted], session)
        run.state = "running"

    def keep(*, dag: Any, session: Any, **unused: Any) -> Any:
        kept = session.merge(run)
        kept.dag = dag
        return kept

    # What dag.test() does first is to delete the run of that date and to make another; a clear keeps it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("airflow.serialization.definitions.dag.SerializedDAG.clear_dags", lambda **unused: 0)
        patch.setattr("airflow.models.dagrun.get_or_create_dagrun", keep)
        return RunResult(dag.test(logical_date=old.logical_date, run_after=old.run_after))


def _plain(value: Any) -> Any:
    """The database gives small JSON as text, and text as it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


@pytest.fixture
def run_dag(airflow_db: None) -> Callable[..., RunResult]:
    """``run_dag(source, conf)`` runs a DAG whose source is given; the task log goes to standard output."""
    return DagRunner(Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])).run


@pytest.fixture
def sora_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``sora_connection(url, key, conn_id=…, **extra)`` defines an Airflow connection for the test."""

    def define(url: str, key: str | None, conn_id: str = "sora_default", **extra: Any) -> None:
        connection = {"conn_type": "sora", "host": url, "password": key, "extra": extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))

    yield define
    logging.getLogger("airflow.task").handlers.clear()
