"""A remix that is only assumed, through real Airflow: the refusal costs nothing, and the fallback works at run time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.animatic import KEY, AnimaticServer, lent_server
from tests.support.known_servers import forget

CHAIN = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.protocol import missing

def another_process(context):
    # Each try of a task is a process of its own: nothing learnt in memory is left.
    missing.forget()

with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}) as dag:
    create = CreateVideoOperator(
        task_id="create", prompt="a red mug", seconds=2, size="640x384", poll_interval=0.2,
    )
    RemixOperator(
        task_id="remix", video=create.output, prompt="colder light", poll_interval=0.2,
        on_retry_callback=another_process, {more}
    )
"""


@pytest.fixture
def server(sora_connection) -> Iterator[AnimaticServer]:
    """A server of no known make: it has no remix, and nothing but a remix shows that."""
    forget()
    with lent_server(dialect="sglang") as running:
        sora_connection(running.url, KEY, dialect="plain")
        yield running
    forget()


def test_the_refused_remix_is_recreated(server, run_dag) -> None:
    result = run_dag(CHAIN.format(more="variant_fallback='recreate'"))
    assert result.state == "success", result.states()
    made, again = result.xcom("create"), result.xcom("remix")
    assert again["requested"]["call"] == "create" and again["requested"]["variant_fallback"] == "recreate"
    assert again["parent_id"] == made["video_id"] and result.tries("remix") == 1
    assert server.stats()["paid_submits"] == 2


@pytest.mark.parametrize("more", ["", "variant_fallback='fail'"])
def test_without_a_fallback_it_fails_at_once_and_costs_nothing(server, run_dag, capsys, more: str) -> None:
    result = run_dag(CHAIN.format(more=more))
    assert result.states() == {"create": "success", "remix": "failed"} and result.tries("remix") == 1
    assert server.stats()["paid_submits"] == 1
    assert "has no remix call: it answered HTTP 404" in capsys.readouterr().out


def test_a_retry_goes_on_with_the_recreated_clip(server, run_dag, gcs_bucket) -> None:
    """What the first try learnt is in its record: a later one must not ask for a remix, nor pay again."""
    server.fault(on="content", action="status", status=500, times=8)
    more = f"variant_fallback='recreate', destination='gs://{gcs_bucket}/clips', retries=3"
    result = run_dag(CHAIN.format(more=more))
    assert result.state == "success", result.states()
    assert result.tries("remix") > 1 and server.stats()["paid_submits"] == 2
    assert result.xcom("remix")["uri"].startswith(f"gs://{gcs_bucket}/clips/")
