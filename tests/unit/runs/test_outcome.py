"""What became of each clip, read from what the group's tasks left behind; and where a run keeps its things."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, PolicyRefusalError
from airflow_provider_sora.runs.gates import is_on, leave_reason, skip_without_prompt
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.reporting import outcome
from airflow_provider_sora.runs.reporting.outcome import outcomes
from tests.unit.runs.fakes import CLIPS, FakeTi


def item(remix: str = "colder") -> PlannedItem:
    clip = {"prompt": "p", "remix_prompt": remix, "labels": {}, "destination": "gs://b/x"}
    return PlannedItem.from_json({"about": {"key": "k"}, "estimated_usd": 0.8, "clip": clip})


def test_outcomes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "PATIENCE", 0)
    ti = FakeTi()
    for index in (0, 2, 3):
        ti.kept[("g.archive", index, "return_value")] = {"uri": "gs://b/v.mp4"}
    ti.kept[("g.archive_remix", 0, "return_value")] = {"uri": "gs://b/r.mp4"}
    ti.kept[("g.create", 1, "failure")] = {"task": "g.create", "reason": "PolicyRefusalError: no"}
    ti.kept[("g.remix", 2, "return_value")] = {"video_id": "r"}
    found = outcomes(ti, [item(), item(), item(), item(remix="")], "g", CLIPS)
    assert [entry.status for entry in found] == ["archived", "failed", "failed", "archived"]
    assert found[1].reason.text == "PolicyRefusalError: no"
    assert [clip.status for clip in found[1].clips] == ["failed", "failed"]
    assert "paid for, but not archived" in found[2].reason.text
    assert [clip.name for clip in found[3].clips] == ["insert"]
    assert outcomes(ti, [], "g", CLIPS) == []


def test_jobs_are_counted_as_submitted_archived_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "PATIENCE", 0)
    ti = FakeTi()
    for index, claim in enumerate([
        {"ordinal": 3, "phase": "submitted"},  # two renders failed before
        {"ordinal": 2, "phase": "refused"},  # the second request was refused for certain
        {"ordinal": 1, "phase": "intent"},  # its answer was lost: there may be a job
        None,
    ]):  # fmt: skip
        ti.kept[("g.create", index, "sora_claim")] = claim
    ti.kept[("g.remix", 0, "sora_claim")] = {"phase": "submitted"}
    assert [one.submitted for one in outcomes(ti, [item()] * 4, "g", CLIPS)] == [4, 1, 1, 0]


def test_an_item_that_another_run_made_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome.time, "sleep", lambda seconds: pytest.fail("there is nothing to wait for"))
    ti = FakeTi()
    ti.kept[("g.create", 0, "failure")] = {"status": "unchanged", "reason": "made by another run"}
    (found,) = outcomes(ti, [item()], "g", CLIPS)
    assert (found.status, found.reason.text, found.submitted) == ("unchanged", "made by another run", 0)
    assert [clip.status for clip in found.clips] == ["unchanged", "unchanged"]


def test_a_reason_that_comes_after_the_tasks_end_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ti, waits = FakeTi(), []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        ti.kept[("g.create", 0, "failure")] = {"task": "g.create", "reason": "VideoFailedError: late"}

    monkeypatch.setattr(outcome.time, "sleep", wait)
    assert outcomes(ti, [item()], "g", CLIPS)[0].reason.text == "VideoFailedError: late"
    assert len(waits) == 1


def test_a_task_that_was_killed_still_tells_of_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "PATIENCE", 0)
    ti = FakeTi()
    ti.kept[("g.create", 0, "sora_record")] = {"video_id": "video_9"}
    insert, remix = outcomes(ti, [item()], "g", CLIPS)[0].clips
    assert "submitted as video_9" in insert.reason.text and "clear it" in insert.reason.text
    assert "not made" in remix.reason.text


def test_a_failing_task_leaves_its_reason() -> None:
    ti = FakeTi("g.create")
    leave_reason({"ti": ti, "exception": PolicyRefusalError("refused " + "x" * 5000)})
    kept = ti.kept[("g.create", 0, "failure")]
    assert kept["reason"].startswith("PolicyRefusalError: refused") and len(kept["reason"]) == 1000


def test_a_clip_without_a_prompt_is_skipped() -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    skip_without_prompt({"task": SimpleNamespace(prompt="colder")})
    with pytest.raises(AirflowSkipException):
        skip_without_prompt({"task": SimpleNamespace(prompt="")})


def test_switches() -> None:
    assert [is_on(value) for value in (True, "on", "ON", "true", False, "off", None, "")] == [True] * 4 + [False] * 4


def test_the_usual_destination_is_an_airflow_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    run = SimpleNamespace(dag_id="d", run_id="r", run_type="manual", logical_date=None, run_after=datetime.now(UTC))
    context = {"dag_run": run, "params": {"destination": None, "timezone": "Asia/Tokyo"}}
    monkeypatch.setenv("AIRFLOW_VAR_SORA_ARCHIVE", f"file://{tmp_path}/clips")
    assert PlannedRun.of(context).paths.prefix == f"file://{tmp_path}/clips"
    monkeypatch.setenv("AIRFLOW_VAR_SORA_ARCHIVE", "")
    with pytest.raises(ConfigurationError, match="No destination"):
        PlannedRun.of(context)
