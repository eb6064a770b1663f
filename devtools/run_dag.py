"""Run DAGs to their end in this process: ``python -m devtools.run_dag RESULT.json DAG_ID=CONF_JSON …``.

``dag.test()`` is Airflow's own way to run a DAG without a scheduler: the same operators, hooks, triggers, task
state store and database. The environment names Airflow's home, database and connections.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any


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


def main(argv: list[str]) -> int:
    result, wanted = Path(argv[0]), argv[1:]
    # Importing Airflow and building its API makes a million objects that stay; looking through them again and again
    # for garbage costs a quarter of the time.
    gc.set_threshold(100_000, 50, 100)
    from airflow.configuration import conf as airflow_conf
    from airflow.utils.db import initdb

    folder = Path(airflow_conf.get("core", "dags_folder"))
    if not Path(airflow_conf.get("database", "sql_alchemy_conn").removeprefix("sqlite:///")).exists():
        initdb()
    ended = []
    for item in wanted:
        dag_id, _, text = item.partition("=")
        ended.append(run(load_dag(folder / f"{dag_id}.py"), json.loads(text or "{}")))
        result.write_text(json.dumps(ended, indent=2))
    return 0 if all(one["state"] == "success" for one in ended) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
