"""Whole tasks through real Airflow, the bundled server over HTTP, and the strict bucket."""

from __future__ import annotations

import json

import pytest

from tests.support.animatic import KEY, AnimaticServer, lent_server
from tests.support.media import sample_mp4

PRICES = {"sora-2": {"*": 0.1}}

CHAIN = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import *

with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}) as dag:
    create = CreateVideoOperator(
        task_id="create", prompt="a red mug, pan left", model="sora-2", seconds=4, size="1280x720",
        deferrable={deferrable}, poll_interval=0.2, labels={{"sku": "A1"}}, max_cost_usd=0.5,
    )
    remix = RemixOperator(
        task_id="remix", video=create.output, prompt="colder light", deferrable={deferrable}, poll_interval=0.2,
    )
    ArchiveVideoOperator(task_id="archive", video=create.output, destination="gs://{bucket}/clips")
    ArchiveVideoOperator(task_id="archive_remix", video=remix.output, destination="gs://{bucket}/clips")
"""


def one_task(arguments: str, before: str = "") -> str:
    return f"""
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import *

{before}
with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}) as dag:
    CreateVideoOperator(task_id="create", model="sora-2", seconds=4, size="1280x720", poll_interval=0.2, {arguments})
"""


@pytest.mark.parametrize("deferrable", [False, True])
def test_create_remix_archive(deferrable, animatic, gcs_server, gcs_bucket, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY, prices=PRICES)
    result = run_dag(CHAIN.format(deferrable=deferrable, bucket=gcs_bucket))
    assert result.state == "success", result.states()
    assert animatic.stats()["paid_submits"] == 2

    made, remixed, kept = (result.xcom(task) for task in ("create", "remix", "archive_remix"))
    assert made["status"] == "completed" and made["cost_estimate_usd"] == pytest.approx(0.4)
    assert made["labels"] == {"sku": "A1"} and made["sora_conn_id"] == "sora_default"
    assert remixed["parent_id"] == made["video_id"] and remixed["cost_estimate_usd"] == pytest.approx(0.4)
    prefix = f"gs://{gcs_bucket}/clips/{remixed['video_id']}"
    assert kept["uri"] == f"{prefix}/video.mp4" and kept["receipt_uri"] == f"{prefix}/receipt.json"
    assert result.xcom("create", "video_id") == made["video_id"]
    assert result.xcom("create", "sora_claim")["video_id"] == made["video_id"]
    assert KEY not in json.dumps([made, remixed, kept])


def test_a_retry_after_a_lost_answer_pays_once(animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY, prices=PRICES, request_timeout=5)
    animatic.fault(on="create", action="reset_after_accept", times=1)
    result = run_dag(one_task("prompt='adopt me'"))
    assert result.state == "success", result.states()
    stats = animatic.stats()
    assert (stats["paid_posts"], stats["paid_submits"]) == (1, 1)


def test_a_failed_download_costs_no_second_render(animatic, gcs_bucket, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    animatic.fault(on="content", action="status", status=500, times=20)
    source = one_task(f"prompt='keep me', destination='gs://{gcs_bucket}/clips', retries=1, deferrable=True")
    failed = run_dag(source)
    assert failed.state == "failed" and animatic.stats()["paid_submits"] == 1


def test_wait_for_completion_false_and_the_sensor(animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    source = (
        one_task("prompt='later', wait_for_completion=False")
        + """
    from airflow_provider_sora.sensors.video import VideoCompletionSensor
    for deferrable in (False, True):
        VideoCompletionSensor(
            task_id=f"wait_{deferrable}", video=dag.get_task("create").output, poke_interval=0.2, timeout=60,
            deferrable=deferrable,
        )
