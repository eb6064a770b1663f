"""Where the buttons on a task lead, and that there is none where there is nothing to see."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import XCom
from airflow.sdk.types import TaskInstanceKey

from airflow_provider_sora.links.video import ArchivedVideoLink, IndexPageLink, object_url, page_url, show

KEY = TaskInstanceKey(dag_id="d", task_id="t", run_id="r", map_index=-1)
CONSOLE = "https://console.cloud.google.com/storage/browser/_details/b/p/v/video.mp4"


class Task:
    """As much of a task instance as its buttons need, with what it has left in XCom."""

    dag_id, task_id, run_id, map_index = KEY.dag_id, KEY.task_id, KEY.run_id, KEY.map_index

    def __init__(self) -> None:
        self.left: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.left[key] = value


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


def test_the_video_s_button_opens_what_the_task_has_archived() -> None:
    task, record = Task(), {"video_id": "v", "uri": "gs://b/p/v/video.mp4"}
    show(task, "sora_record", record)
    assert task.left == {"sora_record": record}
    assert ArchivedVideoLink().get_link(None, ti_key=KEY) == CONSOLE


@pytest.mark.parametrize("record", [None, "gs://b/p/v/video.mp4", {"video_id": "v"}, {"uri": None}])
def test_there_is_no_button_before_a_video_is_archived(record: object) -> None:
    show(Task(), "sora_record", record)
    assert ArchivedVideoLink().get_link(None, ti_key=KEY) == ""


@pytest.mark.parametrize("page", [None, {"uri": "gs://b/d/index.html"}])
def test_there_is_no_page_before_it_is_written(page: object) -> None:
    show(Task(), "sora_page", page)
    assert IndexPageLink().get_link(None, ti_key=KEY) == ""
    show(Task(), "sora_page", "gs://b/d/index.html")
    assert IndexPageLink().get_link(None, ti_key=KEY) == "https://storage.cloud.google.com/b/d/index.html"


def test_what_another_task_of_this_process_showed_is_not_taken_for_this_one_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(**_: Any) -> None:
        raise AssertionError("Airflow logs an error for each XCom that is missing")

    monkeypatch.setattr(XCom, "get_value", asked)
    show(Task(), "sora_record", {"uri": "gs://b/p/v/video.mp4"})
    other = TaskInstanceKey(dag_id="d", task_id="t", run_id="r", map_index=3)
    assert ArchivedVideoLink().get_link(None, ti_key=other) == ""


def test_each_button_has_a_key_that_airflow_does_not_write_over() -> None:
    # Airflow writes the finished link under the link's own key.
    keys = {ArchivedVideoLink().xcom_key, IndexPageLink().xcom_key}
    assert len(keys) == 2 and keys.isdisjoint({"sora_record", "sora_page"})
