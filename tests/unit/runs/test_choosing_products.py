"""What a run makes of a catalogue of five hundred, with all that is wrong in it, and of the same one day after day."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import ConfigurationError, ServerFaultError
from airflow_provider_sora.inputs.catalogues import parse_catalogue
from airflow_provider_sora.prompts.prompt import product_prompt
from airflow_provider_sora.prompts.style import load_style
from airflow_provider_sora.record import RECORD_KEY
from airflow_provider_sora.runs.choosing.products import ProductClips, choose_products, remember_clip, skip_made
from airflow_provider_sora.runs.remembered.made import Markers
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.runs.remembered.turns import MAX_ATTEMPTS

STYLES = Path(__file__).parents[3] / "dags" / "include" / "styles"
NOON = "2026-11-22T12:00:00+09:00"


def catalogue_of(folder: Path, *, rows: int = 500, changed: int = 0) -> str:
    """470 good rows and 30 bad ones of ten kinds."""
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (64, 48), "red").save(folder / "good.png")
    Image.new("CMYK", (64, 48)).save(folder / "cmyk.jpg")
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:])
    Image.new("RGB", (64, 48), "red").save(folder / "really-png.jpg", format="PNG")
    (folder / "text.png").write_text("no picture")
    with open(folder / "huge.png", "wb") as huge:
        huge.truncate(21 * 1024 * 1024)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["sku", "title", "selling_points", "photo", "market", "category"])
    for number in range(rows - 30):
        photo = {1: "cmyk.jpg", 2: "really-png.jpg"}.get(number, "good.png")
        title = f"Mug {number}" + (" new" if number < changed else "")
        write.writerow([f"S{number}", title, "thick", photo, "us", "food"])
    for number in range(3):
        for row in (
            [f"M{number}", "t", "p", "missing.png", "us", ""],
            [f"H{number}", "t", "p", "huge.png", "us", ""],
            [f"W{number}", "t", "p", "moving.webp", "us", ""],
            [f"T{number}", "t", "p", "text.png", "us", ""],
            [f"S{number}", "again", "p", "good.png", "US", ""],
            [f"=1+{number}", "t", "p", "good.png", "us", ""],
            [f"F{number}", "=SUM(A1)", "p", "good.png", "us", ""],
            [f"E{number}", "", "p", "good.png", "us", ""],
            [f"C{number}", "cells"],
            [f"B{number}", "Miracle cure tea", "p", "good.png", "us", ""],
        ):
            write.writerow(row)
    (folder / "catalogue.csv").write_text(out.getvalue(), "utf-8-sig")
    return str(folder / "catalogue.csv")


def shop(make_run, run_id, source, *, can_remix=True, fallback=False, force=False, moment=NOON, style=None, **params):
    style = style or load_style("hinoki", STYLES / "brands")
    defaults = {"sora_conn_id": "sora_default", "seconds": 4, "size": "320x180"}
    run = make_run(run_id, moment, **{**defaults, **params})

    def clips_of(row):
        base = product_prompt(
            row.title, row.selling_points, row.category, style, seconds=run.params["seconds"], language=row.language
        )
        return ProductClips(style, base, (style.change("evening", "en"), style.for_market(row.market, "en")))

    kept = choose_products(
        run, parse_catalogue(Path(source).read_bytes(), source=source), clips_of,
        prompt_names=("prompt", "first_prompt", "second_prompt"), can_remix=can_remix, fallback=fallback, force=force,
    )  # fmt: skip
    return run, kept


def archive_all(run, kept) -> None:
    for item in kept["items"]:
        Markers(run.store, run.paths).note(item["identity"], {"video_id": "v", "uri": item["clip"]["destination"]})


@pytest.mark.slow
def test_a_catalogue_of_five_hundred(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop")
    run, kept = shop(make_run, "r1", source)
    assert len(kept["items"]) == 470 and len(kept["skipped"]) == 30
    reasons = {entry["key"]: entry["reason"] for entry in kept["skipped"]}
    for key, said in {
        "M0 us": "missing.png", "H1 us": "20,971,520 bytes", "W0 us": "moving.webp", "T0 us": "text.png",
        "F0 us": "spreadsheet formula", "E0 us": "no title", "row 480": "2 cells", "B0 us": "blocked",
        "W2 us": "same photo and texts as W0 us",
    }.items():  # fmt: skip
        assert said in reasons[key]
    assert kept["estimated_usd"] == pytest.approx(470 * 3 * 0.4)

    archive_all(run, kept)
    _, unchanged = shop(make_run, "r2", source)
    assert unchanged["items"] == []
    assert sum(entry.get("status") == "unchanged" for entry in unchanged["skipped"]) == 470
    _, next_day = shop(make_run, "r3", catalogue_of(tmp_path / "shop", changed=5), moment="2026-11-23T12:00:00+09:00")
    assert [item["about"]["title"] for item in next_day["items"]] == [f"Mug {n} new" for n in range(5)]
    _, forced = shop(make_run, "r4", source, force=True, max_items=7)
    assert len(forced["items"]) == 7


def test_a_product_that_fails_every_day_does_not_keep_the_others_waiting(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=36)
    taken = []
    for day in range(3):
        _, kept = shop(make_run, f"r{day}", source, max_items=2, moment=f"2026-11-2{day}T12:00:00+09:00")
        taken += [item["about"]["key"] for item in kept["items"]]
    assert taken == [f"S{n} us" for n in range(6)]
    _, fourth = shop(make_run, "r9", source, max_items=2, moment="2026-11-25T12:00:00+09:00")
    assert [item["about"]["key"] for item in fourth["items"]] == ["S0 us", "S1 us"]


def test_without_remix_the_variants_are_clips_of_their_own(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=33)
    _, none = shop(make_run, "r1", source, can_remix=False, max_items=1)
    assert [item["clip"]["first_prompt"] for item in none["items"]] == [""]
    _, kept = shop(
        make_run, "r1", source, can_remix=False, fallback=True, max_items=1, destination=f"file://{tmp_path}/b"
    )
    assert len(kept["items"]) == 3 and len({item["key"] for item in kept["items"]}) == 3
    assert ["loft" in item["clip"]["prompt"] for item in kept["items"]] == [False, False, True]
    assert [item["clip"]["labels"].get("variant") for item in kept["items"]] == [None, "1", "2"]
    # Switching remixes on or off makes no product new.
    assert {item["identity"] for item in kept["items"]} == {none["items"][0]["identity"]}


def test_a_dry_run_keeps_the_fitted_pictures(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=32)
    run, kept = shop(make_run, "r1", source, dry_run=True)
    for item in kept["items"]:
        data = run.store.store.read_bytes(f"{run.paths.run}/{item['picture']}")
        assert Image.open(io.BytesIO(data)).size == (320, 180)
    assert not list(run.store.names("state/"))


def test_four_point_nought_seconds_make_no_product_new(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=33)
    run, kept = shop(make_run, "r1", source)
    archive_all(run, kept)
    _, again = shop(make_run, "r2", source, seconds=4.0, moment="2026-11-23T12:00:00+09:00")
    assert again["items"] == []


@pytest.mark.parametrize("part", ["keep", "theme", "colours", "pad_color"])
def test_a_style_that_changes_makes_its_products_new(make_run, tmp_path, part: str) -> None:
    source = catalogue_of(tmp_path / "shop", rows=33)
    run, kept = shop(make_run, "r1", source)
    archive_all(run, kept)
    style = load_style("hinoki", STYLES / "brands")
    other = replace(style, **{part: "#000000" if part == "pad_color" else {"en": "another"}})
    _, again = shop(make_run, "r2", source, style=other, moment="2026-11-23T12:00:00+09:00")
    assert len(again["items"]) == len(kept["items"]) == 3


class Without:
    """The shop's style, but it cannot show some of the rows."""

    def __init__(self, *categories: str) -> None:
        self._style = load_style("hinoki", STYLES / "brands")
        self._categories = categories

    def __getattr__(self, name: str):
        return getattr(self._style, name)

    def parts(self, scene, language: str):
        text = scene.name if scene else ""
        if text in self._categories:
            raise ConfigurationError(f"The style has nothing for {text}.")
        return self._style.parts(scene, language)


