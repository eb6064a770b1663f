"""Both DAGs as people use them day after day: one article by hand, force, budgets, times of day, a clear."""

from __future__ import annotations

from pathlib import Path

import pendulum
import pytest

from tests.integration.dags import hostile
from tests.integration.dags.conftest import Bench

NEWS, SHOP = "news_insert", "ecommerce_product_video"
MONDAY = pendulum.datetime(2026, 11, 23, 4, 0, tz="Asia/Tokyo")
#: What an item of each DAG costs with all its clips, at the bench's prices.
COST = {NEWS: 0.8, SHOP: 1.2}
BROKEN = {"code": "render_failed", "message": "the renderer gave up"}


def test_an_article_given_by_hand_is_made_once_and_the_second_time_its_page_says_so(bench: Bench) -> None:
    article = {"title": "Bridge reopens", "link": "https://news.example/bridge", "published": "2026-11-23T03:00:00"}
    for hour, paid in ((0, 2), (1, 2)):
        result = bench.run(NEWS, logical_date=MONDAY.add(hours=hour), item=article)
        assert result.state == "success", result.states()
        assert bench.paid() == paid
    first, second = bench.index(0), bench.index(1)
    assert {video["labels"]["guid"] for video in first["videos"]} == {"https://news.example/bridge"}
    assert first["run"]["source"] == "item"
    assert second["videos"] == [] and [entry["status"] for entry in second["skipped"]] == ["unchanged"]
    assert "made before" in second["skipped"][0]["reason"]
    # What is made this morning is no news as unchanged on the day's page.
    day = bench.read(next(name for name in bench.names("/index.json") if "_runs" not in name))
    assert len(day["videos"]) == 2 and day["skipped"] == []


def test_force_makes_an_unchanged_product_again(bench: Bench) -> None:
    for day, params, paid in ((0, {}, 1), (1, {}, 1), (2, {"force": True}, 2)):
        catalogue = str(bench.folder / "include" / "catalogue.csv")
        rows = Path(catalogue).read_text("utf-8").splitlines()[:2]
        Path(catalogue).write_text("\n".join(rows), "utf-8")
        result = bench.run(SHOP, logical_date=MONDAY.add(days=day), catalogue=catalogue, remix="off", **params)
        assert result.state == "success", result.states()
        assert bench.paid() == paid
    assert len({name.rsplit("/", 2)[0] for name in bench.names("/video.mp4")}) == 2


@pytest.mark.parametrize("dag_id", [NEWS, SHOP])
def test_both_budgets_hold_before_the_first_submit(bench: Bench, dag_id: str) -> None:
    one = COST[dag_id]

    def run(hour: int, **limits: float) -> dict[str, int]:
        """The items that were not made, counted by status and reason's code."""
        result = bench.run(dag_id, logical_date=MONDAY.add(hours=hour), max_items=10, **limits)
        assert result.state == "success", result.states()
        told = [entry["code"] for entry in bench.index()["skipped"] if "code" in entry]
        return {code: told.count(code) for code in set(told)}

    # Not even one is affordable: that is no matter of waiting.
    assert run(0, max_cost_usd=one / 2)["too_dear"] >= 3 and bench.paid() == 0
    each = round(one / 0.4)
    assert run(1, max_cost_usd=one * 1.5)["used_up"] >= 2 and bench.paid() == each
    # The day's budget is for two; one is made already, though by a run without that budget.
    assert run(2, daily_budget_usd=one * 2.5)["used_up"] >= 1 and bench.paid() == 2 * each
    assert run(3, daily_budget_usd=one * 2.5)["used_up"] >= 1 and bench.paid() == 2 * each
    # The next day has a budget of its own.
    run(24, daily_budget_usd=one * 1.5)
    assert bench.paid() == 3 * each


@pytest.mark.parametrize("dag_id", [NEWS, SHOP])
@pytest.mark.parametrize(("hour", "minute"), [(0, 30), (8, 59)])
def test_paths_follow_tokyo_where_utc_has_another_day(bench: Bench, dag_id: str, hour: int, minute: int) -> None:
    moment = pendulum.datetime(2026, 11, 23, hour, minute, tz="Asia/Tokyo").in_timezone("UTC")
    assert moment.day == 22
    assert bench.run(dag_id, logical_date=moment, max_items=1, remix="off").state == "success"
    day, time = f"desk/unreviewed/{dag_id}/2026/11/23/", f"{hour:02d}{minute:02d}-"
    outside = [name for name in bench.names() if not name.startswith((day, f"desk/state/{dag_id}/"))]
    assert outside == []
    inside = [name.removeprefix(day) for name in bench.names() if name.startswith(day)]
    assert all(name.startswith((time, f"_runs/{time}", "index.")) for name in inside)
    assert len([name for name in inside if name.startswith(time) and name.endswith("/video.mp4")]) == 1
    inputs = bench.read(next(name for name in bench.names("/inputs.json")))
    assert (inputs["date"], inputs["time"]) == ("2026-11-23", f"{hour:02d}{minute:02d}")


def test_a_cleared_run_reads_back_what_it_chose_and_pays_for_nothing_again(bench: Bench, tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    params = {"feed": hostile.write_feed(feed, hostile.good_articles(1, MONDAY)), "max_items": 5, "remix": "off"}
    first = bench.run(NEWS, logical_date=MONDAY, **params)
    assert first.state == "success" and bench.paid() == 1
    hostile.write_feed(feed, hostile.good_articles(3, MONDAY, first=100))
    again = bench.clear(first, "check")
    assert again.state == "success", again.states()
    assert again.tries("select") == 2 and again.dag_run.run_id == first.dag_run.run_id
    assert bench.paid() == 1 and len(bench.names("/inputs.json")) == 1
    assert [video["labels"]["guid"] for video in bench.index()["videos"]] == ["tag:0"]


def test_a_failed_product_that_the_next_run_made_is_not_paid_again_by_a_clear(bench: Bench, tmp_path: Path) -> None:
    hostile.draw_photos(tmp_path / "photos")
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", [hostile.product(n) for n in (1, 2)])
    params = {"catalogue": catalogue, "max_failed_share": 0.4}
    bench.server.fault(on="create", action="fail_job", error=BROKEN, match="檜のトレー 1", times=3)
    monday = bench.run(SHOP, logical_date=MONDAY, **params)
    assert monday.state == "failed" and bench.paid() == 3 + 3  # two retries render anew; the other product is whole
    totals = bench.index()["totals"]
    assert (totals["videos"], totals["submitted"], totals["submitted_usd"]) == (3, 6, pytest.approx(2.4))

    assert bench.run(SHOP, logical_date=MONDAY.add(days=1), **params).state == "success"
    assert bench.paid() == 6 + 3
    cleared = bench.clear(monday, "product.base")
    assert cleared.state == "success", cleared.states()
    assert bench.paid() == 9
    index = bench.index(0)
    assert index["failed"] == [] and len(index["videos"]) == 3
    ((key, code),) = [(entry["key"], entry["code"]) for entry in index["skipped"]]
    assert (key, code) == ("SKU-001 jp", "made_elsewhere") and "/2026/11/24/" in index["skipped"][0]["reason"]
