"""A DAG as Airflow stores it, without what changes from machine to machine or says nothing about how it runs."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

from airflow_provider_sora.tasks.former import NOW

#: Where a file lies, what its text says, and what Airflow counts up.
_VOLATILE = {"fileloc", "relative_fileloc", "_processor_dags_folder", "bundle_name", "doc_md", "__version", "tooltip"}

#: Arguments that came later, with which nothing changes where a DAG does not set them.
ADDED = ("on_refusal",)


def load(path: Path) -> Any:
    """The DAG that a file makes."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules.pop(spec.name, None)
    spec.loader.exec_module(module)
    return module.made


def serialized(dag: Any, folder: Path) -> Any:
    """Plain JSON. Hooks by their name, for Airflow stores their source; a task's params only where the DAG's differ.

    :param folder: of the DAG file.
    """
    from airflow.serialization.serialized_objects import DagSerialization

    found = _plain(json.loads(json.dumps(DagSerialization.to_dict(dag)["dag"])), str(folder))
    for one in found["tasks"]:
        params = one["__var"].get("params", ())
        if [(name, {**param, "source": None}) for name, param in params] == [tuple(one) for one in found["params"]]:
            del one["__var"]["params"]
    found["tasks"].sort(key=lambda one: one["__var"]["task_id"])  # they stand as they were written down
    return found


def under_new_names(found: Any) -> Any:
    """A serialized DAG with its tasks' arguments as they are called now, where it was written with former names."""
    for task in (one["__var"] for one in found["tasks"]):
        for former, (name, key) in NOW.items():
            value = task.pop(former, None)
            # In 0.1 these had defaults of their own.
            if value not in (None, "exact", "#000000", "full", "private, max-age=0, no-transform"):
                task[name] = {**(task.get(name) or {}), key: value}
        for name in ADDED:
            task.pop(name, None)
            task["template_fields"] = [field for field in task["template_fields"] if field != name]
        task["template_fields"] = sorted({NOW.get(name, (name,))[0] for name in task["template_fields"]})
    return found


def _plain(value: Any, folder: str) -> Any:
    if isinstance(value, dict):
        return {name: _named(name, _plain(inner, folder)) for name, inner in value.items() if name not in _VOLATILE}
    if isinstance(value, list):
        return [_plain(inner, folder) for inner in value]
    return value.replace(folder, "DAGS") if isinstance(value, str) else value


def _named(name: str, value: Any) -> Any:
    if name in ("_pre_execute_hook", "_post_execute_hook") and isinstance(value, str):
        found = re.search(r"def (\w+)", value)
        return found[1] if found else value
    # Which function held it, is where it was written and not what it does.
    return value.rpartition(".")[2] if name == "python_callable_name" else value
