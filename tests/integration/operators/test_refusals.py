"""What a paying task does where the content policy refuses, and that nothing else is taken for a refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.animatic import KEY, AnimaticServer

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "refused.py"
CODE = "moderation_blocked"

DAG = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import *

SHAPE = dict(model="sora-2", poll_interval=0.2, {arguments})
with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}) as dag:
    create = CreateVideoOperator(task_id="create", prompt="a kite", **SHAPE)
    RemixOperator(task_id="after", video=create.output, prompt="at dusk")
"""


def at_submit(server: AnimaticServer, **rule: Any) -> None:
    server.fault(on="create", action="status", preset="moderation", times=1, **rule)


def when_it_ends(server: AnimaticServer, **rule: Any) -> None:
    server.fault(on="create", action="fail_job", preset=CODE, times=1, **rule)


@pytest.mark.parametrize("refuse", [at_submit, when_it_ends], ids=lambda f: f.__name__)
@pytest.mark.parametrize("deferrable", [False, True])
@pytest.mark.parametrize(("on_refusal", "states"), [("skip", "skipped skipped"), ("fail", "failed upstream_failed")])
def test_a_refusal_says_why_and_fails_or_skips(
    refuse: Callable[..., None], deferrable, on_refusal, states, animatic, run_dag, sora_connection
) -> None:
    sora_connection(animatic.url, KEY)
    refuse(animatic)
    result = run_dag(DAG.format(arguments=f"deferrable={deferrable}, on_refusal='{on_refusal}'"))
    assert [result.states()[task] for task in ("create", "after")] == states.split()
    assert result.tries("create") == 1 and animatic.stats()["paid_posts"] == 1
    left = result.xcom("create", "sora_refusal")
    assert (left["reason"], left["code"]) == ("content_policy", CODE)
    jobs = [job["id"] for job in animatic.jobs()]
    assert left["video_id"] == (jobs[0] if jobs else None)
    assert left["status_code"] == (None if jobs else 400)
    assert ("the server's rule" if jobs else "Nothing was paid.") in left["message"]
    assert result.xcom("create") is None


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ({"on": "create", "action": "status", "preset": "insufficient_quota"}, ""),
        ({"on": "create", "action": "status", "preset": "model_not_found"}, ""),
        ({"on": "create", "action": "fail_job", "preset": "server_error"}, "retries=0"),
        ({"on": "create", "action": "status", "status": 401}, ""),
        (None, "sora_conn_id='no_such_connection'"),
        (None, "seconds=5"),
        (None, "max_cost_usd=0.01"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_nothing_else_is_a_refusal(rule, arguments, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    if rule:
        animatic.fault(times=1, **rule)
    result = run_dag(DAG.format(arguments=f"on_refusal='skip', {arguments}"))
    assert result.states() == {"create": "failed", "after": "upstream_failed"}
    assert result.xcom("create", "sora_refusal") is None


def test_a_word_that_is_none_is_refused_before_paying(animatic, run_dag, sora_connection, capsys) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(DAG.format(arguments="on_refusal='ignore'"))
    assert (result.state, animatic.stats()["paid_posts"]) == ("failed", 0)
    assert "on_refusal must be fail or skip, but it is 'ignore'. Nothing was paid." in capsys.readouterr().out


def test_one_refused_item_leaves_the_others_of_its_group(
    animatic, gcs_server, gcs_bucket, run_dag, sora_connection
) -> None:
    sora_connection(animatic.url, KEY)
    at_submit(animatic, match="a sword")
    result = run_dag(f"""
from airflow.sdk import DAG, task_group
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    @task_group
    def clip(prompt):
        made = CreateVideoOperator(task_id="make", prompt=prompt, on_refusal="skip", poll_interval=0.2)
        ArchiveVideoOperator(task_id="keep", video=made.output, destination="gs://{gcs_bucket}/clips")

    clip.expand(prompt=["a kite", "a sword", "a mug"])
""")
    assert result.state == "success", result.states()
    assert [result.states()[f"clip.keep[{index}]"] for index in range(3)] == ["success", "skipped", "success"]
    assert result.xcom("clip.make", "sora_refusal", map_index=1)["code"] == CODE


@pytest.fixture
def example(gcs_server, gcs_bucket) -> str:
    text = EXAMPLE.read_text("utf-8").replace("my-bucket", gcs_bucket)
    text = text.replace('with DAG("refused", schedule=None):', 'with DAG("DAG_ID", schedule=None) as dag:')
    return text.replace("prompt=", "poll_interval=0.2, prompt=")


def test_the_example_asks_for_a_tamer_clip_where_the_first_is_refused(
    example, animatic, run_dag, sora_connection
) -> None:
    sora_connection(animatic.url, KEY)
    at_submit(animatic)
    result = run_dag(example)
    assert result.state == "success", result.states()
    assert result.states() == {"film": "skipped", "which": "success", "tamer": "success", "keep": "success"}
    assert result.xcom("keep")["video_id"] == result.xcom("tamer")["video_id"]


def test_the_example_keeps_the_first_where_it_is_made(example, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(example)
    assert result.states() == {"film": "success", "which": "success", "tamer": "skipped", "keep": "success"}
    assert result.xcom("keep")["video_id"] == result.xcom("film")["video_id"]
    assert animatic.stats()["paid_submits"] == 1


def test_the_examples_branch_does_not_fire_for_a_missing_connection(example, animatic, run_dag) -> None:
    result = run_dag(example.replace("prompt=", "sora_conn_id='no_such_connection', prompt="))
    assert result.state == "failed"
    assert result.states() == {task: "upstream_failed" for task in ("which", "tamer", "keep")} | {"film": "failed"}
    assert animatic.stats()["paid_posts"] == 0
