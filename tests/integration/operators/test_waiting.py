"""Waiting and trying again through real Airflow: what each try costs, and what it leaves."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_sora.triggers.video import VideoCompletionTrigger
from tests.integration.protocol.peer import Peer, Reply
from tests.support.animatic import KEY, AnimaticServer, lent_server


@pytest.fixture(scope="module")
def server() -> Iterator[AnimaticServer]:
    with lent_server(render="lazy") as running:
        yield running


@pytest.fixture
def animatic(server: AnimaticServer, sora_connection: Callable[..., None]) -> AnimaticServer:
    server.reset()
    sora_connection(server.url, KEY, request_timeout=5)
    return server


def dag(arguments: str, poll_interval: float = 0.1) -> str:
    return f"""
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import *

with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}) as dag:
    CreateVideoOperator(
        task_id="create", model="sora-2", seconds=4, size="1280x720", poll_interval={poll_interval},
        prompt="a kite", {arguments}
    )
"""


def paid(animatic: AnimaticServer) -> int:
    return animatic.stats()["paid_submits"]


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_job_the_server_failed_is_replaced_once_per_retry(animatic, run_dag, deferrable: bool) -> None:
    animatic.fault(action="fail_job", times=1)
    result = run_dag(dag(f"deferrable={deferrable}"))
    assert (result.state, result.tries("create"), paid(animatic)) == ("success", 2, 2)


def test_and_no_more_often_than_there_are_retries(animatic, run_dag) -> None:
    animatic.fault(action="fail_job", times=None)
    result = run_dag(dag("retries=1"))
    assert (result.state, result.tries("create"), paid(animatic)) == ("failed", 2, 2)
    assert result.xcom("create", "video_id") == animatic.jobs()[-1]["id"], "a failed task still shows its job"


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_policy_refusal_is_not_tried_again(animatic, run_dag, deferrable: bool) -> None:
    animatic.fault(action="fail_job", preset="moderation_blocked", times=None)
    result = run_dag(dag(f"deferrable={deferrable}"))
    assert (result.state, result.tries("create"), paid(animatic)) == ("failed", 1, 1)


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_retry_past_the_deadline_looks_once_and_takes_what_is_there(
    animatic, run_dag, deferrable: bool, capsys
) -> None:
    animatic.fault(action="pace", render_seconds=5, times=1)
    # The first try's wait is over before the job is; retry_delay lets it finish.
    source = dag(f"deferrable={deferrable}, timeout=0.5, retries=1").replace("timedelta(0)", "timedelta(seconds=7)")
    result = run_dag(source)
    assert (result.state, result.tries("create"), paid(animatic)) == ("success", 2, 1)
    assert "left in place" in capsys.readouterr().out


def test_a_prompt_that_renders_anew_at_each_try_is_refused_and_not_paid(animatic, run_dag, capsys) -> None:
    animatic.fault(on="get", action="status", status=503, times=None)
    result = run_dag(dag("", 0.004).replace('prompt="a kite"', 'prompt="take {{ ti.try_number }}"'))
    said = capsys.readouterr().out
    assert (result.state, result.tries("create"), paid(animatic)) == ("failed", 2, 1)
    assert "RequestChangedError" in said
    assert "prompt changed" in said


def test_a_failed_archive_is_tried_again_with_the_same_video(animatic, run_dag, gcs_bucket) -> None:
    animatic.fault(on="content", action="status", status=500, times=8)
    result = run_dag(dag(f"retries=8, destination='gs://{gcs_bucket}/kept'"))
    assert (result.state, paid(animatic)) == ("success", 1)


def test_a_video_that_expired_before_it_was_archived_is_not_rendered_again(
    animatic, run_dag, gcs_bucket, capsys
) -> None:
    animatic.fault(action="expire", times=None)
    result = run_dag(dag(f"destination='gs://{gcs_bucket}/late'"))
    said = capsys.readouterr().out
    assert (result.state, paid(animatic)) == ("failed", 1)
    assert "VideoExpiredError" in said


@pytest.fixture
def older_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Airflow 3.2 lacks: a task state store and retry policies."""
    monkeypatch.setattr("airflow_provider_sora.tasks.paying.obtaining.state_store", lambda context: None)
    monkeypatch.setattr("airflow_provider_sora.compat.HAS_RETRY_POLICY", False)
    monkeypatch.setattr("airflow_provider_sora.operators.shared.base.HAS_RETRY_POLICY", False)


