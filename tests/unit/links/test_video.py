"""Where the buttons on a task lead, and that there is none where there is nothing to see."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import XCom
from airflow.sdk.types import TaskInstanceKey

from airflow_provider_sora.links.video import ArchivedVideoLink, IndexPageLink, object_url, page_url

KEY = TaskInstanceKey(dag_id="d", task_id="t", run_id="r", map_index=-1)
CONSOLE = "https://console.cloud.google.com/storage/browser/_details/b/p/v/video.mp4"


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the task has left in XCom, by key."""
    left: dict[str, Any] = {}
    monkeypatch.setattr(XCom, "get_value", lambda *, ti_key, key: left.get(key))
    return left


def test_the_link_leads_to_the_object() -> None:
    assert object_url("gs://b/p/v/video.mp4") == CONSOLE
    assert object_url("file:///data/a b/v/video.mp4") == "file:///data/a%20b/v/video.mp4"
    console = "https://console.aws.amazon.com/s3/object/b?prefix=p%2Fv%2Fvideo.mp4"
    assert object_url("s3://b/p/v/video.mp4") == console
    assert object_url("abfs://b/p") == object_url("javascript:alert(1)") == object_url(None) == ""


def test_a_page_is_opened_as_one() -> None:
    assert page_url("gs://b/d/index.html") == "https://storage.cloud.google.com/b/d/index.html"
    assert page_url("file:///d/index.html") == "file:///d/index.html"
    assert page_url("javascript:alert(1)") == page_url(None) == ""


def test_the_video_s_button_opens_what_the_task_has_archived(pushed: dict[str, Any]) -> None:
    pushed["sora_record"] = {"video_id": "v", "uri": "gs://b/p/v/video.mp4"}
    assert ArchivedVideoLink().get_link(None, ti_key=KEY) == CONSOLE


@pytest.mark.parametrize("record", [None, "gs://b/p/v/video.mp4", {"video_id": "v"}, {"uri": None}])
def test_there_is_no_button_before_a_video_is_archived(record: object, pushed: dict[str, Any]) -> None:
    pushed["sora_record"] = record
    assert ArchivedVideoLink().get_link(None, ti_key=KEY) == ""


@pytest.mark.parametrize("page", [None, {"uri": "gs://b/d/index.html"}])
def test_there_is_no_page_before_it_is_written(page: object, pushed: dict[str, Any]) -> None:
    pushed["sora_page"] = page
    assert IndexPageLink().get_link(None, ti_key=KEY) == ""
    pushed["sora_page"] = "gs://b/d/index.html"
    assert IndexPageLink().get_link(None, ti_key=KEY) == "https://storage.cloud.google.com/b/d/index.html"


def test_each_button_has_a_key_that_airflow_does_not_write_over() -> None:
    # Airflow writes the finished link under the link's own key.
    keys = {ArchivedVideoLink().xcom_key, IndexPageLink().xcom_key}
    assert len(keys) == 2 and keys.isdisjoint({"sora_record", "sora_page"})
