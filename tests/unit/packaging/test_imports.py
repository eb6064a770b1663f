"""Importing the provider is free: Airflow parses DAG files again and again, and a triggerer imports on its loop."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

EDGES = (
    "airflow_provider_sora.provider_info",
    "airflow_provider_sora.operators.video",
    "airflow_provider_sora.operators.archive",
    "airflow_provider_sora.triggers.video",
    "airflow_provider_sora.sensors.video",
    "airflow_provider_sora.hooks.sora",
)
HEAVY = (
    "openai",
    "google",
    "httpx",
    "httpx2",
    "fastapi",
    "starlette",
    "uvicorn",
    "PIL",
    "av",
    "numpy",
    "feedparser",
    "sudachipy",
)

# What airflow.sdk loads by itself is not ours to save. The last import shows that the probe sees what it looks for.
PROBE = f"""
import importlib, json, sys
from airflow.sdk import DAG, BaseHook, BaseOperator
from airflow.triggers.base import BaseTrigger
told = {{}}
for module in {(*EDGES, "PIL.Image")!r}:
    before = set(sys.modules)
    importlib.import_module(module)
    told[module] = sorted({{m.split(".")[0] for m in set(sys.modules) - before}} & set({HEAVY!r}))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("module", EDGES)
def test_an_edge_loads_no_heavy_library(module: str, loaded: dict[str, list[str]]) -> None:
    assert loaded[module] == []


def test_the_probe_sees_a_heavy_library(loaded: dict[str, list[str]]) -> None:
    assert loaded["PIL.Image"] == ["PIL"]
