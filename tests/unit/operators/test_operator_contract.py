"""What users expect of any operator: plain arguments, templates, mapping, retries, and one place for each default."""

from __future__ import annotations

import inspect
from datetime import timedelta

import pytest
from airflow.sdk import DAG, BaseOperator

from airflow_provider_sora.exceptions import AmbiguousSubmitError, RateLimitedError, VideoFailedError
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import (
    CreateVideoOperator,
    DeleteVideoOperator,
    EditVideoOperator,
    ExtendVideoOperator,
    RemixOperator,
)
from airflow_provider_sora.retry import SoraRetryPolicy
from airflow_provider_sora.sensors.video import VideoCompletionSensor
from tests.support.features import retry_policies

REQUIRED = {
    CreateVideoOperator: {"prompt": "a mug"},
    RemixOperator: {"prompt": "colder light", "video": "video_1"},
    EditVideoOperator: {"prompt": "colder light", "video": "video_1"},
    ExtendVideoOperator: {"prompt": "it falls", "video": "video_1", "seconds": 4},
    DeleteVideoOperator: {"video": "video_1"},
    ArchiveVideoOperator: {"video": "video_1", "destination": "gs://b/p"},
}
OWN = sorted(REQUIRED, key=lambda cls: cls.__name__)


def arguments(cls: type) -> set[str]:
    """Names of every argument that the provider's own classes add."""
    found: set[str] = set()
    for base in cls.mro():
        if base is BaseOperator:
            break
        if "__init__" in vars(base):
            found |= {p.name for p in inspect.signature(base.__init__).parameters.values() if p.kind is p.KEYWORD_ONLY}
    return found - {"retries", "retry_policy", "poke_interval"}


@pytest.mark.parametrize("cls", [*OWN, VideoCompletionSensor])
def test_arguments_are_stored_as_given_and_template_fields_are_arguments(cls: type) -> None:
    given = {**REQUIRED.get(cls, {"video": "video_1"})}
    task = cls(task_id="t", **given)
    for name, value in given.items():
        assert getattr(task, name) == value
    assert set(cls.template_fields) <= arguments(cls)
    for name in arguments(cls):
        assert hasattr(task, name), name


@pytest.mark.parametrize("cls", OWN)
def test_retries_unset_become_two_and_everyone_else_wins(cls: type) -> None:
    given = REQUIRED[cls]
    assert cls(task_id="t", **given).retries == 2
    assert cls(task_id="t", retries=0, **given).retries == 0
    with DAG("d", schedule=None, default_args={"retries": 5, "retry_delay": timedelta(seconds=1)}):
        assert cls(task_id="t", **given).retries == 5
        assert cls(task_id="u", retries=1, **given).retries == 1
        assert cls.partial(task_id="m", **given).expand_kwargs([{}]).retries == 5
    with DAG("e", schedule=None):
        assert cls.partial(task_id="n", retries=0, **given).expand_kwargs([{}]).retries == 0


@pytest.mark.parametrize("cls", OWN)
def test_a_mapped_task_has_two_retries_too(cls: type) -> None:
    retry_policies()  # before Airflow 3.3 a mapped task takes Airflow's own default
    with DAG("e", schedule=None):
        assert cls.partial(task_id="m", **REQUIRED[cls]).expand_kwargs([{}]).retries == 2


@pytest.mark.parametrize("cls", OWN)
def test_the_retry_policy_is_ours_unless_the_user_has_one(cls: type) -> None:
    given, own = REQUIRED[cls], retry_policies().ExceptionRetryPolicy(rules=[])
    assert isinstance(cls(task_id="t", **given).retry_policy, SoraRetryPolicy)
    assert cls(task_id="t", retry_policy=own, **given).retry_policy is own
    with DAG("d", schedule=None, default_args={"retry_policy": own}):
        assert cls(task_id="t", **given).retry_policy is own
    with DAG("e", schedule=None):
        assert isinstance(cls.partial(task_id="m", **given).expand_kwargs([{}]).retry_policy, SoraRetryPolicy)


def test_the_policy_never_retries_what_could_pay_twice_and_waits_as_told() -> None:
    RetryAction = retry_policies().RetryAction
    policy = SoraRetryPolicy()
    assert policy.evaluate(AmbiguousSubmitError("lost"), 1, 2).action is RetryAction.FAIL
    limited = policy.evaluate(RateLimitedError("slow", retry_after=7), 1, 2)
    assert (limited.action, limited.retry_delay) == (RetryAction.RETRY, timedelta(seconds=7))
    assert policy.evaluate(VideoFailedError("boom"), 1, 2).action is RetryAction.DEFAULT
    assert policy.evaluate(ValueError("bug"), 1, 2).action is RetryAction.DEFAULT


def test_a_mapped_task_survives_dag_serialization_with_its_retries() -> None:
    retry_policies()
    from airflow.serialization.serialized_objects import DagSerialization

    with DAG("mapped", schedule=None) as dag:
        CreateVideoOperator.partial(task_id="m").expand(prompt=["a", "b"])
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert again.get_task("m").retries == 2