def test_a_style_that_cannot_show_a_row_costs_that_row_alone(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=33)
    _, kept = shop(make_run, "r1", source, style=Without(""))
    assert [item["about"]["key"] for item in kept["items"]] == ["S0 us", "S1 us", "S2 us"]
    assert {entry["reason"] for entry in kept["skipped"] if entry["key"].startswith("M")} == {
        "The style has nothing for ."
    }


def test_a_style_that_can_show_no_row_at_all_fails_the_run(make_run, tmp_path) -> None:
    source = catalogue_of(tmp_path / "shop", rows=33)
    with pytest.raises(ConfigurationError, match="nothing for"):
        shop(make_run, "r1", source, style=Without("", "food"))


def test_a_photo_host_that_fails_for_the_moment_costs_its_row_alone(make_run, tmp_path, monkeypatch) -> None:
    from airflow_provider_sora.inputs.sources import pictures as sources

    source = catalogue_of(tmp_path / "shop", rows=33)
    fetch, asked = sources.fetch, Counter()

    def flaky(photo: str, **options):
        asked[photo] += 1
        if photo.endswith("really-png.jpg") or (photo.endswith("cmyk.jpg") and asked[photo] > 1):
            raise ServerFaultError(f"{photo} answered 503")
        return fetch(photo, **options)

    monkeypatch.setattr(sources, "fetch", flaky)
    _, kept = shop(make_run, "r1", source)
    assert [item["about"]["key"] for item in kept["items"]] == ["S0 us"]
    reasons = {entry["key"]: entry["reason"] for entry in kept["skipped"]}
    assert all("answered 503" in reasons[key] for key in ("S1 us", "S2 us"))


