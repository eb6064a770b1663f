"""A real LiteLLM proxy between the provider and the bundled server: ``make test-litellm``."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from airflow_provider_sora.exceptions import AmbiguousSubmitError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.protocol.submission import Reference
from testbed.conformance_pass import Conformance
from testbed.ports import LOOPBACK, free_port, wait_for
from testbed.processes import start
from tests.integration.protocol.peer import Peer, Reply, Seen
from tests.support.airflow import airflow_db, run_dag
from tests.support.animatic import KEY, AnimaticServer
from tests.support.known_servers import forget
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["airflow_db", "gcs_bucket", "gcs_server", "run_dag"]

pytestmark = pytest.mark.litellm

MASTER = "sk-litellm-master-key"

CONFIG = """
model_list:
  - model_name: sora-2
    litellm_params: {{model: openai/sora-2, api_base: "{upstream}", api_key: "{key}"}}
  - model_name: no-remix
    litellm_params: {{model: openai/no-remix, api_base: "{bare}", api_key: "{key}"}}
  - model_name: unhappy
    litellm_params: {{model: openai/unhappy, api_base: "{unhappy}", api_key: "{key}", num_retries: 2}}
  - model_name: unhappy-2
    litellm_params: {{model: openai/unhappy-2, api_base: "{unhappy}", api_key: "{key}"}}
router_settings:
  disable_cooldowns: true
  num_retries: 1
  retry_policy: {{InternalServerErrorRetries: 1, TimeoutErrorRetries: 1}}
  fallbacks: [{{unhappy: [unhappy-2]}}]
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


ONE = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("DAG_ID", schedule=None, default_args={{"retries": 0}}) as dag:
    create = CreateVideoOperator(task_id="create", prompt="a red mug", model="{model}", seconds=4, poll_interval=0.3)
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[AnimaticServer]:
    with AnimaticServer() as server:
        yield server


@pytest.fixture(scope="module")
def bare() -> Iterator[AnimaticServer]:
    """An upstream without remix."""
    with AnimaticServer(dialect="sglang") as server:
        yield server


@pytest.fixture(scope="module")
def unhappy() -> Iterator[Peer]:
    """An upstream whose answers LiteLLM would ask for once more."""
    with Peer() as peer:
        yield peer


@pytest.fixture(scope="module")
def outside() -> Iterator[Peer]:
    """Whatever the proxy sends to another site comes here."""
    with Peer() as peer:
        peer.otherwise = Reply(502, b"no way out")
        yield peer


