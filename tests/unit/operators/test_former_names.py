"""Former names of arguments: they work as they did, warn where the DAG is written, and never beside the new one."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from airflow.exceptions import AirflowProviderDeprecationWarning
from airflow.sdk import DAG

from airflow_provider_sora.compat import edge_error
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.tasks.archiving.keeping import read_options
from airflow_provider_sora.tasks.former import NOW
from airflow_provider_sora.tasks.terms import Terms, read_terms

CREATE: dict[str, Any] = {"prompt": "a mug", "input_reference": "/data/mug.png"}
ARCHIVE: dict[str, Any] = {"video": "video_1", "destination": "gs://b/p"}
PICTURE = {"fit": "contain", "pad_color": "#F3EEE6", "conn_id": "shop", "allow_private_hosts": True}
OLD_PICTURE = {
    "reference_fit": "contain",
    "pad_color": "#F3EEE6",
    "reference_conn_id": "shop",
    "allow_private_hosts": True,
}
STORAGE = {
    "storage_conn_id": "minio",
    "prompt_storage": "hash",
    "stills": False,
    "kms_key_name": "k",
    "storage_class": "NEARLINE",
    "cache_control": None,
    "user_project": "p",
}


def terms(task: Any) -> Terms:
    return read_terms(vars(task))


@pytest.mark.parametrize("cls, more", [(CreateVideoOperator, {}), (RemixOperator, {"video": "video_1"})])
def test_a_picture_under_former_names_is_the_same_picture_and_each_name_is_warned_of_here(cls: Any, more: Any) -> None:
    with pytest.warns(AirflowProviderDeprecationWarning) as told:
        before = cls(task_id="t", **CREATE, **more, **OLD_PICTURE)
    assert {Path(one.filename) for one in told} == {Path(__file__)}
    said = sorted(str(one.message) for one in told)
    assert len(said) == len(OLD_PICTURE)
    assert f"{cls.__name__}('t'): pad_color is now reference_options={{'pad_color': …}}." in said[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        now = cls(task_id="t", **CREATE, **more, reference_options=PICTURE)
    assert terms(before).picture == terms(now).picture
    assert terms(before).picture != terms(cls(task_id="t", **CREATE, **more)).picture


def test_an_archive_under_former_names_is_the_same_archive_none_for_no_cache_control_included() -> None:
    with pytest.warns(AirflowProviderDeprecationWarning, match="stills is now archive_options={'stills': …}"):
        before = ArchiveVideoOperator(task_id="t", **ARCHIVE, **STORAGE)
    now = ArchiveVideoOperator(task_id="t", **ARCHIVE, archive_options=STORAGE)
    plain = ArchiveVideoOperator(task_id="t", **ARCHIVE)._options()
    assert before._options() == now._options()
    assert before._options().cache_control is None and plain.cache_control == "private, max-age=0, no-transform"
    assert plain.stills and plain == read_options({})


@pytest.mark.parametrize("former", sorted(set(NOW) - {"daily_limit_usd"}))
def test_one_argument_under_both_names_is_an_error_before_paying(former: str) -> None:
    name, key = NOW[former]
    value = {**OLD_PICTURE, **STORAGE}[former]
    with pytest.warns(AirflowProviderDeprecationWarning):
        if name == "archive_options":
            task: Any = ArchiveVideoOperator(task_id="t", **ARCHIVE, **{former: value, name: {key: value}})
        else:
            task = CreateVideoOperator(task_id="t", **CREATE, **{former: value, name: {key: value}})
    with pytest.raises(ConfigurationError, match=f"{former} and {name}=.* are both given.*Nothing was paid"):
        task._options() if name == "archive_options" else terms(task)


def test_the_two_kinds_of_setting_may_stand_beside_each_other() -> None:
    with pytest.warns(AirflowProviderDeprecationWarning):
        task = ArchiveVideoOperator(task_id="t", **ARCHIVE, stills=False, archive_options='{"prompt_storage": "hash"}')
    assert (task._options().stills, task._options().prompt_storage) == (False, "hash")


def test_the_budget_of_a_day_has_one_name() -> None:
    requests: Any = [{"model": "m", "seconds": 4}]
    with pytest.warns(AirflowProviderDeprecationWarning, match="daily_limit_usd is now daily_budget_usd=…"):
        both = BudgetCheckOperator(task_id="t", requests=requests, daily_limit_usd=1, daily_budget_usd=1)
        blank = BudgetCheckOperator(task_id="t", requests=requests, daily_limit_usd="None")
    refused = type(edge_error(ConfigurationError("before 3.3 it leaves in Airflow's own")))
    with pytest.raises(refused, match="daily_limit_usd and daily_budget_usd=… are both given"):
        both.execute({})  # type: ignore[arg-type,typeddict-item]
    with pytest.raises(refused, match="daily_budget_usd renders blank"):
        blank.execute({})  # type: ignore[arg-type,typeddict-item]


def test_mapped_tasks_and_default_args_take_former_names() -> None:
    with DAG("d", schedule=None, default_args={"pad_color": "#ffffff"}):
        mapped = CreateVideoOperator.partial(task_id="m", prompt="p", reference_fit="cover").expand_kwargs([{}])
        stored = ArchiveVideoOperator.partial(task_id="a", **ARCHIVE).expand(prompt_storage=["hash", "full"])
        with pytest.warns(AirflowProviderDeprecationWarning, match="pad_color"):
            task = CreateVideoOperator(task_id="t", **CREATE)
    assert terms(task).picture.pad_color == "#ffffff"  # type: ignore[union-attr]
    with pytest.warns(AirflowProviderDeprecationWarning, match="reference_fit is now"):
        made = mapped.unmap({"input_reference": "/data/a.png"})
    assert terms(made).picture.fit == "cover"  # type: ignore[union-attr]
    with pytest.warns(AirflowProviderDeprecationWarning, match="prompt_storage is now"):
        kept: Any = stored.unmap({"prompt_storage": "hash"})
    assert kept._options().prompt_storage == "hash"


def test_an_option_that_renders_to_nothing_is_refused_as_an_argument_is() -> None:
    with DAG("d", schedule=None, render_template_as_native_obj=True):
        task = CreateVideoOperator(
            task_id="t", **CREATE, reference_options={"fit": "{{ nothing }}"},
            archive_options={"kms_key_name": "{{ nothing }}", "storage_class": None},
        )  # fmt: skip
    task.render_template_fields({"nothing": None})  # type: ignore[arg-type,typeddict-item,typeddict-unknown-key]
    assert task.archive_options == {"kms_key_name": "", "storage_class": None}
    with pytest.raises(ConfigurationError, match="kms_key_name renders blank"):
        terms(task)
    task.archive_options = None
    with pytest.raises(ConfigurationError, match=r"reference_options\.fit renders blank"):
        terms(task)


@pytest.mark.parametrize(
    "options, said", [({"fitt": "cover"}, "Did you mean 'fit'"), ({"allow_private_hosts": ""}, "")]
)
def test_an_option_that_does_not_exist_or_is_of_a_wrong_type_is_refused(options: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{said}.*Nothing was paid"):
        terms(CreateVideoOperator(task_id="t", **CREATE, reference_options=options))
