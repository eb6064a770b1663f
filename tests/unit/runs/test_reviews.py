"""From a run's clips to the questions about them: one event a run, and the clips that it names."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import AssetAlias

from airflow_provider_sora.exceptions import ConfigurationError, ContentError
from airflow_provider_sora.review.announcing import MADE, asset, outlet
from airflow_provider_sora.runs.reporting.reviews import announce_made, clips_to_review, come_back
from airflow_provider_sora.tasks.archiving.archive_support import emit_asset_events


class Events:
    """What was announced before, and what is announced now."""

    def __init__(self, *before: dict[str, Any]) -> None:
        self.before = [SimpleNamespace(extra=extra) for extra in before]
        self.now: list[dict[str, Any]] = []

    def __getitem__(self, key: object) -> Events:
        return self

    def after(self, moment: str) -> list[Any]:
        datetime.fromisoformat(moment)
        return self.before

    def add(self, subject: Any, extra: dict[str, Any]) -> None:
        assert subject.name == MADE
        self.now.append(extra)


def context(events: Events, *, outlets: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    run = SimpleNamespace(dag_id="shop", run_id="r", triggering_user_name="kenji", run_after=datetime.now(UTC))
    task = SimpleNamespace(outlets=[outlet(MADE)] if outlets is None else outlets)
    return {"dag_run": run, "task": task, "inlet_events": events, "outlet_events": events, "params": {}, **more}


def test_a_run_tells_once_of_its_clips() -> None:
    events = Events()
    announce_made(context(events), "gs://b/index.json", 3)
    made = {"dag_id": "shop", "run_id": "r", "requested_by": "kenji", "index": "gs://b/index.json", "archived": 3}
    assert events.now == [made]
    for before, archived, told in (((made,), 3, 0), ((made,), 4, 1), ((), 0, 0), (({**made, "run_id": "s"},), 3, 1)):
        again = Events(*before)
        announce_made(context(again), "gs://b/index.json", archived)
        assert len(again.now) == told, (before, archived)


def test_a_copied_dag_without_the_outlet_tells_nothing() -> None:
    events = Events()
    announce_made(context(events, outlets=[]), "gs://b/index.json", 3)
    assert events.now == []


def test_a_change_comes_back_by_itself_and_once() -> None:
    events, made = Events(), {"receipt_uri": "gs://b/a/receipt.json"}
    come_back(context(events), made)
    told = {"dag_id": "shop", "run_id": "r", "requested_by": "kenji", "clips": ["gs://b/a/receipt.json"]}
    assert events.now == [told]
    for before, times in ((told, 0), ({**told, "clips": ["gs://b/b/receipt.json"]}, 1), ({**told, "run_id": "s"}, 1)):
        again = Events(before)
        come_back(context(again), made)
        assert len(again.now) == times, before


def test_a_clip_that_comes_back_gets_no_asset_of_its_own() -> None:
    """An archive task puts each clip on an alias of the user's; such an asset stays in Airflow's tables for ever."""
    told = []
    events = {
        alias: SimpleNamespace(add=lambda subject, extra, name=alias.name: told.append(name))
        for alias in (outlet(MADE), AssetAlias("mine"))
    }
    emit_asset_events(list(events), {"outlet_events": events}, [{"uri": "gs://b/video.mp4"}])
    assert told == ["mine"]


def triggered(*extras: dict[str, Any], **params: Any) -> dict[str, Any]:
    events = {asset(MADE): [SimpleNamespace(extra=extra) for extra in extras]}
    return {"params": params, "triggering_asset_events": events}


def test_the_clips_of_all_events_are_asked_about_once(tmp_path: Path) -> None:
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"videos": [{"uri": "gs://b/x/video.mp4"}, {"uri": "gs://b/y/video.webm"}]}))
    first = {"index": f"file://{index}", "requested_by": "kenji"}
    second = {"clips": ["gs://b/y/receipt.json", "gs://b/z/receipt.json"], "requested_by": ""}
    found = clips_to_review(triggered(first, second, not_alone=True))
    assert [(one["video"], one["requested_by"]) for one in found] == [
        ("gs://b/x/receipt.json", "kenji"),
        ("gs://b/y/receipt.json", "kenji"),
        ("gs://b/z/receipt.json", None),
    ]
    assert {one["requested_by"] for one in clips_to_review(triggered(first))} == {None}
    assert clips_to_review(triggered(first, clips=["gs://b/w/receipt.json"])) == [
        {"video": "gs://b/w/receipt.json", "requested_by": None, "ask_again": True}
    ]


@pytest.mark.parametrize("content", ["", "[]", '{"videos": [{}]}', '{"videos": 1}'])
def test_an_index_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    index = tmp_path / "index.json"
    index.write_text(content)
    with pytest.raises(ContentError, match="is no index of clips"):
        clips_to_review(triggered({"index": f"file://{index}"}))
    with pytest.raises(ConfigurationError, match="names no index"):
        clips_to_review(triggered({"index": ""}))