@pytest.fixture(scope="module")
def proxy(
    upstream: AnimaticServer,
    bare: AnimaticServer,
    unhappy: Peer,
    outside: Peer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("litellm")
    config = folder / "config.yaml"
    urls = {"upstream": upstream.url, "bare": bare.url, "unhappy": unhappy.url}
    config.write_text(CONFIG.format(key=KEY, master=MASTER, **urls))
    port = free_port()
    argv = [os.environ["SORA_LITELLM"], "--config", str(config), "--host", LOOPBACK, "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "AIRFLOW"))}
    env = {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": LOOPBACK}
    env |= {"HTTPS_PROXY": outside.root, "DISABLE_AIOHTTP_TRANSPORT": "True"}
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


def test_every_ability_behaves(upstream: AnimaticServer, outside: Peer) -> None:
    hook = SoraHook("sora_default")
    paid = upstream.stats()["paid_submits"]
    passed = Conformance(hook, model="sora-2", seconds=None, size=None, wait=60, poll=0.3)
    rows = passed.run()
    for row in rows:
        print(row)
    assert [row for row in rows if row.wrong] == []
    assert {"create", "completed", "archive", "remix", "thumbnail"} <= {row.ability for row in rows}
    assert upstream.stats()["paid_submits"] - paid == len(passed.made) == 2
    assert [seen.path for seen in outside.seen if "openai" in seen.path] == []


def test_detection_and_test_ask_nobody_else(outside: Peer, proxy: str) -> None:
    forget()
    worked, said = SoraHook("sora_default").test_connection()
    assert worked and "num_retries: 0" in said, said
    assert [seen.path for seen in outside.seen if "openai" in seen.path] == []
    # The trap works: an id that LiteLLM cannot read leaves the site.
    httpx.get(f"{proxy}/videos/video_unknown", headers={"Authorization": f"Bearer {MASTER}"}, timeout=60)
    assert [seen.path for seen in outside.seen if "openai" in seen.path] != []
    outside.seen.clear()


def test_create_and_remix_reach_the_bucket(upstream: AnimaticServer, run_dag, gcs_bucket) -> None:
    paid = upstream.stats()["paid_submits"]
    result = run_dag(CHAIN.format(bucket=gcs_bucket))
    assert result.state == "success", result.states()
    made, remixed = result.xcom("create"), result.xcom("remix")
    assert made["dialect"] == remixed["dialect"] == "litellm"
    assert remixed["parent_id"] == made["video_id"]
    assert made["uri"].startswith(f"gs://{gcs_bucket}/clips/") and remixed["uri"] != made["uri"]
    assert upstream.stats()["paid_submits"] - paid == 2


#: LiteLLM routes a poll by the model that the upstream stated: it must not be another group's name.
JOB = {
    "id": "video_1",
    "object": "video",
    "status": "queued",
    "created_at": 1,
    "model": "unhappy-2",
    "size": "1280x720",
}
UNHAPPY = {
    "busy": Reply(503, {"error": {"message": "busy"}}),
    "unreadable": Reply(200, {**JOB, "seconds": 4}),  # LiteLLM wants text, and the job is made
    "no JSON": Reply(200, b"<html>"),
}
_ROUTED = "litellm:custom_llm_provider:openai;model_id:unhappy;video_id:video_1"
SOURCE = "video_" + base64.b64encode(_ROUTED.encode()).decode()


def posts(unhappy: Peer) -> int:
    return len(unhappy.posts())


@pytest.mark.parametrize("answer", UNHAPPY)
@pytest.mark.parametrize("call", ["create", "picture", "remix", "edit", "extend"])
def test_a_paid_request_is_sent_on_once(unhappy: Peer, answer: str, call: str) -> None:
    """Though its configuration asks for repeats in three places, and for a fallback to another deployment."""
    hook = SoraHook("sora_default")
    unhappy.seen.clear()
    unhappy.otherwise = UNHAPPY[answer]
    picture = Reference(data=b"\x89PNG" + bytes(64), content_type="image/png")
    # A form cannot say that there shall be no fallback: this model has none.
    ask = {
        "create": lambda: hook.create_video("a red mug", model="unhappy", seconds=4),
        "picture": lambda: hook.create_video("a red mug", model="unhappy-2", seconds=4, input_reference=picture),
        "remix": lambda: hook.remix_video(SOURCE, "colder light"),
        "edit": lambda: hook.edit_video("colder light", video_id=SOURCE),
        "extend": lambda: hook.extend_video("on", 4, video_id=SOURCE),
    }[call]
    with pytest.raises(AmbiguousSubmitError, match="told to send it on once"):
        ask()
    assert posts(unhappy) == 1


def test_without_a_word_it_repeats(unhappy: Peer, proxy: str) -> None:
    """What the test above would see if nothing was sent."""
    unhappy.seen.clear()
    unhappy.otherwise = UNHAPPY["unreadable"]
    body = {"model": "unhappy", "prompt": "a red mug", "seconds": "4"}
    answer = httpx.post(f"{proxy}/videos", json=body, headers={"Authorization": f"Bearer {MASTER}"}, timeout=120)
    assert answer.status_code == 500 and posts(unhappy) >= 3


def test_a_repeat_that_was_made_is_in_the_record(
    unhappy: Peer, proxy: str, run_dag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection may ask for repeats itself; then each one is counted."""
    extra = {"headers": {"x-litellm-num-retries": "2"}}
    value = {"conn_type": "sora", "host": proxy, "password": MASTER, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(value))
    unhappy.seen.clear()

    def second_time(seen: Seen) -> Reply:
        if seen.method == "GET":
            return Reply(200, {**JOB, "status": "completed", "seconds": "4"})
        return UNHAPPY["busy"] if posts(unhappy) == 1 else Reply(200, {**JOB, "seconds": "4"})

    unhappy.otherwise = second_time
    result = run_dag(ONE.format(model="unhappy-2"))
    assert result.state == "success", result.states()
    assert posts(unhappy) == 2 and result.xcom("create")["returned"]["upstream_requests"] == 2


def test_a_remix_that_the_upstream_lacks_is_recreated(bare: AnimaticServer, run_dag) -> None:
    paid = bare.stats()["paid_submits"]
    source = ONE.format(model="no-remix") + (
        "    RemixOperator(task_id='remix', video=create.output, prompt='colder', poll_interval=0.3, "
        "variant_fallback='recreate')\n"
    )
    result = run_dag(source)
    assert result.state == "success", result.states()
    assert result.xcom("remix")["requested"]["variant_fallback"] == "recreate"
    assert bare.stats()["paid_submits"] - paid == 2
