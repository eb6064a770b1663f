"""The sensor against servers that do not agree with us: it speaks for itself, and remembers between two pokes."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_sora.jobs.waiting.polling import Watch
from tests.integration.protocol.peer import Peer, Reply

KEY = "sk-test-0123456789"
JOB = "/v1/videos/video_1"
MODES = pytest.mark.parametrize("how", ["mode='poke'", "mode='reschedule'", "deferrable=True"])


@pytest.fixture
def peer(sora_connection: Callable[..., None]) -> Iterator[Peer]:
    with Peer() as running:
        sora_connection(running.url, KEY, dialect="openai", request_timeout=5)
        yield running


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sensors.looking", "triggers.video"):
        monkeypatch.setattr(
            f"airflow_provider_sora.{module}.Watch", functools.partial(Watch, miss_grace=1.0, max_failures=3)
        )


def dag(arguments: str) -> str:
    return f"""
from airflow.sdk import DAG
from airflow_provider_sora.sensors.video import VideoCompletionSensor

with DAG("DAG_ID", schedule=None) as dag:
    VideoCompletionSensor(task_id="wait", video="video_1", poke_interval=0.3, retries=0, {arguments})
"""


def job(word: str, **fields: Any) -> Reply:
    return Reply(200, {"id": "video_1", "status": word, **fields})


@MODES
def test_a_job_that_is_nowhere_is_not_waited_for_until_the_timeout(peer, run_dag, capsys, how: str) -> None:
    began = time.monotonic()
    result = run_dag(dag(f"timeout=600, {how}"))
    said = capsys.readouterr().out
    assert result.state == "failed" and time.monotonic() - began < 60
    assert "VideoNotFoundError" in said and "This task only watches it" in said
    assert len(peer.seen) > 1, "one look is no verdict"
    for ours in ("on_clear", "It may be paid for", "was submitted again"):
        assert ours not in said


@MODES
def test_it_waits_as_long_as_the_server_asks_for(peer, run_dag, how: str) -> None:
    moments: list[float] = []

    def answer(_: Any) -> Reply:
        moments.append(time.monotonic())
        if len(moments) == 1:
            return Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "2"})
        return job("completed")

    peer.on("GET", JOB, answer)
    assert run_dag(dag(f"timeout=60, {how}")).state == "success"
    # A deferrable sensor makes its first look itself and defers; the trigger's first look is another process's.
    if "deferrable" not in how:
        assert moments[1] - moments[0] >= 1.9


@MODES
def test_its_end_says_what_was_last_seen(peer, run_dag, capsys, how: str) -> None:
    peer.on("GET", JOB, job("rejected", progress=10))
    assert run_dag(dag(f"timeout=1, {how}")).state == "failed"
    said = capsys.readouterr().out
    assert "last said 'rejected' at 10 %" in said and "status_words" in said
    assert "paid for nothing" in said


@MODES
def test_soft_fail_is_airflows_own(peer, run_dag, how: str) -> None:
    peer.on("GET", JOB, job("queued"))
    assert run_dag(dag(f"timeout=1, soft_fail=True, {how}")).states() == {"wait": "skipped"}


@MODES
def test_a_failure_of_somebody_elses_job_is_told_as_such(peer, run_dag, capsys, how: str) -> None:
    peer.on("GET", JOB, job("failed", fail_reason="worker died"))
    assert run_dag(dag(f"timeout=60, {how}")).state == "failed"
    said = capsys.readouterr().out
    assert "worker died" in said and "whoever submitted it decides" in said and "A retry submits" not in said


def test_without_a_store_a_rescheduled_sensor_says_what_it_cannot_do(peer, run_dag, capsys, monkeypatch) -> None:
    monkeypatch.setattr("airflow_provider_sora.sensors.memory.state_store", lambda context: None)
    assert run_dag(dag("timeout=600, mode='reschedule'")).state == "failed"
    said = capsys.readouterr().out
    assert "VideoNotFoundError" in said and "has no task state store" in said


@pytest.mark.parametrize("broken", ["get", "set"])
def test_a_store_that_fails_costs_a_memory_and_nothing_else(peer, run_dag, capsys, monkeypatch, broken: str) -> None:
    class Store:
        def get(self, key: str) -> Any:
            if broken == "get":
                raise OSError("down")
            return {"try": 1, "seen": "junk", "not_before": "junk"}

        def set(self, key: str, value: Any) -> None:
            if broken == "set":
                raise OSError("down")

    monkeypatch.setattr("airflow_provider_sora.sensors.memory.state_store", lambda context: Store())
    answers = [job("completed"), job("queued"), job("queued")]
    peer.on("GET", JOB, lambda _: answers.pop())
    assert run_dag(dag("timeout=60, mode='reschedule'")).state == "success"
    assert "looks anew" in capsys.readouterr().out
