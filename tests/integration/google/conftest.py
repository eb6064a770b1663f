"""Google's own provider, its connections and clients, against Google's front doors on this machine.

``make test-google`` runs this folder in an environment that has the provider; everywhere else it is skipped.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testbed.google_front import GoogleFront
from testbed.strict_gcs import StrictGcs
from tests.support.airflow import airflow_db, run_dag, sora_connection
from tests.support.storage import gcs_server

__all__ = ["airflow_db", "gcs_server", "run_dag", "sora_connection"]

WHY = "Airflow's google provider is not installed here: make test-google, in its own environment"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """SORA_GOOGLE says that the provider is there: then nothing may be skipped."""
    mine = [item for item in items if Path(__file__).parent in item.path.parents]
    if not mine:
        return
    try:
        importlib.import_module("airflow.providers.google.cloud.hooks.gcs")
    except ImportError:
        if os.environ.get("SORA_GOOGLE"):
            raise
        for item in mine:
            item.add_marker(pytest.mark.skip(reason=WHY))


@pytest.fixture
def front(
    gcs_server: StrictGcs, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GoogleFront]:
    """Google, and nothing in the environment that would log in by itself."""
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    # A worker outside of Google's cloud: nobody answers for its machine.
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with GoogleFront(gcs_server, tmp_path_factory.mktemp("google")) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def bucket(front: GoogleFront, request: pytest.FixtureRequest) -> str:
    name = f"google-{abs(hash(request.node.name))}"
    front.gcs.create_bucket(name)
    return name


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``connection(keyfile_dict=…)`` makes Airflow's connection ``my_gcp`` with these extras."""

    def make(**extra: object) -> str:
        made = {"conn_type": "google_cloud_platform", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_MY_GCP", json.dumps(made))
        return "my_gcp"

    return make
