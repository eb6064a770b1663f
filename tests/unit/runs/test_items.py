"""What a run chose, as it was stored by the release before these values: read, and written again byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_sora.runs.items import Choice, PlannedItem
from airflow_provider_sora.runs.remembered.selection import Memory
from airflow_provider_sora.words.left_out import LeftOut
from airflow_provider_sora.words.reasons import Reason, because

STATE = Path(__file__).parent / "state"


@pytest.mark.parametrize("name", ["inputs_news_0_1", "inputs_products_0_1"])
def test_what_an_earlier_release_chose_is_read_whole(name: str, make_run) -> None:
    stored = (STATE / f"{name}.json").read_bytes()
    run = make_run()
    run.store.store.put_bytes(run.inputs_name, stored, content_type="application/json", metadata={})
    kept = run.kept()
    assert len(kept.items) == len(json.loads(stored)["items"]) > 1
    again = make_run("another", moment="2026-11-23T09:00:00+09:00")
    head = {key: value for key, value in json.loads(stored).items() if key not in Choice().to_json()}
    again.store.put(again.inputs_name, {**head, **kept.to_json()})
    assert again.store.store.read_bytes(again.inputs_name) == stored


def test_what_the_mapped_group_of_a_run_begun_before_gets_is_the_same() -> None:
    for name in ("inputs_news_0_1", "inputs_products_0_1"):
        for item in json.loads((STATE / f"{name}.json").read_text("utf-8"))["items"]:
            assert PlannedItem.from_json(item).clip.to_json() == item["clip"]


def test_the_note_beside_the_claims_is_the_same(make_run) -> None:
    stored = json.loads((STATE / "selected_news_0_1.json").read_text("utf-8"))
    run, choice = make_run(), Choice.from_json(json.loads((STATE / "inputs_news_0_1.json").read_text("utf-8")))
    Memory(run.store, run.paths).settle(choice)
    (name,) = run.store.names(f"{run.paths.state}/selected/")
    assert run.store.get(name)["items"] == stored["items"]


def test_a_file_from_0_1_reads_a_choice_as_the_mapping_that_it_was() -> None:
    document = json.loads((STATE / "inputs_news_0_1.json").read_text("utf-8"))
    kept = Choice.from_json(document)
    assert [item["clip"] for item in kept["items"]] == [item["clip"] for item in document["items"]]


def test_an_entry_without_a_status_was_skipped_and_a_failure_keeps_what_it_says() -> None:
    assert LeftOut.from_json({"key": "odd", "reason": "no photo"}).to_json() == {
        "key": "odd",
        "status": "skipped",
        "reason": "no photo",
    }
    left = because("error", error="VideoFailedError", text="no").to_json()
    assert Reason.from_json(json.loads(json.dumps(left))).to_json() == left
