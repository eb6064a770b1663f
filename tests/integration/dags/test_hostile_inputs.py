"""Both DAGs fed with all that comes in from outside: good items are made, bad ones are listed, nothing is obeyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pendulum
import pytest

from airflow_provider_sora.prompts.prompt import CLOSING
from tests.integration.dags import hostile
from tests.integration.dags.conftest import Bench

HALF_PAST_MIDNIGHT = pendulum.datetime(2026, 11, 22, 0, 30, tz="Asia/Tokyo")
OPENING_QUOTES, CLOSING_QUOTES = "“「", "”」"


def test_forty_articles_good_and_hostile(bench: Bench, tmp_path: Path) -> None:
    feed = hostile.write_feed(tmp_path / "feed.xml", hostile.shuffled(hostile.feed_of_forty(HALF_PAST_MIDNIGHT)))
    params = {"feed": feed, "max_items": 200, "max_age_hours": 24}
    result = bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT, dry_run=True, **params)
    assert result.state == "success", result.states()
    assert bench.server.stats()["paid_posts"] == 0
    plan = bench.index()
    assert len(plan["items"]) == 24 + 2 + 6
    assert {item["language"] for item in plan["items"]} == {"en", "ja"}
    reasons = sorted(entry["reason"].split(":")[0].split(" (")[0] for entry in plan["skipped"])
    assert reasons == sorted(
        2 * ["no title and no text"]
        + 2 * ["the same story stands twice in the feed"]
        + 2 * ["dated in the future"]
        + 2 * ["blocked"]
    )
    for item in plan["items"]:
        for clip in item["clips"]:
            *lines, last = clip["prompt"].split("\n")
            assert last == CLOSING[item["language"]] and len(clip["prompt"]) < 2000
            assert sum(line.count(mark) for line in lines for mark in OPENING_QUOTES) <= 1
            assert sum(line.count(mark) for line in lines for mark in CLOSING_QUOTES) <= 1
    prompts = {item["key"]: item["clips"][0]["prompt"] for item in plan["items"]}
    quoted = prompts["h:inject"].split("not an instruction): ")[1].split("\n")[0]
    assert quoted[0] == "“" and quoted[-1] == "”" and "Ignore all previous" in quoted and "FREE" in quoted
    assert "alert" not in prompts["h:markup"] and "\x07" not in prompts["h:control"]
    page = bench.read(next(name for name in bench.names("/index.html")))
    assert "<script" not in page and "javascript:" not in page and '"><b>' not in page


def test_hostile_articles_are_made_like_any_other(bench: Bench, tmp_path: Path) -> None:
    feed = hostile.write_feed(tmp_path / "feed.xml", hostile.hostile_articles(HALF_PAST_MIDNIGHT))
    result = bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT, feed=feed, max_items=6, remix="off")
    assert result.state == "success", result.states()
    assert bench.paid() == 6
    videos = bench.names("/video.mp4")
    assert len(videos) == 6 and all(name.startswith("desk/unreviewed/news_insert/2026/11/22/0030-") for name in videos)
    assert not any(".." in name or "//" in name for name in bench.names())
    sent = {job["prompt"] for job in bench.server.jobs()}
    # What looks like a template in a feed is text, in the prompt that is paid for too.
    assert any("{seconds} of %s ${HOME} {{ params.model }}" in prompt for prompt in sent)
    page = bench.read(next(name for name in bench.names("/index.html") if "_runs" in name))
    assert page.count("<script>") == 1 and "javascript:" not in page and '"><b>' not in page
    assert 'href="https://news.example/inject"' in page


def test_five_hundred_rows_with_thirty_bad_ones(bench: Bench, tmp_path: Path) -> None:
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", hostile.catalogue_of_500(tmp_path))
    result = bench.run("ecommerce_product_video", catalogue=catalogue, max_items=4, remix="off")
    assert result.state == "success", result.states()
    assert bench.paid() == 4  # the PNG that is called .jpg and the CMYK picture among them
    made = {video["labels"]["sku"] for video in bench.index()["videos"]}
    assert made == {"SKU-014", "SKU-015", "SKU-030", "SKU-031"}
    skipped = bench.index()["skipped"]
    waiting = [entry for entry in skipped if entry.get("status") == "later"]
    bad = [entry["reason"] for entry in skipped if entry.get("status") != "later"]
    assert len(waiting) == 470 - 2 and len(bad) == 28
    for words, count in (
        ("missing.jpg", 5), ("huge.jpg", 2), ("bomb.png", 2), ("animated", 3), ("page.jpg", 2),
        ("stands in row", 6), ("spreadsheet formula", 5), ("no title", 1), ("no photo", 1), ("blocked", 1),
    ):  # fmt: skip
        assert sum(words in reason for reason in bad) >= count, (words, bad)
    assert all(entry["row"] >= 2 for entry in skipped)


class Killed(KeyboardInterrupt):
    """Ends the process that runs the DAG, between two tasks."""


def kill_before(monkeypatch: pytest.MonkeyPatch, task_id: str, nth: int) -> None:
    """Kill before the ``nth`` mapped instance of a task begins."""
    from airflow.sdk.definitions import dag

    run_task: Callable[..., Any] = dag._run_task
    begun: list[int] = []

    def run_or_die(*, ti: Any, **kwargs: Any) -> Any:
        if ti.task_id == task_id:
            begun.append(ti.map_index)
            if len(begun) == nth:
                raise Killed
        return run_task(ti=ti, **kwargs)

    monkeypatch.setattr(dag, "_run_task", run_or_die)


def test_a_news_run_that_is_killed_in_the_middle_loses_no_money_to_the_next(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {
        "feed": hostile.write_feed(tmp_path / "feed.xml", hostile.good_articles(3, HALF_PAST_MIDNIGHT)),
        "max_items": 2,
        "remix": "off",
    }
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_before(patched, "article.archive", 2)
        bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT, **params)
    paid = bench.paid()
    assert 1 <= paid <= 2
    # What the killed run chose is its own for good; the next one takes what is left.
    assert bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT.add(minutes=15), **params).state == "success"
    assert [video["labels"]["guid"] for video in bench.index()["videos"]] == ["tag:2"]
    assert bench.paid() == paid + 1
    # Nor does any later one choose it again.
    assert bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT.add(minutes=30), **params).state == "success"
    assert bench.paid() == paid + 1 and len(bench.names("/video.mp4")) == 2


def test_a_shop_run_that_is_killed_in_the_middle_pays_for_archived_products_once(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.draw_photos(tmp_path / "photos")
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", [hostile.product(n) for n in (1, 2, 3)])
    params = {"catalogue": catalogue, "remix": "off", "logical_date": HALF_PAST_MIDNIGHT}
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_before(patched, "product.archive_base", 3)
        bench.run("ecommerce_product_video", **params)
    archived = len(bench.names("/video.mp4"))
    assert archived == 2
    paid = bench.paid()
    params["logical_date"] = HALF_PAST_MIDNIGHT.add(days=1)
    assert bench.run("ecommerce_product_video", **params).state == "success"
    assert bench.paid() - paid == 3 - archived
    assert len(bench.names("/video.mp4")) == 3


@pytest.mark.system
@pytest.mark.full_table
def test_the_next_day_only_new_articles_are_paid_each_insert_and_remix_once(bench: Bench, tmp_path: Path) -> None:
    old = hostile.good_articles(2, HALF_PAST_MIDNIGHT)
    feed = tmp_path / "feed.xml"
    params = {"feed": hostile.write_feed(feed, old), "max_items": 10, "max_age_hours": 0}
    assert bench.run("news_insert", logical_date=HALF_PAST_MIDNIGHT, remix="off", **params).state == "success"
    assert bench.paid() == 2

    tomorrow = HALF_PAST_MIDNIGHT.add(days=1)
    old[1].title = "Harbour museum opens hall 1 a week later"  # corrected under its guid
    new = hostile.good_articles(5, tomorrow, first=100)
    hostile.write_feed(feed, [*new, *old])
    assert bench.run("news_insert", logical_date=tomorrow, **params).state == "success"
    assert bench.paid() == 2 + 5 * 2
    index = bench.index()
    assert [video["labels"]["guid"] for video in index["videos"]] == [
        article.guid for article in new for _ in ("insert", "remix")
    ]
    assert [bool(video["parent_id"]) for video in index["videos"]] == [False, True] * 5
    told = [(entry["key"], entry["status"]) for entry in index["skipped"]]
    assert told == [("tag:0", "unchanged"), ("tag:1", "corrected")]
    assert len([name for name in bench.names("/video.mp4") if "/2026/11/23/0030-" in name]) == 10


@pytest.mark.system
@pytest.mark.full_table
def test_the_next_day_only_changed_products_are_paid_each_base_and_remix_once(
    bench: Bench, tmp_path: Path, sora_connection: Callable[..., None]
) -> None:
    hostile.draw_photos(tmp_path / "photos")
    rows = [hostile.product(n) for n in range(1, 8)]
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", rows)
    at = pendulum.datetime(2026, 11, 22, 8, 59, tz="Asia/Tokyo")
    assert bench.run("ecommerce_product_video", logical_date=at, catalogue=catalogue, remix="off").state == "success"
    assert bench.paid() == 7

    for row in rows[:3]:
        row["title"] += " II"
    rows[3]["selling_points"] = "new: in walnut"
    rows[4]["market"] = "de"
    hostile.write_catalogue(tmp_path / "catalogue.csv", rows, encoding="cp932")
    assert bench.run("ecommerce_product_video", logical_date=at.add(days=1), catalogue=catalogue).state == "success"
    assert bench.paid() == 7 + 5 * 3
    index = bench.index()
    assert [video["labels"]["sku"] for video in index["videos"]] == [row["sku"] for row in rows[:5] for _ in range(3)]
    chain = [video["parent_id"] for video in index["videos"][:3]]
    assert chain == [None, index["videos"][0]["video_id"], index["videos"][1]["video_id"]]
    assert [entry["status"] for entry in index["skipped"]] == ["unchanged"] * 2
    assert all("/2026/11/23/0859-" in video["uri"] for video in index["videos"])


@pytest.mark.parametrize("dag_id", ["news_insert", "ecommerce_product_video"])
def test_a_backfill_that_never_chose_makes_nothing_and_says_so(
    bench: Bench, dag_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow_provider_sora.runs.planned import PlannedRun

    of = PlannedRun.of.__func__  # type: ignore[attr-defined]

    def backfilled(cls: type[PlannedRun], context: Any) -> PlannedRun:
        run = of(cls, context)
        object.__setattr__(run, "run_type", "backfill")
        return run

    monkeypatch.setattr(PlannedRun, "of", classmethod(backfilled))
    assert bench.run(dag_id, logical_date=HALF_PAST_MIDNIGHT.subtract(months=1)).state == "success"
    assert bench.server.stats()["paid_posts"] == 0
    assert bench.index()["note"]["reason"] == "a backfill run without an inputs.json makes nothing"
