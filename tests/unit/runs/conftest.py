"""A planned run on a local folder, without Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from airflow_provider_sora.runs.paths import run_paths
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.json_store import open_json_store
from airflow_provider_sora.stores.options import ArchiveOptions

MakeRun = Callable[..., PlannedRun]


@pytest.fixture
def make_run(tmp_path: Any) -> MakeRun:
    """``make_run("run-1", moment="2026-11-22T09:00+09:00", **params)``: a run of the DAG ``desk`` below one folder."""

    def make(
        run_id: str = "run-1", moment: str = "2026-11-22T09:00:00+09:00", run_type: str = "scheduled", **params: Any
    ) -> PlannedRun:
        settings = {"destination": f"file://{tmp_path}/out", "timezone": "Asia/Tokyo", **params}
        paths = run_paths(
            settings["destination"],
            dag_id="desk",
            run_id=run_id,
            moment=datetime.fromisoformat(moment),
            timezone=settings["timezone"],
        )
        store = open_json_store(paths.prefix)
        return PlannedRun("desk", run_id, run_type, settings, paths, store, ArchiveOptions())

    return make


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """``sora_default``, at ten cents a second, to a server that nobody asks."""
    extra = {"prices": {"*": {"*": 0.1}}, "default_model": "sora-2"}
    monkeypatch.setenv(
        "AIRFLOW_CONN_SORA_DEFAULT", json.dumps({"conn_type": "sora", "host": "http://127.0.0.1:9/v1", "extra": extra})
    )