def test_a_photo_host_that_is_down_is_no_day_without_work(make_run, tmp_path, monkeypatch) -> None:
    from airflow_provider_sora.inputs.sources import pictures as sources

    source = catalogue_of(tmp_path / "shop", rows=33)

    def down(photo: str, **options):
        raise ServerFaultError(f"{photo} answered 503")

    monkeypatch.setattr(sources, "fetch", down)
    with pytest.raises(ServerFaultError, match=r"Not one of the catalogue's \d+ photos .*paid.*answered 503"):
        shop(make_run, "r1", source)


def test_photos_that_are_nowhere_cost_their_rows_alone(make_run, tmp_path) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    (tmp_path / "shop" / "good.png").unlink()
    _, kept = shop(make_run, "r1", source)
    assert kept["items"] == [] and [entry["key"] for entry in kept["skipped"]] == ["S1 us", "S2 us"]


def two_sizes_of_a_mug(folder: Path) -> str:
    """Two rows that differ in nothing that a clip shows."""
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (64, 48), "red").save(folder / "good.png")
    rows = "".join(f"{sku},Mug,thick,good.png,us\n" for sku in ("S1", "S2"))
    (folder / "catalogue.csv").write_text(f"sku,title,selling_points,photo,market\n{rows}")
    return str(folder / "catalogue.csv")


@pytest.mark.parametrize("force", [False, True])
def test_rows_with_the_same_photo_and_texts_share_one_clip_and_say_so(make_run, tmp_path, force) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    for day in (1, 2):
        run, kept = shop(make_run, f"r{day}", source, force=force, moment=f"2026-11-2{day}T12:00:00+09:00")
        archive_all(run, kept)
        assert [item["about"]["key"] for item in kept["items"]] == (["S1 us"] if day == 1 or force else [])
        told = {entry["key"]: (entry["status"], entry["reason"]) for entry in kept["skipped"]}
        assert told["S2 us"] == ("same", "same photo and texts as S1 us: see there, one clip serves both")
    assert force or told["S1 us"][0] == "unchanged"


def test_new_rows_on_top_do_not_keep_the_old_ones_waiting(make_run, tmp_path) -> None:
    source = Path(catalogue_of(tmp_path / "shop", rows=36))
    taken: list[str] = []
    for day in range(1, 5):
        head, rest = source.read_text("utf-8-sig").split("\n", 1)
        new = "".join(f"N{day}{n},Cup {day}{n},thick,good.png,us,food\r\n" for n in range(2))
        source.write_text(f"{head}\n{new}{rest}", "utf-8-sig")
        run, kept = shop(make_run, f"r{day}", str(source), max_items=2, moment=f"2026-11-2{day}T12:00:00+09:00")
        taken += [item["about"]["key"].split()[0] for item in kept["items"]]
        archive_all(run, kept)
    assert taken == ["N10", "N11", "S0", "S1", "S2", "S3", "S4", "S5"]


def test_a_product_that_never_gets_a_clip_is_given_up_and_says_how_to_go_on(make_run, tmp_path) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    for day in range(1, MAX_ATTEMPTS + 3):
        _, kept = shop(make_run, f"r{day}", source, moment=f"2026-11-{day:02d}T12:00:00+09:00")
        assert len(kept["items"]) == (1 if day <= MAX_ATTEMPTS else 0)
    (entry,) = [entry for entry in kept["skipped"] if entry["key"] == "S1 us"]
    assert entry["status"] == "skipped" and "5 runs tried" in entry["reason"] and "force: true" in entry["reason"]
    _, forced = shop(make_run, "r", source, force=True, moment="2026-11-20T12:00:00+09:00")
    assert len(forced["items"]) == 1


