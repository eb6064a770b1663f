"""The decorators as Airflow and a DAG's author meet them."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_provider_sora.decorators.video import sora_remix_task, sora_video_task
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.tasks.running import paying_task_ids

DECORATORS = [sora_video_task, sora_remix_task]


def words(name: str = "mug", ds: Any = None) -> dict[str, Any]:
    """One clip of a product."""
    return {"prompt": name}


@pytest.fixture
def dag() -> Any:
    with DAG("d", schedule=None) as dag:
        yield dag


def test_airflow_finds_them_by_name(dag: Any) -> None:
    made = task.sora_video(words)("mug").operator
    assert isinstance(made, CreateVideoOperator)
    assert isinstance(task.sora_remix(video="video_1")(words).override(task_id="r")("mug").operator, RemixOperator)
    assert made.task_id == "words" and made.doc_md == "One clip of a product."
    assert made.multiple_outputs is False, "its annotation says dict, and its output is one mapping"


@pytest.mark.parametrize("decorate", DECORATORS)
def test_what_cannot_work_is_said_while_the_dag_is_read(decorate: Any, dag: Any) -> None:
    async def later() -> str:
        return "a mug"

    for arguments, said in (({"prompt": "a"}, "leave prompt= out"), ({"multiple_outputs": True}, "multiple_outputs")):
        with pytest.raises(TypeError, match=said):
            decorate(**arguments)(words)("mug")
    with pytest.raises(TypeError, match=r"later\(\) must not be async"):
        decorate(later)()


@pytest.mark.parametrize("decorate", DECORATORS)
@pytest.mark.parametrize(("default_args", "own", "retries"), [({}, None, 2), ({"retries": 5}, None, 5), ({}, 0, 0)])
def test_retries_are_those_of_the_operators_mapped_or_not(decorate, default_args, own, retries) -> None:
    given = {} if own is None else {"retries": own}
    with DAG("d", schedule=None, default_args=default_args):
        made = decorate(**given)(words)
        assert made("mug").operator.retries == retries
        assert made.override(task_id="m").expand(name=["a", "b"]).operator.retries == retries
        assert made.override(task_id="n").partial(name="a").expand_kwargs([{}]).operator.retries == retries


def test_they_count_among_the_tasks_that_pay(dag: Any) -> None:
    made = task.sora_video(words)("mug").operator
    task.sora_video(words).override(task_id="mapped").expand(name=["a"])
    assert paying_task_ids(made) == ["mapped", "words"]


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_function_may_set_what_is_templated_and_nothing_else(decorate: Any, dag: Any) -> None:
    names = type(decorate(words)("mug").operator).answerable()
    assert {"prompt", "labels", "max_cost_usd", "input_reference", "destination"} <= names
    assert not names & {"op_args", "op_kwargs", "deferrable", "retries", "reference_fit"}


def test_it_survives_dag_serialization(dag: Any) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    task.sora_video(words)("mug")
    task.sora_video(words).override(task_id="mapped").expand(name=["a"])
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert [again.get_task(name).retries for name in ("words", "mapped")] == [2, 2]
