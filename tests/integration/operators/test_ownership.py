"""Whose job it is: other DAGs of this Airflow, and another Airflow with the same DAGs."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from airflow_provider_sora.jobs.request_digest import Scope, fingerprint_of, idempotency_key
from airflow_provider_sora.tasks.paying.obtaining import scope_of
from tests.support.animatic import KEY, AnimaticServer
from tests.unit.jobs.fakes import Desk, create

SOURCE = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    CreateVideoOperator(
        task_id="create", prompt="the evening's opening titles", model="sora-2", seconds=4, size="1280x720",
        wait_for_completion=False, ambiguous_settle=1, retries=0,
    )
"""


@pytest.fixture
def animatic() -> Iterator[AnimaticServer]:
    with AnimaticServer() as server:
        yield server


@pytest.fixture(params=["every run is read", "noted runs are read"])
def notes(request: pytest.FixtureRequest, airflow_db: None) -> str:
    """What a search reads: all runs, as on the first days after an upgrade, or those that are noted."""
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(Variable).filter(Variable.key.startswith("sora_paid.since.")).delete()
        if request.param == "noted runs are read":
            session.add(Variable(key="sora_paid.since.1000000000", val="{}"))
    return str(request.param)


def test_a_job_that_another_dag_has_claimed_is_never_adopted(notes, animatic, run_dag, sora_connection, capsys) -> None:
    sora_connection(animatic.url, KEY, request_timeout=5)
    first = run_dag(SOURCE)
    assert first.state == "success"
    animatic.fault(on="create", action="reset_after_body", times=1)
    second = run_dag(SOURCE)
    assert second.state == "failed", "the only job that fits is the first DAG's"
    assert "which does not prove that there is none" in capsys.readouterr().out
    assert second.xcom("create", "sora_claim")["video_id"] is None
    assert animatic.stats()["paid_submits"] == 1


def test_a_job_of_its_own_beside_another_dags_is_adopted(notes, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY, request_timeout=5)
    first = run_dag(SOURCE)
    animatic.fault(on="create", action="reset_after_accept", times=1)
    second = run_dag(SOURCE)
    assert second.state == "success"
    ids = {result.xcom("create", "video_id") for result in (first, second)}
    assert len(ids) == animatic.stats()["paid_submits"] == 2


def test_staging_and_production_have_a_job_each_on_a_server_that_honours_keys() -> None:
    """The same DAG, run, task and request in two Airflows, each with a state store of its own."""
    production, staging = Desk(), Desk()
    production.attempt(create())
    staging.attempt(create())
    assert production.server.posts[0] != staging.server.posts[0]


def test_without_a_record_the_deployments_name_keeps_them_apart() -> None:
    print_ = fingerprint_of(create(), "http://s/v1")
    keys = [idempotency_key(Scope("d", "r", "t", -1, name), print_, 1) for name in ("", "production", "staging")]
    assert len(set(keys)) == 3


def test_the_deployments_name_comes_from_airflows_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"ti": SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=None)}
    assert scope_of(context).key() == Scope("d", "r", "t").key(), "keys of earlier versions stay as they are"
    monkeypatch.setenv("AIRFLOW__SORA__DEPLOYMENT_ID", "staging")
    assert scope_of(context) == Scope("d", "r", "t", -1, "staging")


def test_a_claim_that_is_not_read_stops_and_never_gives_its_job_away(
    animatic, run_dag, sora_connection, monkeypatch, capsys
) -> None:
    from airflow_provider_sora.jobs.settling import siblings

    sora_connection(animatic.url, KEY, request_timeout=5)
    assert run_dag(SOURCE).state == "success"
    monkeypatch.setattr(siblings, "MAX_READS", 0)
    animatic.fault(on="create", action="reset_after_body", times=1)
    assert run_dag(SOURCE).state == "failed"
    assert "more than the 0 that a search reads" in capsys.readouterr().out
    assert animatic.stats()["paid_submits"] == 1