def test_what_a_product_may_cost_without_a_clip_is_counted_over_all_runs(make_run, tmp_path) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    granted = []
    for day, jobs in enumerate((3, 1, 3), start=1):
        run, kept = shop(make_run, f"r{day}", source, max_jobs_per_clip=6, moment=f"2026-11-{day:02d}T12:00:00+09:00")
        (item,) = kept["items"]
        granted.append(item["clip"]["max_jobs"])
        Tally(run.store, run.paths).note([(item["identity"], jobs)])
        # A report that runs again, and one that runs after a clear, count what was submitted in all.
        Tally(run.store, run.paths).note([(item["identity"], jobs)])
    assert granted == [6, 3, 2]
    _, kept = shop(make_run, "r4", source, max_jobs_per_clip=6, moment="2026-11-04T12:00:00+09:00")
    (entry,) = [entry for entry in kept["skipped"] if entry["key"] == "S1 us"]
    assert not kept["items"] and "7 paid jobs made no clip" in entry["reason"]
    assert "max_jobs_per_clip=6" in entry["reason"]
    _, forced = shop(make_run, "r5", source, force=True, max_jobs_per_clip=6, moment="2026-11-20T12:00:00+09:00")
    assert [item["clip"]["max_jobs"] for item in forced["items"]] == [6]


def test_a_product_dearer_than_the_limit_is_not_left_for_later(make_run, tmp_path) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    _, kept = shop(make_run, "r1", source, max_cost_usd=1)
    told = {entry["key"]: (entry["status"], entry["reason"]) for entry in kept["skipped"]}
    assert told["S1 us"] == ("skipped", "costs $1.20, more than max_cost_usd=$1.00 allows at all")


class Task:
    """What the gate sees of a task and its instance; keeps what is pushed."""

    task_id, map_index = "product.base", 0

    def __init__(self, item, shown=None) -> None:
        self.labels, self.shown, self.kept = item["clip"]["labels"], shown, {}

    def xcom_pull(self, **where):
        assert where == {"task_ids": "product.base", "key": RECORD_KEY, "map_indexes": 0}
        return self.shown

    def xcom_push(self, key, value) -> None:
        self.kept[key] = value


def passes(monkeypatch, run, task: Task) -> bool:
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setattr("airflow_provider_sora.runs.choosing.products.PlannedRun.of", lambda context: run)
    try:
        skip_made({"task": task, "ti": task})
    except AirflowSkipException:
        return False
    return True


def test_a_product_that_another_run_made_since_is_not_paid_again(make_run, tmp_path, monkeypatch) -> None:
    source = two_sizes_of_a_mug(tmp_path / "shop")
    monday, kept = shop(make_run, "monday", source)
    item = kept["items"][0]
    assert passes(monkeypatch, monday, Task(item))  # nobody made it

    tuesday, then = shop(make_run, "tuesday", source, moment="2026-11-23T12:00:00+09:00")
    archive_all(tuesday, then)
    task = Task(item)
    assert not passes(monkeypatch, monday, task)
    assert task.kept["failure"]["status"] == "unchanged" and "/2026/11/23/" in task.kept["failure"]["reason"]
    assert passes(monkeypatch, tuesday, Task(then["items"][0]))  # its own clip: the operator reuses the job
    assert passes(monkeypatch, monday, Task(item, shown={"video_id": "v"}))  # back from the triggerer
    forced = make_run("monday", NOON, force=True)
    assert passes(monkeypatch, forced, Task(item))


def test_what_another_run_of_the_same_minute_made_is_not_paid_again(make_run, tmp_path, monkeypatch) -> None:
    source, zone = two_sizes_of_a_mug(tmp_path / "shop"), {"timezone": "America/New_York"}
    summer, kept = shop(make_run, "summer", source, moment="2026-11-01T01:30:00-04:00", **zone)
    winter, then = shop(make_run, "winter", source, moment="2026-11-01T01:30:00-05:00", **zone)
    assert summer.paths.item("") == winter.paths.item("") and summer.paths.run != winter.paths.run
    archive_all(winter, then)
    assert not passes(monkeypatch, summer, Task(kept["items"][0]))
    assert passes(monkeypatch, winter, Task(then["items"][0]))


def test_an_archived_clip_marks_its_product(make_run, monkeypatch) -> None:
    run = make_run()
    monkeypatch.setattr("airflow_provider_sora.runs.choosing.products.PlannedRun.of", lambda context: run)
    for labels in ({"fingerprint": "f1"}, {"fingerprint": "f2", "variant": "1"}, {}):
        remember_clip({}, {"video_id": "v", "labels": labels})
    assert Markers(run.store, run.paths).archived() == {"f1", "f2-1"}
