"""What a paying task is told, through real Airflow: a blank, a wrong type or a broken template costs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.animatic import KEY, AnimaticServer, lent_server

PRICES = {"sora-2": {"*": 0.1}}

ONE = """
import jinja2
from datetime import timedelta
from airflow.sdk import DAG, XComArg, task
from airflow_provider_sora.operators.video import *

GIVEN = dict(task_id="create", prompt="a mug", model="sora-2", seconds=4, size="1280x720", poll_interval=0.2)
with DAG("DAG_ID", schedule=None, default_args={"retry_delay": timedelta(0)}, params={"limit": None}, SETTINGS) as dag:
    CreateVideoOperator(**{**GIVEN, **dict(ARGUMENTS)})
"""

MAPPED = ONE.replace(
    "CreateVideoOperator(**{**GIVEN, **dict(ARGUMENTS)})",
    """given = dict(ARGUMENTS)
    rest = {name: value for name, value in GIVEN.items() if name not in given}
    CreateVideoOperator.partial(**rest).expand_kwargs([given])""",
)


@pytest.fixture
def animatic(sora_connection) -> Iterator[AnimaticServer]:
    with lent_server() as server:
        sora_connection(server.url, KEY, prices=PRICES)
        yield server


def source(arguments: str, form: str = ONE, dag: str = "") -> str:
    return form.replace("ARGUMENTS", arguments).replace("SETTINGS", dag)


def refused(result: Any, server: AnimaticServer, capsys: pytest.CaptureFixture[str], said: str) -> None:
    shown = capsys.readouterr().out
    assert (result.state, server.stats()["paid_posts"]) == ("failed", 0), result.states()
    assert {ti.try_number for ti in result.dag_run.get_task_instances() if ti.task_id == "create"} == {1}
    assert said in shown, shown[-2000:]
    assert "Nothing was" in shown


NOTHING = "'{{ params.limit }}'"


@pytest.mark.parametrize("form", [ONE, MAPPED], ids=["one", "mapped"])
@pytest.mark.parametrize(
    "name",
    ["max_cost_usd", "sora_conn_id", "seconds", "size", "model", "timeout", "destination", "input_reference",
     "fallback_conn_ids", "on_ambiguous_submit", "prompt", "archive_options", "max_jobs", "poll_interval"],
)  # fmt: skip
def test_a_template_that_renders_blank_is_refused_by_name(name, form, animatic, run_dag, capsys) -> None:
    result = run_dag(source(f"{name}={NOTHING}", form))
    refused(result, animatic, capsys, f"{name} ")


@pytest.mark.parametrize(
    ("arguments", "dag", "said"),
    [
        ("max_cost_usd=''", "", "max_cost_usd renders blank"),
        ("sora_conn_id=' '", "", "sora_conn_id renders blank"),
        # A native template gives None itself; it is no None that somebody wrote.
        ("max_cost_usd='{{ params.limit }}'", "render_template_as_native_obj=True,", "max_cost_usd renders blank"),
        ("prompt={'text': 'a mug'}", "", "prompt must be text, but it is a dict"),
        ("prompt=['a mug']", "", "prompt must be text, but it is a list"),
        ("prompt=4", "", "prompt must be text, but it is 4"),
        ("max_cost_usd=float('nan')", "", "max_cost_usd must be a finite number"),
        ("max_cost_usd='nan'", "", "max_cost_usd must be a number"),
        ("seconds='inf'", "", "seconds must be a number"),
        ("input_reference={'file_id': 'file-1'}", "", "input_reference must be text, but it is a dict"),
        ("input_reference=b'\\xff\\xd8\\xff'", "", "input_reference must be text, but it is a bytes"),
        ("labels={'sku': {'id': 1}}", "", "labels['sku'] must be text or a number"),
        ("characters=['char_1', None]", "", "an id in characters must be text"),
        ("poll_interval=0", "", "poll_interval must be a number above 0"),
        ("timeout=0", "", "timeout must be a number above 0"),
        ("durable='False'", "", "durable must be True or False"),
        ("archive_options={'stils': False}", "", "Did you mean 'stills'?"),
        ("sora_conn_id='sora_missing'", "", "Airflow has no connection 'sora_missing'"),
        ("sora_conn_id='other_kind'", "", "is of type 'http', not 'sora'"),
        ("prompt='{{ nobody.told }}'", "template_undefined=jinja2.StrictUndefined,", "The template of prompt cannot"),
        ("prompt='{{ nobody.told.us }}'", "", "The template of prompt cannot be rendered: UndefinedError"),
        ("prompt='{{ 1 +  }}'", "", "The template of prompt cannot be rendered: TemplateSyntaxError"),
    ],
)
@pytest.mark.parametrize("form", [ONE, MAPPED], ids=["one", "mapped"])
def test_what_is_wrong_is_refused_once_before_anything_is_paid(
    form, arguments, dag, said, animatic, run_dag, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_KIND", json.dumps({"conn_type": "http", "host": animatic.url}))
    refused(run_dag(source(arguments, form, dag)), animatic, capsys, said)


def test_a_task_that_returned_nothing_opens_no_guard(animatic, run_dag, capsys) -> None:
    text = source("max_cost_usd=limit()").replace(
        "    CreateVideoOperator", "    @task\n    def limit(): pass\n\n    CreateVideoOperator"
    )
    refused(run_dag(text), animatic, capsys, "max_cost_usd renders blank")


@pytest.mark.parametrize("form", [ONE, MAPPED], ids=["one", "mapped"])
def test_what_is_not_set_and_exact_number_text_are_taken(form, animatic, run_dag) -> None:
    rest = "first_poll_after=None, input_reference=None, fallback_conn_ids=None, labels='', gcp_conn_id=''"
    for limit in ("None", "'unlimited'", "'{{ 0.4 }}'", "'4e-1'"):
        given = f"max_cost_usd={limit}, seconds='4.0', timeout='60', sora_conn_id=None, {rest}"
        result = run_dag(source(given, form))
        assert result.state == "success", result.states()
    assert animatic.stats()["paid_submits"] == 4


def test_a_later_try_that_renders_wrong_says_what_was_paid_before(animatic, run_dag, capsys) -> None:
    animatic.fault(on="get", action="status", status=503, times=None)
    result = run_dag(source('size=\'{{ "1280x720" if ti.try_number == 1 else "" }}\', timeout=0.3'))
    shown = capsys.readouterr().out
    assert (result.state, result.tries("create"), animatic.stats()["paid_submits"]) == ("failed", 2, 1)
    video_id = result.xcom("create", "video_id") or ""
    assert "size renders blank" in shown and "of this task is paid for and was left in place" in shown
    assert video_id in shown


def test_the_connection_that_is_used_is_shown(animatic, run_dag, sora_connection) -> None:
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.utils.session import create_session

    sora_connection(animatic.url, KEY, conn_id="sora_two")
    text = source("sora_conn_id='sora_two'") + (
        "    RemixOperator(task_id='remix', video=dag.get_task('create').output, prompt='colder', poll_interval=0.2)\n"
        "    CreateVideoOperator(**{**GIVEN, 'task_id': 'plain'})\n"
    )
    result = run_dag(text)
    assert result.state == "success", result.states()
    with create_session() as session:
        rows = session.query(RenderedTaskInstanceFields).filter_by(run_id=result.dag_run.run_id)
        shown = {row.task_id: row.rendered_fields["sora_conn_id"] for row in rows}
    assert shown == {"create": "sora_two", "remix": "sora_two", "plain": "sora_default"}
    assert result.xcom("remix")["sora_conn_id"] == "sora_two"


def test_a_record_that_a_template_rendered_is_used_and_any_other_text_deletes_nothing(
    animatic, run_dag, capsys
) -> None:
    text = source("labels={'sku': \"it's\"}") + (
        "    made = dag.get_task('create')\n"
        "    made >> RemixOperator(\n"
        "        task_id='remix', video=\"{{ ti.xcom_pull('create') }}\", prompt='colder', poll_interval=0.2\n"
        "    )\n"
        "    made >> DeleteVideoOperator(task_id='gone', video=\"{{ ti.xcom_pull('nobody') }}\")\n"
        "    made >> DeleteVideoOperator(task_id='list', video=\"{{ [ti.xcom_pull('create')] }}\")\n"
    )
    result = run_dag(text)
    assert result.states() == {"create": "success", "remix": "success", "gone": "failed", "list": "failed"}
    assert (result.tries("gone"), result.tries("list")) == (1, 1)
    assert result.xcom("remix")["parent_id"] == result.xcom("create")["video_id"]
    assert capsys.readouterr().out.count("video must be the output of a task") >= 2


def test_a_task_pays_for_no_more_jobs_than_it_may(animatic, run_dag, capsys) -> None:
    animatic.fault(action="fail_job", times=None)
    result = run_dag(source("max_jobs='{{ 2 }}', retries=4"))
    assert (result.state, result.tries("create"), animatic.stats()["paid_submits"]) == ("failed", 3, 2)
    assert "2 jobs of this task made no video" in capsys.readouterr().out


def test_an_extension_of_a_length_that_the_server_has_not_costs_nothing(animatic, run_dag, capsys) -> None:
    text = source("") + (
        "    ExtendVideoOperator(\n"
        "        task_id='extend', video=dag.get_task('create').output, seconds='3', prompt='on', poll_interval=0.2\n"
        "    )\n"
    )
    result = run_dag(text)
    assert result.states() == {"create": "success", "extend": "failed"} and result.tries("extend") == 1
    assert animatic.stats()["paid_posts"] == 1
    assert "seconds is 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ("max_cost_usd=''", "max_cost_usd renders blank"),
        ("daily_budget_usd='None'", "daily_budget_usd renders blank"),
        ("", "no limit"),
        ("max_cost_usd=1, timezone=''", "timezone renders blank"),
        ("max_cost_usd=1, sora_conn_id=''", "sora_conn_id renders blank"),
        ("max_cost_usd=1, requests=[{'seconds': ''}]", "seconds renders blank"),
        ("max_cost_usd=1, requests=[{'seconds': 4, 'videos': 1.5}]", "videos must be a whole number"),
    ],
)
def test_a_gate_without_a_limit_is_no_gate(limits, said, animatic, run_dag, capsys) -> None:
    text = """
from airflow.sdk import DAG
from airflow_provider_sora.operators.budget import BudgetCheckOperator

with DAG("DAG_ID", schedule=None) as dag:
    BudgetCheckOperator(**{"task_id": "gate", "requests": [{"model": "sora-2", "seconds": 4}], **dict(LIMITS)})
"""
    result = run_dag(text.replace("LIMITS", limits))
    assert (result.state, result.tries("gate")) == ("failed", 1)
    assert said in capsys.readouterr().out
    assert run_dag(text.replace("LIMITS", "max_cost_usd='unlimited'")).state == "success"