"""
    )
    result = run_dag(source)
    assert result.state == "success", result.states()
    assert result.xcom("create")["status"] in ("queued", "in_progress")
    for task in ("wait_False", "wait_True"):
        assert result.xcom(task)["status"] == "completed"
        assert result.xcom(task)["requested"]["prompt"] == "later"
    assert animatic.stats()["paid_submits"] == 1


@pytest.mark.parametrize(
    ("arguments", "extra", "said"),
    [
        ("prompt=''", {}, "prompt"),
        ("prompt='x' * 32001", {}, "32000"),
        ("prompt='p', max_cost_usd=0.3", {"prices": PRICES}, "above max_cost_usd"),
        ("prompt='p', max_cost_usd=0.3", {}, "cost is unknown"),
        ("prompt='p', on_clear='maybe'", {}, "on_clear"),
        ("prompt='p', input_reference='/nowhere/mug.png'", {}, "/nowhere/mug.png"),
        ("prompt='p', labels='no json'", {}, "labels"),
    ],
)
def test_bad_input_fails_at_once_and_costs_nothing(
    arguments, extra, said, animatic, run_dag, sora_connection, capsys
) -> None:
    sora_connection(animatic.url, KEY, **extra)
    result = run_dag(one_task(arguments))
    assert result.state == "failed" and result.tries("create") == 1
    assert animatic.stats()["paid_posts"] == 0
    assert said in capsys.readouterr().out


def test_a_second_connection_is_asked_only_after_a_certain_refusal(run_dag, sora_connection) -> None:
    with lent_server() as first, lent_server() as second:
        sora_connection(first.url, KEY)
        sora_connection(second.url, KEY, conn_id="sora_two", request_timeout=5)
        first.fault(on="create", action="status", status=429, times=1)
        result = run_dag(one_task("prompt='over', fallback_conn_ids=['sora_two']"))
        assert result.state == "success", result.states()
        assert result.xcom("create")["sora_conn_id"] == "sora_two"
        assert (first.stats()["paid_submits"], second.stats()["paid_submits"]) == (0, 1)

        first.fault(on="create", action="status", status=502, after_accept=True, times=1)
        result = run_dag(one_task("prompt='lost', fallback_conn_ids=['sora_two'], on_ambiguous_submit='fail'"))
        assert result.state == "failed" and result.tries("create") == 1
        assert (first.stats()["paid_submits"], second.stats()["paid_submits"]) == (1, 1)


def test_an_mp4_of_ones_own_is_edited_and_a_broken_one_costs_nothing(
    animatic, run_dag, sora_connection, tmp_path
) -> None:
    sora_connection(animatic.url, KEY)
    whole, cut = tmp_path / "own.mp4", tmp_path / "cut.mp4"
    whole.write_bytes(sample_mp4())
    cut.write_bytes(whole.read_bytes()[:-100])
    source = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import EditVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    EditVideoOperator(task_id="edit", video_file="FILE", prompt="colder light", poll_interval=0.2)
"""
    broken = run_dag(source.replace("FILE", str(cut)))
    assert broken.state == "failed" and broken.tries("edit") == 1 and animatic.stats()["paid_posts"] == 0
    edited = run_dag(source.replace("FILE", str(whole)))
    assert edited.state == "success" and edited.xcom("edit")["requested"]["call"] == "edit"


def test_a_server_without_remix_says_so_or_recreates_where_asked(run_dag, sora_connection) -> None:
    chain = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("DAG_ID", schedule=None) as dag:
    create = CreateVideoOperator(task_id="create", prompt="a red mug", seconds=2, size="640x384", poll_interval=0.2)
    RemixOperator(task_id="remix", video=create.output, prompt="colder light", poll_interval=0.2, FALLBACK)
"""
    with lent_server(dialect="vllm-omni") as server:
        sora_connection(server.url, KEY)
        refused = run_dag(chain.replace("FALLBACK", ""))
        assert refused.states() == {"create": "success", "remix": "failed"} and refused.tries("remix") == 1
        assert server.stats()["paid_submits"] == 1
        recreated = run_dag(chain.replace("FALLBACK", "variant_fallback='recreate'"))
        assert recreated.state == "success", recreated.states()
        made, again = recreated.xcom("create"), recreated.xcom("remix")
        assert again["parent_id"] == made["video_id"] and again["requested"]["variant_fallback"] == "recreate"
        assert again["requested"]["prompt"] == "a red mug\ncolder light"


def test_a_missing_bucket_and_a_server_that_needs_one_cost_nothing(
    animatic, gcs_server, gcs_bucket, run_dag, sora_connection
) -> None:
    sora_connection(animatic.url, KEY)
    for arguments in (
        "prompt='p', destination='gs://no-such-bucket/clips'",
        "prompt='p', destination='file:///proc/clips'",
        "prompt='p', destination='clips'",
        f"prompt='p', destination='gs://{gcs_bucket}/clips', archive_options={{'colour': 'red'}}",
    ):
        refused = run_dag(one_task(arguments))
        assert refused.state == "failed" and refused.tries("create") == 1
    assert animatic.stats()["paid_posts"] == 0
    with lent_server(dialect="dynamo") as server:
        sora_connection(server.url, KEY)
        source = one_task("prompt='p', DESTINATION").replace('model="sora-2", ', f'model="{model_of(server)}", ')
        assert run_dag(source.replace("DESTINATION", "")).state == "failed"
        assert server.stats()["paid_posts"] == 0
        kept = run_dag(
            source.replace(
                "DESTINATION", f"destination='gs://{gcs_bucket}/clips', archive_options={{'prompt_storage': 'hash'}}"
            )
        )
        assert kept.state == "success" and server.stats()["paid_submits"] == 1
        assert kept.xcom("create")["uri"].startswith(f"gs://{gcs_bucket}/clips/")


def model_of(server: AnimaticServer) -> str:
    from airflow_provider_sora.hooks.sora import SoraHook

    return SoraHook("sora_default").capabilities().models[0]
