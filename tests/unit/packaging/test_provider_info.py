"""What Airflow is told about the provider is well-formed, true, and read without importing Airflow."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from importlib import metadata, resources
from typing import Any

import jsonschema
import pytest

from airflow_provider_sora import __version__
from airflow_provider_sora.provider_info import get_provider_info

INFO = get_provider_info()


def named_modules() -> list[str]:
    return [
        module
        for group in ("operators", "hooks", "sensors", "triggers")
        for item in INFO.get(group, ())
        for module in item["python-modules"]
    ]


def test_the_entry_point_leads_to_it() -> None:
    found = metadata.entry_points(group="apache_airflow_provider")
    ours = [point for point in found if point.value.startswith("airflow_provider_sora")]
    assert len(ours) == 1
    assert ours[0].load()() == INFO


def test_it_fits_airflows_schema() -> None:
    schema = json.loads(resources.files("airflow").joinpath("provider_info.schema.json").read_text())
    jsonschema.validate(INFO, schema)
    assert INFO["package-name"] == "airflow-provider-sora"
    assert INFO["versions"][0] == __version__


def test_reading_it_imports_no_airflow() -> None:
    code = (
        "import sys, airflow_provider_sora.provider_info as p; p.get_provider_info();"
        "print([m for m in sys.modules if m.split('.')[0] in ('airflow', 'openai', 'google', 'httpx', 'PIL')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", named_modules())
def test_every_module_it_names_is_there(module: str) -> None:
    assert importlib.import_module(module).__name__ == module


def test_every_class_it_names_is_there() -> None:
    for path in [*INFO.get("extra-links", ()), *(c["hook-class-name"] for c in INFO["connection-types"])]:
        module, _, name = path.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), name), type)
    for decorator in INFO["task-decorators"]:
        module, _, name = decorator["class-name"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_connection_form_has_the_fields_that_the_hook_reads() -> None:
    fields: dict[str, Any] = INFO["connection-types"][0]["conn-fields"]
    assert {
        "dialect",
        "auth",
        "default_model",
        "prices",
        "request_timeout",
        "headers",
        "verify",
        "requests_per_minute",
    } <= set(fields)
    for field in fields.values():
        assert field["label"] and field["schema"]["type"]
