"""A server that takes no more jobs for now: the task waits its turn, in the same try, and pays once."""

from __future__ import annotations

import pytest

from tests.support.animatic import KEY

SOURCE = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    CreateVideoOperator(
        task_id="create", prompt="a queue before a cinema", model="sora-2", seconds=4, size="1280x720",
        deferrable=DEFERRABLE, poll_interval=1, timeout=TIMEOUT, retries=0,
    )
"""


def source(deferrable: bool, timeout: float) -> str:
    return SOURCE.replace("DEFERRABLE", str(deferrable)).replace("TIMEOUT", str(timeout))


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("refusal", [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 503}])
def test_a_refused_create_waits_its_turn_without_a_retry(
    deferrable, refusal, animatic, run_dag, sora_connection, capsys
) -> None:
    sora_connection(animatic.url, KEY, dialect={"base": "animatic", "refusal_statuses": [503]})
    animatic.fault(on="create", action="status", times=2, **refusal)
    result = run_dag(source(deferrable, 120))
    assert result.state == "success"
    assert result.tries("create") == 1
    assert animatic.stats()["paid_submits"] == 1
    assert capsys.readouterr().out.count("Waiting for a turn") == 2


def test_who_is_never_let_in_fails_and_has_paid_nothing(animatic, run_dag, sora_connection, capsys) -> None:
    sora_connection(animatic.url, KEY)
    animatic.fault(on="create", action="status", status=429, times=None)
    result = run_dag(source(True, 12))
    assert result.state == "failed"
    assert "Nothing was paid. Next: let fewer of these tasks run at a time" in capsys.readouterr().out
    assert animatic.stats()["paid_submits"] == 0
