"""Run DAGs to their end, each in a process of its own: ``python -m devtools.run_dags FOLDER DAG_ID=CONF_JSON …``.

``dag.test()`` is Airflow's own way to run a DAG without a scheduler: the same operators, hooks, triggers, task
state store and database. The environment names Airflow's home, database and connections.

Starting Airflow costs more than half of a small run: its modules, its tables, and the in-process API that it makes in
every version. So it is started once, and a process is forked for each DAG, as Airflow's own executors do for a task.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SQLITE = "sqlite:///"


def load_dag(path: Path) -> Any:
    """The DAG of the file ``path``, which bears the DAG's name.

    :raises ImportError: the file cannot be read as a DAG; with its traceback.
    """
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(path))
    if path.stem not in bag.dags:
        raise ImportError(f"{path} holds no DAG {path.stem}: " + "\n".join(bag.import_errors.values()))
    return bag.dags[path.stem]


def run(dag: Any, conf: dict[str, Any]) -> dict[str, Any]:
    """Run once; state, seconds, and which tasks ended how."""
    began = time.monotonic()
    done = dag.test(run_conf=conf)
    tasks = done.get_task_instances()
    return {
        "dag_id": dag.dag_id,
        "run_id": done.run_id,
        "state": str(done.state.value if hasattr(done.state, "value") else done.state),
        "tasks": dict(Counter(str(task.state) for task in tasks)),
        "failed": sorted(
            task.task_id + (f"[{task.map_index}]" if task.map_index >= 0 else "")
            for task in tasks
            if str(task.state) in ("failed", "upstream_failed")
        ),
        "seconds": round(time.monotonic() - began, 1),
    }


def start_airflow(database: Path) -> None:
    """What every run needs, once: modules, tables, the API in this process."""
    from airflow.sdk.execution_time.supervisor import in_process_api_server
    from airflow.settings import dispose_orm
    from airflow.utils.db import initdb

    if not database.exists():
        initdb()
    app: Any = in_process_api_server().app
    # It makes its routes at its first request otherwise. Undeclared, so that another release may have no such step.
    getattr(app, "_cadwyn_initialize", lambda: None)()
    # Loaded by the first task of each kind.
    import openai  # noqa: F401

    import airflow_provider_sora.archive.archiver
    import airflow_provider_sora.operators.shared.course  # noqa: F401

    dispose_orm(do_log=False)


def run_in_child(folder: Path, database: Path, dag_id: str, conf: Mapping[str, Any]) -> int:
    """Fork; the child's process id. It runs on a database of its own, since two that write one SQLite file get in each
    other's way, and leaves ``DAG_ID.json`` and ``DAG_ID.log``."""
    own = folder / f"{dag_id}.db"
    if not own.exists():
        shutil.copyfile(database, own)
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        log = os.open(folder / f"{dag_id}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"{_SQLITE}{own}"
        from airflow import settings
        from airflow.configuration import conf as airflow_conf

        settings.configure_vars()
        settings.configure_orm()
        outcome = run(load_dag(Path(airflow_conf.get("core", "dags_folder")) / f"{dag_id}.py"), dict(conf))
        (folder / f"{dag_id}.json").write_text(json.dumps(outcome, indent=2))
        code = 0 if outcome["state"] == "success" else 1
    except BaseException:  # noqa: BLE001 - what the child met is in its log, and its code says so
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what the parent registered for its own end is not the child's


def main(argv: list[str]) -> int:
    folder, wanted = Path(argv[0]), [item.partition("=") for item in argv[1:]]
    # Importing Airflow and building its API makes a million objects that stay; looking through them again and again
    # for garbage costs a quarter of the time.
    gc.set_threshold(100_000, 50, 100)
    from airflow.configuration import conf

    database = Path(conf.get("database", "sql_alchemy_conn").removeprefix(_SQLITE))
    start_airflow(database)
    gc.freeze()
    children = [run_in_child(folder, database, dag_id, json.loads(text or "{}")) for dag_id, _, text in wanted]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return 0 if not any(codes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
