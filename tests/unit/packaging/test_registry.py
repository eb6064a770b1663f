"""The registry file names classes that exist, and all operators that users can import."""

from __future__ import annotations

import importlib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
TOLD = yaml.safe_load((ROOT / ".airflow-registry.yaml").read_text("utf-8"))


def test_every_class_it_names_is_there() -> None:
    for group in TOLD["modules"].values():
        for item in group:
            module, _, name = item["path"].rpartition(".")
            assert name == item["name"] and item["description"]
            assert isinstance(getattr(importlib.import_module(module), name), type)


def test_it_names_every_operator() -> None:
    from airflow.sdk import BaseOperator

    named = {item["path"] for item in TOLD["modules"]["operators"]}
    for module in ("airflow_provider_sora.operators.video", "airflow_provider_sora.operators.archive"):
        loaded = importlib.import_module(module)
        for name in getattr(loaded, "__all__", ()):
            found = getattr(loaded, name)
            if isinstance(found, type) and issubclass(found, BaseOperator):
                assert f"{module}.{name}" in named


def test_the_files_it_names_are_there() -> None:
    assert (ROOT / TOLD["docs"]).is_file() and (ROOT / TOLD["changelog"]).is_file()
