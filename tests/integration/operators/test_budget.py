"""The gate in front of a batch, with what earlier runs paid, archived or not."""

from __future__ import annotations

import pytest

from tests.support.animatic import KEY, lent_server

SOURCE = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

ITEMS = [{{"prompt": p, "model": "sora-2", "seconds": 4, "size": "1280x720"}} for p in ("a", "b", "c")]
with DAG("budget_dag", schedule=None) as dag:
    gate = BudgetCheckOperator(task_id="gate", requests=ITEMS, {limits})
    create = CreateVideoOperator.partial(task_id="create", poll_interval=0.2).expand_kwargs(ITEMS)
    gate >> create
"""


@pytest.fixture
def paid(sora_connection):
    with lent_server() as server:
        sora_connection(server.url, KEY, prices={"sora-2": {"*": 0.1}})
        yield lambda: server.stats()["paid_submits"]


def test_a_batch_above_the_limit_pays_nothing_and_the_day_counts_what_was_not_archived(paid, run_dag) -> None:
    refused = run_dag(SOURCE.format(limits="max_cost_usd=1.1"))
    assert refused.states()["gate"] == "failed" and paid() == 0
    first = run_dag(SOURCE.format(limits="max_cost_usd=1.2, daily_budget_usd=2.0, timezone='Asia/Tokyo'"))
    assert first.state == "success" and paid() == 3
    assert first.xcom("gate") == {"estimated_usd": 1.2, "spent_today_usd": 0.0, "videos": 3}
    second = run_dag(SOURCE.format(limits="daily_budget_usd=2.0, timezone='Asia/Tokyo'"))
    assert second.states()["gate"] == "failed" and paid() == 3
    third = run_dag(SOURCE.format(limits="daily_budget_usd=2.4, timezone='Asia/Tokyo'"))
    assert third.xcom("gate")["spent_today_usd"] == pytest.approx(1.2) and paid() == 6


def test_a_limit_without_a_price_refuses(paid, run_dag, sora_connection) -> None:
    with lent_server() as server:
        sora_connection(server.url, KEY)
        refused = run_dag(SOURCE.format(limits="max_cost_usd=100"))
        assert refused.states()["gate"] == "failed" and server.stats()["paid_submits"] == 0
