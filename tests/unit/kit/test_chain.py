"""What a DAG file adds to a chain by name, former names included; and a report that finds none or several chains."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.exceptions import AirflowProviderDeprecationWarning
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.kit import Clip, ClipChain
from airflow_provider_sora.runs.clips import clips_before
from airflow_provider_sora.tasks.terms import read_terms

CLIPS = (
    Clip("base", prompt="prompt", make="base", archive="archive_base"),
    Clip("remix", prompt="remix_prompt", make="remix", archive="archive_remix"),
)
PHOTO = {"photo": "/data/mug.png", "pad_color": "#F3EEE6"}
GIVEN = {"prompt": "a mug", "remix_prompt": "at night", "model": "m", "seconds": 4, "size": "1280x720"}


def made(**chain: Any) -> list[Any]:
    with DAG("d", schedule=None):
        return ClipChain(CLIPS, photo=True, **chain).tasks(**GIVEN, **PHOTO, labels={}, destination="gs://b/p")


def picture(operator: Any) -> Any:
    rendered = {
        "video": "video_1",
        "max_jobs": 1,
        "poll_interval": 15,
        "sora_conn_id": "sora_default",
        "variant_fallback": "fail",
    }
    arguments = vars(operator)
    return read_terms(arguments | {name: value for name, value in rendered.items() if name in arguments}).picture


@pytest.mark.parametrize(
    "former, now",
    [
        ({"reference_fit": "cover"}, {"fit": "cover", "pad_color": "#F3EEE6"}),
        ({"pad_color": "#000000"}, {"fit": "contain", "pad_color": "#000000"}),
        ({"reference_fit": "cover", "pad_color": "#000000"}, {"fit": "cover", "pad_color": "#000000"}),
        ({"reference_conn_id": "shop"}, {"fit": "contain", "pad_color": "#F3EEE6", "conn_id": "shop"}),
    ],
)
def test_a_former_name_in_the_dag_file_goes_before_what_the_chain_says(former: Any, now: Any) -> None:
    with pytest.warns(AirflowProviderDeprecationWarning):
        before = made(create=former)[0]
    assert picture(before) == picture(made(create={"reference_options": now})[0])
    with pytest.warns(AirflowProviderDeprecationWarning):
        before = made(remix=former, variant_fallback=True)[2]
    assert picture(before) == picture(made(remix={"reference_options": now}, variant_fallback=True)[2])


def test_both_names_from_the_dag_file_are_still_one_too_many() -> None:
    with pytest.warns(AirflowProviderDeprecationWarning):
        create = made(create={"reference_fit": "cover", "reference_options": {"fit": "contain"}})[0]
    with pytest.raises(ConfigurationError, match=r"reference_fit and reference_options=.* are both given"):
        picture(create)


@pytest.mark.parametrize("groups, found", [([], "there is none"), (["a", "b"], "there is several: a, b")])
def test_the_report_wants_one_chain_in_front_of_it(groups: list[str], found: str) -> None:
    chain = ClipChain(CLIPS, photo=True)
    with DAG("d", schedule=None):
        index = EmptyOperator(task_id="index")
        for name in groups:
            chain.group(name)(**GIVEN, **PHOTO, labels={}, destination="gs://b/p") >> index
    with pytest.raises(ConfigurationError, match=found):
        clips_before(index)
