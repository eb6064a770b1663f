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

# What airflow.sdk loads by itself is not ours to save. The last imports show that the probe sees what it looks for.
PROBE = f"""
import importlib, json, sys
from airflow.sdk import DAG, BaseHook, BaseOperator, BaseOperatorLink, BaseSensorOperator
from airflow.triggers.base import BaseTrigger
for module in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(module)
    new = set(sys.modules) - before
    heavy = sorted({{name.split(".")[0] for name in new}} & set({HEAVY!r}))
    ours = sorted(name for name in new if name.startswith("airflow_provider_sora"))
    print("FOUND", json.dumps([heavy, ours]))
"""


def loaded(*modules: str) -> list[tuple[list[str], list[str]]]:
    """What each import, one after the other in a process of its own, brought along: heavy libraries, and ours."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *modules], capture_output=True, text=True, check=True, timeout=120
    )
    lines = [line.removeprefix("FOUND ") for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    found = [tuple(json.loads(line)) for line in lines]
    assert len(found) == len(modules)
    return found


@pytest.mark.parametrize("module", EDGES)
def test_an_edge_loads_no_heavy_library_and_few_of_ours(module: str) -> None:
    ((heavy, ours),) = loaded(module)
    assert heavy == []
    assert len(ours) <= MOST, ours


def test_all_that_dag_files_import_is_as_little() -> None:
    ours = [name for _, names in loaded(*PARSED) for name in names]
    assert len(ours) <= MOST, ours


def test_the_probe_sees_a_heavy_library_and_ours() -> None:
    (picture, _), (_, ours) = loaded("PIL.Image", "airflow_provider_sora.archive.archiver")
    assert picture == ["PIL"]
    assert len(ours) > MOST
