"""A task deferred under an earlier release resumes under this one, from what that release stored."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.module_loading import import_string

from airflow_provider_sora.exceptions import ConfigurationError, SoraError, VideoFailedError
from airflow_provider_sora.operators.video import CreateVideoOperator

#: As release 0.1 serialized it into the database.
TRIGGER = (
    "airflow_provider_sora.triggers.video.VideoCompletionTrigger",
    {
        "video_id": "video_1",
        "sora_conn_id": "sora_default",
        "deadline": 1785000000.0,
        "poll_interval": 15.0,
        "first_poll_after": 10.0,
        "submitted_at": 1784996400.0,
        "cancel_on_kill": False,
    },
)
RECORD = {
    "schema_version": 1, "video_id": "video_1", "parent_id": None, "sora_conn_id": "sora_default",
    "base_url": "http://h/v1", "dialect": "openai", "status": "queued",
    "requested": {"call": "create", "prompt": "a mug", "model": "sora-2", "seconds": 4, "size": "1280x720"},
    "returned": {"model": "sora-2"}, "cost_estimate_usd": 0.4, "labels": {"sku": "A1"},
    "submitted_at": "2026-07-25T16:20:00+00:00", "completed_at": None, "try_number": 1,
}  # fmt: skip
LEDGER = {
    "schema": 1, "phase": "submitted", "ordinal": 1, "idempotency_key": "k", "intent_at": 1784996400.0,
    "fingerprint": {"digest": "d", "match": "m", "parts": {"prompt": "p"}},
    "sora_conn_id": "sora_default", "base_url": "http://h/v1", "try_number": 1, "max_tries": 2, "clock_offset": None,
    "video_id": "video_1", "submitted_at": 1784996400.0, "deadline": 1785000000.0, "completed_at": None,
    "adopted": False, "destination": None, "returned": {},
}  # fmt: skip
JOB = {
    "status": "completed", "model": "sora-2", "size": "1280x720", "seconds": 4.0, "created_at": 1784996400.0,
    "completed_at": 1784996500.0, "expires_at": None, "cost_usd": None,
}  # fmt: skip
COMPLETED = {"status": "completed", "video_id": "video_1", "job": JOB, "error": None}


class Ti:
    dag_id, run_id, task_id, map_index, try_number, max_tries = "d", "r", "create", -1, 1, 2

    def xcom_pull(self, **_: Any) -> dict[str, Any]:
        return RECORD


class States(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value


def resumed(event: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    states = States({"sora_job": LEDGER})
    task = CreateVideoOperator(task_id="create", prompt="a mug", deferrable=True, **arguments)
    result = task.execute_complete({"ti": Ti(), "task_state_store": states}, event)  # type: ignore[typeddict-item]
    assert states["sora_job"]["phase"] == "completed"
    return result


def test_the_stored_trigger_is_the_one_that_is_stored_now() -> None:
    path, kwargs = TRIGGER
    assert import_string(path)(**kwargs).serialize() == TRIGGER


def test_the_stored_record_and_event_become_the_result() -> None:
    result = resumed(COMPLETED)
    assert (result["status"], result["completed_at"]) == ("completed", "2026-07-25T16:21:40+00:00")
    assert result["labels"] == {"sku": "A1"} and result["returned"]["seconds"] == 4.0


def test_keys_that_are_not_known_are_left_out() -> None:
    """An event of a later release, when an upgrade is undone."""
    assert resumed({**COMPLETED, "seen": {}, "job": {**JOB, "share": 1.0}})["status"] == "completed"
    error = {"type": "VideoFailedError", "message": "It failed.", "video_id": "video_1", "hint": "x", "seen": 4}
    with pytest.raises(VideoFailedError, match=r"^It failed\.$") as caught:
        resumed({"status": "error", "video_id": "video_1", "job": None, "error": error, "more": 1})
    assert caught.value.video_id == "video_1"
    with pytest.raises(SoraError, match="other words"):
        resumed({**COMPLETED, "status": "error", "error": {"type": "LaterError", "message": "other words"}})


def test_what_renders_wrong_only_on_resume_says_that_the_job_is_paid_for() -> None:
    # Before Airflow 3.3 only its own exception ends a task for good; it carries our text.
    with pytest.raises(
        (ConfigurationError, AirflowFailException), match=r"destination renders blank.*Job video_1 .* is paid for"
    ):
        resumed(COMPLETED, destination="None")
    # What was judged before the job was paid for is not judged again.
    assert resumed(COMPLETED, max_cost_usd="", size="None")["status"] == "completed"
