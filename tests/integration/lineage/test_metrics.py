"""The counters of a clip's way, with the tags of Airflow's own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.support.animatic import KEY

DAG = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    CreateVideoOperator(
        task_id="make", prompt="a mug", model="sora-2", seconds=4, size="1280x720", poll_interval=0.2, retries=0,
        {arguments}
    )
"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], dict[str, dict[str, str]]]:
    """What Airflow's ``Stats`` was told: sums and tags by name."""
    from airflow.providers.common.compat.sdk import Stats

    sums: Counter[str] = Counter()
    tags: dict[str, dict[str, str]] = {}

    def incr(stat: str, count: int = 1, rate: float = 1, *, tags_of: Any = None, **more: Any) -> None:
        if stat.startswith("sora."):
            sums[stat] += count
            tags[stat] = more["tags"]

    monkeypatch.setattr(Stats, "incr", incr)
    return sums, tags


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_clip_is_counted_once_at_every_stage(
    deferrable, counted, animatic, run_dag, sora_connection, tmp_path
) -> None:
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}}, dialect="animatic")
    arguments = f"deferrable={deferrable}, destination='file://{tmp_path}/clips'"
    result = run_dag(DAG.format(arguments=arguments))
    assert result.state == "success", result.states()
    sums, tags = counted
    stored = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".webp", ".jpg"))
    assert sums == {
        "sora.submitted": 1,
        "sora.estimated_usd_cents": 40,
        "sora.completed": 1,
        "sora.archived_bytes": stored,
    }
    whose = {"dag_id": result.dag_run.dag_id, "task_id": "make", "dialect": "animatic"}
    assert all(one == whose for one in tags.values())


def test_a_refusal_and_a_failure_are_counted_apart(counted, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    animatic.fault(on="create", action="status", preset="moderation", times=1)
    assert run_dag(DAG.format(arguments="")).state == "failed"
    assert counted[0] == {"sora.refused": 1}
    animatic.fault(action="fail_job", preset="server_error", times=1)
    assert run_dag(DAG.format(arguments="")).state == "failed"
    assert counted[0] == {"sora.refused": 1, "sora.submitted": 1, "sora.estimated_usd_cents": 0, "sora.failed": 1}
