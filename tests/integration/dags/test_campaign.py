"""The campaign DAG as it is shipped: variants, budget, manifest and page, run by Airflow for real."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.integration.dags.conftest import Bench

#: The variants of the DAG as it is shipped.
NAMES = ["morning-question", "morning-number", "evening-question", "evening-number"]


def manifest(bench: Bench, number: int = -1) -> Any:
    """That of the latest run, or of another one in time."""
    found = [bench.read(name) for name in bench.names("/manifest.json")]
    return sorted(found, key=lambda one: one["generated_at"])[number]


def test_every_row_in_every_variant_and_a_manifest(bench: Bench) -> None:
    result = bench.run("campaign", campaign="autumn")
    assert result.state == "success", result.states()
    assert bench.paid() == 8
    made = manifest(bench)
    assert [(clip["sku"], clip["variant"]) for clip in made["clips"]] == [
        (sku, name) for sku in ("MUG-01", "CHR-07") for name in NAMES
    ]
    assert made["missing"] == [] and made["campaign"] == "autumn"
    prompts = {job["id"]: job["prompt"] for job in bench.server.jobs()}
    first = made["clips"][0]
    assert "Close-up of the cypress mug" in prompts[first["video_id"]]
    assert "soft morning light" in prompts[first["video_id"]]
    assert prompts[first["video_id"]].endswith("what keeps tea warm?")
    for clip in made["clips"]:
        receipt = bench.read(clip["receipt"].partition(f"gs://{bench.bucket}/")[2])
        video = receipt["objects"]["video"]
        assert (clip["address"], clip["sha256"], clip["bytes"]) == (video["uri"], video["sha256"], video["size"])
        assert clip["size"] == "1280x720" and clip["seconds"] == 4 and clip["cost_usd"] == 0.4
        assert receipt["labels"]["campaign"] == "autumn" and receipt["labels"]["campaign_variant"] == clip["variant"]
    (table,) = bench.names("/manifest.csv")
    rows = list(csv.DictReader(io.StringIO(bench.read(table))))
    assert [row["address"] for row in rows] == [clip["address"] for clip in made["clips"]]
    assert rows[0]["cost_usd"] == "0.4" and rows[0]["review"] == "pending" and rows[0]["published"] == ""
    (page,) = bench.names("/campaign.html")
    html = bench.read(page)
    assert html.count("<article") == 8 and html.count('class="variant"') == 8 and html.count('class="family band"') == 2
    assert html.count('poster="data:image/webp;base64,') == 8


def test_a_short_budget_makes_the_cheapest_first_and_the_next_run_the_rest(bench: Bench) -> None:
    axes = {"light": ["morning", "evening"], "hook": {"number": "{number}"}, "seconds": [8, 4]}
    short = {"axes": axes, "max_cost_usd": 2.5}
    assert bench.run("campaign", **short).state == "success"
    # Four of 0.40 USD, then one of 0.80: three wait.
    made = manifest(bench)
    assert bench.paid() == 5 and sorted(clip["seconds"] for clip in made["clips"]) == [4, 4, 4, 4, 8]
    assert [entry["code"] for entry in made["missing"]] == ["used_up"] * 3
    (page,) = bench.names("/campaign.html")
    assert bench.read(page).count('class="card hole"') == 3

    assert bench.run("campaign", **short).state == "success"
    made = manifest(bench)
    assert bench.paid() == 8 and len(made["clips"]) == 8 and made["missing"] == []
    # What was made before is neither made nor paid again, and the manifest is whole.
    assert bench.run("campaign", **short).state == "success"
    assert bench.paid() == 8 and len(manifest(bench)["clips"]) == 8


def test_a_share_of_the_combinations_is_always_the_same(bench: Bench) -> None:
    assert bench.run("campaign", share=0.5, table=_table(bench, "sku,name,benefit,number\nA,pot,pours,two\n"),
                     photo_column=None).state == "success"  # fmt: skip
    half = [clip["variant"] for clip in manifest(bench)["clips"]]
    assert len(half) == 2 and bench.paid() == 2
    # Every value once: no light and no hook is missing from half of the combinations.
    assert {part for name in half for part in name.split("-")} == {"morning", "evening", "question", "number"}
    assert bench.run("campaign", share=1, table=_table(bench, "sku,name,benefit,number\nA,pot,pours,two\n"),
                     photo_column=None).state == "success"  # fmt: skip
    assert bench.paid() == 4 and [clip["variant"] for clip in manifest(bench)["clips"]] == NAMES


def test_rows_that_make_no_clip_and_wrong_tables_are_said_before_paying(bench: Bench) -> None:
    table = _table(bench, "sku,name,benefit,number\nA,pot,pours,two\nB,,pours,two\nA,cup,holds,three\n=C,x,y,z\n")
    result = bench.run("campaign", table=table, photo_column=None, axes={"light": ["day"], "hook": ["none"]})
    assert result.state == "success" and bench.paid() == 1
    missing = {(entry["row"], entry["code"]) for entry in manifest(bench)["missing"]}
    assert missing == {(3, "empty"), (4, "repeated_key"), (5, "formula")}

    for wrong, said in (
        ({"template": "A {colour} pot, {light}, {hook}."}, "no column 'colour'"),
        ({"template": "A pot, {light}, {hook.__class__}."}, "a place is the name of a column or of an axis"),
        ({"axes": {"light": ["day"], "hook": ["x"], "mood": ["calm"]}}, "no place for the axis mood"),
        ({"axes": {"light": ["day"], "hook": ["x"], "size": ["640x640"]}}, "size"),
        ({"key_column": "nope"}, "no column 'nope'"),
    ):
        failed = bench.run("campaign", table=table, photo_column=None, **wrong)
        assert failed.state == "failed" and bench.paid() == 1, wrong
        assert said in bench.index()["note"]["reason"], wrong


def test_a_dry_run_pays_nothing(bench: Bench) -> None:
    assert bench.run("campaign", dry_run=True).state == "success"
    assert bench.paid() == 0 and bench.names("/manifest.json") == []
    (plan,) = [index for index in map(bench.read, bench.names("/index.json")) if index.get("dry_run")]
    assert len(plan["items"]) == 8 and plan["estimated_usd"] == 3.2
    assert len([name for name in bench.names() if "/pictures/" in name]) == 8


def _table(bench: Bench, text: str) -> str:
    path = bench.folder / "include" / "ads.csv"
    path.write_text(text, "utf-8")
    return str(path)
