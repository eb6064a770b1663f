"""The server's own rules: ageing, validation, settings, fault rules, the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.animatic.__main__ import DIALECT_NAMES, listen, parser
from airflow_provider_sora.animatic.aging import Job, age
from airflow_provider_sora.animatic.dialects import DIALECTS
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.faults.book import FaultBook
from airflow_provider_sora.animatic.faults.rules import RuleError, read_rule
from airflow_provider_sora.animatic.faults.tripwire import call_of
from airflow_provider_sora.animatic.forms import Form
from airflow_provider_sora.animatic.jobs.store import Store
from airflow_provider_sora.animatic.settings import ServerSettings, SettingError
from airflow_provider_sora.animatic.validate import read_create


def job(**more: Any) -> Job:
    known: dict[str, Any] = {
        "id": "video_1", "key": "1" * 32, "call": "create", "model": "sora-2", "prompt": "p", "size": "1280x720",
        "seconds": 4, "billed_seconds": 4, "created_at": 100.0, "queue_seconds": 10.0, "render_seconds": 20.0,
    }  # fmt: skip
    return Job(**{**known, **more})


def test_a_job_ages_by_the_clock_and_waits_for_its_file() -> None:
    one = job()
    seen = [age(one, now) for now in (100, 109.9, 110, 120, 131)]
    assert [s.status for s in seen] == ["queued", "queued", "in_progress", "in_progress", "in_progress"]
    assert [s.progress for s in seen] == [0, 0, 1, 50, 99]
    one.rendered_at = 140.0
    assert (age(one, 141).status, age(one, 141).completed_at) == ("completed", 140.0)
    one.rendered_at = 112.0
    assert age(one, 120).status == "in_progress"
    assert age(one, 130).completed_at == 130.0


def test_failure_and_expiry() -> None:
    failed = job(failure={"code": "x", "message": "y"}, fail_at=0.5)
    assert [age(failed, now).status for now in (119, 120)] == ["in_progress", "failed"]
    lived = age(job(rendered_at=115.0, ttl=60.0), 131)
    assert (lived.expires_at, lived.content_lapsed(189), lived.content_lapsed(190)) == (190.0, False, True)
    assert age(job(stuck=True, rendered_at=115.0), 1e6).status == "in_progress"


@pytest.mark.parametrize(
    ("dialect", "fields", "seconds", "size"),
    [
        ("openai", {"seconds": "8", "size": "1280x720"}, 8, "1280x720"),
        ("vllm-omni", {"seconds": "3", "size": "640x360"}, 3, "640x360"),
        ("vllm-omni", {"num_frames": "48", "fps": "12"}, 4, "832x480"),
        ("sglang", {"seconds": 7, "width": 640, "height": 360}, 7, "640x360"),
        ("dynamo", {"model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "seconds": 5}, 5, "832x480"),
        ("new-api", {"model": "sora-2", "duration": 10}, 10, "720x1280"),
    ],
)
def test_creates_that_pass(dialect: str, fields: dict[str, Any], seconds: int, size: str) -> None:
    asked = read_create(Form("json", {"prompt": "p", **fields}), ServerSettings(), DIALECTS[dialect])
    assert (asked.seconds, asked.size) == (seconds, size)


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        ("openai", {"seconds": 8}),
        ("openai", {"fps": 24}),
        ("vllm-omni", {"seconds": "4.5"}),
        ("vllm-omni", {"size": "wide"}),
        ("vllm-omni", {"size": "9999x9999"}),
        ("vllm-omni", {"seconds": "100000"}),
        ("sglang", {"seconds": 4.5}),
        ("sglang", {"seconds": True}),
        ("dynamo", {"seconds": "4", "model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"}),
        ("dynamo", {}),
        ("new-api", {}),
    ],
)
def test_creates_that_do_not(dialect: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        read_create(Form("json", {"prompt": "p", **fields}), ServerSettings(), DIALECTS[dialect])


def test_settings_change_together_or_not_at_all() -> None:
    settings = ServerSettings()
    settings.change({"queue_seconds": 3, "key": "", "models": ["a"]})
    assert (settings.queue_seconds, settings.key, settings.models) == (3, None, ("a",))
    for wrong in (
        {"fps": 0},
        {"dialect": "sglang"},
        {"nope": 1},
        {"ttl": -1},
        {"render": "later"},
        {"image_hosts": "no"},
    ):
        with pytest.raises(SettingError):
            settings.change({"queue_seconds": 9, **wrong})
    assert settings.queue_seconds == 3
    shown = ServerSettings(key="hidden", webhook_secret="hidden").public()
    assert "hidden" not in str(shown) and shown["key"] == shown["webhook_secret"] == "set"


def test_fault_rules_outlive_a_restart_with_what_is_left_of_them(tmp_path: Path) -> None:
    book = FaultBook(tmp_path / "faults.json")
    book.add([{"on": "create", "action": "hang", "times": 2}, {"on": "get", "action": "vanish", "times": None}])
    assert [r.action for r in book.take("create", "", paid=True, among=book.rules)] == ["hang"]
    again = FaultBook(tmp_path / "faults.json")
    assert [(r.action, r.times, r.hits) for r in again.rules] == [("hang", 1, 1), ("vanish", None, 0)]


def test_one_fault_strikes_the_answer_and_any_number_the_job(tmp_path: Path) -> None:
    book = FaultBook(tmp_path / "faults.json")
    book.add([{"action": "stuck"}, {"action": "fail_job"}, {"action": "html"}, {"action": "hang"}])
    assert [r.action for r in book.take("create", "", paid=True, among=book.rules)] == ["stuck", "fail_job", "html"]
    assert [r.action for r in book.take("get", "", paid=False, among=book.rules)] == ["hang"]


def test_a_list_of_rules_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    book = FaultBook(tmp_path / "faults.json")
    with pytest.raises(RuleError):
        book.add([{"action": "hang"}, {"action": "hnag"}])
    assert book.rules == []
    with pytest.raises(RuleError, match="'times'"):
        read_rule({"action": "hang", "times": "2"}, 1)


@pytest.mark.parametrize(
    ("method", "path", "query", "call"),
    [
        ("POST", "/v1/videos", "", "create"),
        ("POST", "/videos", "", "create"),
        ("POST", "/v1/videos/sync", "", "create"),
        ("GET", "/v1/videos", "limit=2", "list"),
        ("POST", "/v1/videos/edits", "", "edit"),
        ("POST", "/v1/videos/v=/remix", "", "remix"),
        ("GET", "/v1/videos/a/content", "", "content"),
        ("GET", "/v1/videos/a/content", "variant=thumbnail", "thumbnail"),
        ("DELETE", "/v1/videos/a", "", "delete"),
        ("GET", "/animatic/stats", "", None),
    ],
)
def test_calls_are_told_by_method_and_path(method: str, path: str, query: str, call: str | None) -> None:
    assert call_of(method, path, query) == call


def test_counters_outlive_jobs_that_a_server_forgets(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.count_post("/v1/videos")
    store.add(job())
    kept = Store(tmp_path)
    assert kept.get("video_1") == job()
    forgot = Store(tmp_path, keep_jobs=False)
    assert (forgot.get("video_1"), forgot.stats()["paid_submits"], forgot.stats()["billed_seconds"]) == (None, 1, 4)


def test_command_line() -> None:
    assert tuple(DIALECTS) == DIALECT_NAMES
    options = parser().parse_args(["--no-prompts-in-list", "--model", "a", "--model", "b", "--ttl", "0"])
    assert (options.prompts_in_list, options.model, options.ttl, options.persist) == (False, ["a", "b"], 0, None)
    with listen("127.0.0.1", 0) as taken, pytest.raises(SystemExit, match=r"is in use; choose another with --port"):
        listen("127.0.0.1", taken.getsockname()[1])
