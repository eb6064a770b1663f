"""What a review may be written with, and who may answer it."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG, Param

from airflow_provider_sora.compat import HAS_RETRY_POLICY, edge_error
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.review import ReviewVideoOperator
from airflow_provider_sora.tasks.questions.archived_clip import receipt_uri_of
from airflow_provider_sora.tasks.questions.asking import with_people


@pytest.mark.parametrize("default", ["Approve", "Change", ["Approve"], ["Reject", "Change"], "approve"])
def test_nobody_approves_or_pays_by_being_absent(default: Any) -> None:
    with pytest.raises(ConfigurationError, match="only a person approves"):
        ReviewVideoOperator(task_id="review", video="gs://b/v/receipt.json", defaults=default)


def test_a_default_that_only_a_run_shows_is_refused_before_anybody_is_asked() -> None:
    review = ReviewVideoOperator(task_id="review", video="gs://b/v/receipt.json", defaults="Reject")
    review.defaults = ["Approve"]
    refused = type(edge_error(ConfigurationError("before 3.3 it leaves in Airflow's own")))
    with pytest.raises(refused, match=r"Nothing was published\. Nothing was paid"):
        review.execute({})  # type: ignore[typeddict-item]


def test_the_form_has_one_field_and_none_of_the_dags_params() -> None:
    with DAG("d", schedule=None, params={"brand": Param("hinoki")}):
        review = ReviewVideoOperator(task_id="review", video="gs://b/v/receipt.json")
        mapped = ReviewVideoOperator.partial(task_id="mapped", approvers=2).expand(video=["gs://b/v/receipt.json"])
    assert list(review.serialized_params) == ["words"]
    assert review.options == ["Approve", "Reject", "Change"] and review.defaults is None
    assert review.retries == 2
    if HAS_RETRY_POLICY:  # before 3.3 a mapped task has the retries that its DAG file gives it
        assert mapped.retries == 2
    assert [one.name for one in review.outlets] == ["sora_approved"]


@pytest.mark.parametrize(
    ("given", "people"),
    [
        (None, []),
        ("[]", []),
        ("kenji", ["kenji"]),
        ("kenji, hana", ["kenji", "hana"]),
        ('["kenji", "hana"]', ["kenji", "hana"]),
        (["kenji", {"id": "2", "name": "hana"}], ["kenji", "2"]),
        ({"id": "2"}, ["2"]),
    ],
)
def test_who_may_answer(given: Any, people: list[str]) -> None:
    assert [one["id"] for one in with_people(given)] == people


@pytest.mark.parametrize("given", ["", "None", [None], [""], [{"name": "hana"}], [2], 5, "[1]"])
def test_a_name_that_cannot_be_read_lets_nobody_answer(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="assigned_users"):
        with_people(given)


def test_only_an_archived_video_is_asked_about() -> None:
    assert receipt_uri_of(" gs://b/v/receipt.json ") == "gs://b/v/receipt.json"
    assert receipt_uri_of({"video_id": "v", "receipt_uri": "gs://b/v/receipt.json"}) == "gs://b/v/receipt.json"
    for video in ("video_1", {"video_id": "v"}):
        with pytest.raises(ConfigurationError, match="not archived"):
            receipt_uri_of(video)
