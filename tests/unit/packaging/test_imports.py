"""Importing the provider is free: Airflow parses DAG files again and again, and a triggerer imports on its loop."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: What DAG files import. Airflow loads these in every parse.
PARSED = (
    "airflow_provider_sora.operators.video",
    "airflow_provider_sora.operators.archive",
    "airflow_provider_sora.operators.budget",
    "airflow_provider_sora.sensors.video",
    "airflow_provider_sora.links.video",
)
EDGES = (
    "airflow_provider_sora.provider_info",
    *PARSED,
    "airflow_provider_sora.decorators.video",
    "airflow_provider_sora.triggers.video",
    "airflow_provider_sora.hooks.sora",
    "airflow_provider_sora.cli.definition",
    "airflow_provider_sora.plugins.sora",
)
HEAVY = (
    "openai",
    "google",
    "httpx",
    "httpx2",
    "fastapi",
    "starlette",
    "uvicorn",
    "pydantic",
    "jinja2",
    "jsonschema",
    "PIL",
    "av",
    "numpy",
    "feedparser",
    "sudachipy",
    "yaml",
)
#: Modules of ours that one edge may bring along, and all that DAG files import together.
MOST = 20

# What airflow.sdk loads by itself is not ours to save: it is loaded once, and each group of modules in a fork of that.
PROBE = f"""
import importlib, json, os, sys
from airflow.sdk import DAG, BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator
from airflow.triggers.base import BaseTrigger
for number, group in enumerate(json.loads(sys.argv[1])):
    if os.fork():
        assert os.wait()[1] == 0, group
        continue
    for module in group:
        before = set(sys.modules)
        importlib.import_module(module)
        new = set(sys.modules) - before
        heavy = sorted({{name.split(".")[0] for name in new}} & set({HEAVY!r}))
        ours = sorted(name for name in new if name.startswith("airflow_provider_sora"))
        print("FOUND", json.dumps([number, heavy, ours]), flush=True)
    os._exit(0)
"""
#: That the probe sees what it looks for.
SEEN = ("PIL.Image", "airflow_provider_sora.archive.archiver")

Loaded = list[tuple[list[str], list[str]]]


@pytest.fixture(scope="module")
def loaded() -> dict[tuple[str, ...], Loaded]:
    """What each import, in a process that had loaded Airflow and the group's earlier modules alone, brought along.

    By group of modules, and for each of its modules: heavy libraries, and ours.
    """
    groups = [*((edge,) for edge in EDGES), PARSED, SEEN]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(groups)], capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found: dict[tuple[str, ...], Loaded] = {group: [] for group in groups}
    for line in done.stdout.splitlines():
        if line.startswith("FOUND "):
            number, heavy, ours = json.loads(line.removeprefix("FOUND "))
            found[groups[number]].append((heavy, ours))
    assert [len(modules) for modules in found.values()] == [len(group) for group in groups]
    return found


@pytest.mark.parametrize("module", EDGES)
def test_an_edge_loads_no_heavy_library_and_few_of_ours(module: str, loaded: dict[tuple[str, ...], Loaded]) -> None:
    ((heavy, ours),) = loaded[module,]
    assert heavy == []
    assert len(ours) <= MOST, ours


def test_all_that_dag_files_import_is_as_little(loaded: dict[tuple[str, ...], Loaded]) -> None:
    ours = [name for _, names in loaded[PARSED] for name in names]
    assert len(ours) <= MOST, ours


def test_the_probe_sees_a_heavy_library_and_ours(loaded: dict[tuple[str, ...], Loaded]) -> None:
    (picture, _), (_, ours) = loaded[SEEN]
    assert picture == ["PIL"]
    assert len(ours) > MOST
