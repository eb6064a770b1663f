"""A real LiteLLM proxy between the provider and the bundled server: ``make test-litellm``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_sora.hooks.sora import SoraHook
from devtools.conformance_pass import Conformance
from devtools.ports import LOOPBACK, free_port, wait_for
from devtools.processes import start
from tests.support.airflow import airflow_db, run_dag
from tests.support.animatic import KEY, AnimaticServer
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["airflow_db", "gcs_bucket", "gcs_server", "run_dag"]

pytestmark = pytest.mark.litellm

MASTER = "sk-litellm-master-key"

CONFIG = """
model_list:
  - model_name: sora-2
    litellm_params: {{model: openai/sora-2, api_base: "{upstream}", api_key: "{key}"}}
general_settings: {{master_key: "{master}"}}
"""

CHAIN = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("DAG_ID", schedule=None) as dag:
    create = CreateVideoOperator(
        task_id="create", prompt="a red mug", model="sora-2", seconds=4, size="1280x720", poll_interval=0.3,
        deferrable=True, destination="gs://{bucket}/clips",
    )
    RemixOperator(
        task_id="remix", video=create.output, prompt="colder light", poll_interval=0.3, deferrable=True,
        destination="gs://{bucket}/clips",
    )
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[AnimaticServer]:
    with AnimaticServer() as server:
        yield server


@pytest.fixture(scope="module")
def proxy(upstream: AnimaticServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("litellm")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(upstream=upstream.url, key=KEY, master=MASTER))
    port = free_port()
    argv = [os.environ["SORA_LITELLM"], "--config", str(config), "--host", LOOPBACK, "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "AIRFLOW"))}
    env = {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": LOOPBACK}
    child = start("litellm", [*argv, "--telemetry", "False"], log=folder / "litellm.log", env=env)
    try:
        root = f"http://{LOOPBACK}:{port}"
        assert wait_for(f"{root}/health/liveliness", child.alive, 120), child.tail()
        yield f"{root}/v1"
    finally:
        child.stop()


@pytest.fixture(autouse=True)
def connection(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"conn_type": "sora", "host": proxy, "password": MASTER, "extra": {"prices": {"*": {"*": 0.1}}}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(value))


def test_it_is_recognised_even_while_its_openapi_page_is_slow(proxy: str) -> None:
    # The first request for LiteLLM's two megabytes of OpenAPI takes it many seconds.
    about = SoraHook("sora_default").capabilities()
    assert about.dialect == "litellm" and "LiteLLM" in about.server and "sora-2" in about.models


def test_every_ability_behaves(upstream: AnimaticServer) -> None:
    hook = SoraHook("sora_default")
    paid = upstream.stats()["paid_submits"]
    passed = Conformance(hook, model="sora-2", seconds=None, size=None, wait=60, poll=0.3)
    rows = passed.run()
    for row in rows:
        print(row)
    assert [row for row in rows if row.wrong] == []
    assert {"create", "completed", "archive", "remix", "thumbnail"} <= {row.ability for row in rows}
    assert upstream.stats()["paid_submits"] - paid == len(passed.made) == 2


def test_create_and_remix_reach_the_bucket(upstream: AnimaticServer, run_dag, gcs_bucket) -> None:
    paid = upstream.stats()["paid_submits"]
    result = run_dag(CHAIN.format(bucket=gcs_bucket))
    assert result.state == "success", result.states()
    made, remixed = result.xcom("create"), result.xcom("remix")
    assert made["dialect"] == remixed["dialect"] == "litellm"
    assert remixed["parent_id"] == made["video_id"]
    assert made["uri"].startswith(f"gs://{gcs_bucket}/clips/") and remixed["uri"] != made["uri"]
    assert upstream.stats()["paid_submits"] - paid == 2


def test_an_upstream_failure_is_ambiguous(upstream: AnimaticServer) -> None:
    """LiteLLM may have repeated the create towards its upstream by itself, so nobody can say what was accepted."""
    from airflow_provider_sora.exceptions import AmbiguousSubmitError

    before = upstream.stats()["paid_posts"]
    upstream.fault(on="create", action="status", status=503, times=20)
    try:
        with pytest.raises(AmbiguousSubmitError):
            SoraHook("sora_default").create_video("a red mug", model="sora-2", seconds=4)
    finally:
        upstream.clear_faults()
    assert upstream.stats()["paid_posts"] > before