@pytest.mark.usefixtures("older_airflow")
class TestWithoutAStateStore:
    def test_it_says_so_and_works(self, animatic, run_dag, capsys) -> None:
        result = run_dag(dag("deferrable=True"))
        assert (result.state, paid(animatic)) == ("success", 1)
        assert "no task state store" in capsys.readouterr().out

    def test_it_says_nothing_where_durable_was_not_asked_for(self, animatic, run_dag, capsys) -> None:
        assert run_dag(dag("durable=False")).state == "success"
        assert "no task state store" not in capsys.readouterr().out

    def test_a_lost_answer_is_settled_within_the_try(self, animatic, run_dag) -> None:
        animatic.fault(on="create", action="reset_after_accept", times=1)
        result = run_dag(dag(""))
        assert (result.state, result.tries("create"), paid(animatic)) == ("success", 1, 1)

    def test_what_must_not_be_retried_is_not(self, animatic, run_dag, capsys) -> None:
        animatic.fault(action="fail_job", preset="moderation_blocked", times=None)
        result = run_dag(dag(""))
        assert (result.state, result.tries("create"), paid(animatic)) == ("failed", 1, 1)
        assert "AirflowFailException" in capsys.readouterr().out

    def test_a_retry_pays_again_which_the_docs_say(self, animatic, run_dag) -> None:
        animatic.fault(on="get", action="status", status=503, times=10)
        result = run_dag(dag("retries=1", 0.004))
        assert (result.state, result.tries("create"), paid(animatic)) == ("success", 2, 2)


@pytest.mark.parametrize("dialect", ["openai", "auto"])
def test_the_trigger_never_blocks_its_loop(sora_connection: Any, dialect: str) -> None:
    """The server answers only once a task beside the trigger's has had its turns: on a blocked loop it never has."""
    turns = threading.Event()

    def when_others_had_their_turn(_: Any) -> Reply:
        assert turns.wait(20)
        return Reply(200, {"id": "video_1", "object": "video", "status": "completed"})

    async def ticker() -> None:
        for _ in range(20):
            await asyncio.sleep(0.01)
        turns.set()

    async def both(trigger: VideoCompletionTrigger) -> list[Any]:
        looking = asyncio.create_task(anext(trigger.run()))
        await ticker()
        return [(await looking).payload["status"]]

    with Peer() as peer:
        peer.on("GET", "/v1/videos/video_1", when_others_had_their_turn)
        sora_connection(peer.url, KEY, dialect=dialect, request_timeout=30)
        trigger = VideoCompletionTrigger(
            video_id="video_1", sora_conn_id="sora_default", deadline=time.time() + 60, first_poll_after=0.0
        )
        assert asyncio.run(both(trigger)) == ["completed"]
        assert {request.method for request in peer.seen} == {"GET"}


def test_a_policy_of_the_users_own_wins_and_sees_our_errors(animatic, run_dag) -> None:
    animatic.fault(action="fail_job", times=None)
    own = """retries=2, retry_policy=ExceptionRetryPolicy(rules=[RetryRule(
        exception="airflow_provider_sora.exceptions.VideoFailedError", action=RetryAction.FAIL)])"""
    names = "from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule\n"
    result = run_dag(names + dag(own))
    assert (result.state, result.tries("create"), paid(animatic)) == ("failed", 1, 1)
