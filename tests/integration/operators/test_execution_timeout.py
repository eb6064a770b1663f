"""An execution timeout is no kill: the job goes on, and the retry goes on with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.animatic import KEY, AnimaticServer, lent_server

SOURCE = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None, default_args={"retry_delay": timedelta(0)}) as dag:
    CreateVideoOperator(
        task_id="create", prompt="a red mug", model="sora-2", seconds=4, size="1280x720", poll_interval=0.2,
        cancel_on_kill=True, retries=4, execution_timeout=timedelta(seconds=4), deferrable=DEFERRABLE,
    )
"""


@pytest.fixture
def slow_server() -> Iterator[AnimaticServer]:
    with lent_server(render_seconds=9) as server:
        yield server


@pytest.mark.parametrize("deferrable", [False, True])
def test_the_retry_goes_on_with_the_job(slow_server, deferrable, run_dag, sora_connection, capsys) -> None:
    sora_connection(slow_server.url, KEY)
    result = run_dag(SOURCE.replace("DEFERRABLE", str(deferrable)))
    said = capsys.readouterr().out
    assert result.state == "success", said[-3000:]
    assert result.tries("create") > 1, "the timeout acted"
    stats = slow_server.stats()
    assert (stats["paid_posts"], stats["calls"].get("cancel", 0)) == (1, 0)
    if deferrable:
        assert "execution_timeout of 0:00:04 passed" in said
    else:
        assert "was left in place; a retry goes on with it" in said
