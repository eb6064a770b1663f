"""Both DAGs on Airflow's four processes for two days: hostile input, a kill in the middle, then a few changes."""

from __future__ import annotations

import time
from pathlib import Path

import pendulum
import pytest

from testbed.airflow_env import DAG_IDS
from tests.integration.dags import hostile
from tests.system.newsroom import Newsroom, newsroom

__all__ = ["newsroom"]

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(1800)]

NIGHT = pendulum.datetime(2026, 11, 22, 0, 30, tz="Asia/Tokyo")
MORNING = pendulum.datetime(2026, 11, 22, 8, 59, tz="Asia/Tokyo")
ARTICLES, PRODUCTS = 6, 8


def wait_for_both(newsroom: Newsroom, run_id: str) -> None:
    for dag_id in DAG_IDS:
        state = newsroom.airflow.wait_for_run(dag_id, run_id, timeout=900)
        assert state == "success", newsroom.airflow.log(newsroom.airflow.task(dag_id, run_id, "index"))


def test_two_days(newsroom: Newsroom, tmp_path: Path) -> None:
    def paid() -> int:
        return int(newsroom.server.stats()["paid_submits"])

    bad = hostile.catalogue_of_500(tmp_path)
    whole = hostile.write_catalogue(tmp_path / "whole.csv", bad)
    # As many good rows as can be rendered here, behind all thirty that are bad or look bad.
    rows = [*bad[:16], *bad[16 : 16 + PRODUCTS - 2], *bad[-14:]]
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", rows)
    feed = tmp_path / "feed.xml"
    hostile.write_feed(feed, hostile.shuffled(hostile.feed_of_forty(NIGHT)))

    # All five hundred rows, and what a day would cost.
    before = MORNING.subtract(days=1)
    newsroom.start("ecommerce_product_video", "plan", logical_date=before, catalogue=whole, dry_run=True)
    assert newsroom.airflow.wait_for_run("ecommerce_product_video", "plan", timeout=300) == "success"
    plan = newsroom.index("ecommerce_product_video")
    assert len(plan["items"]) == 25 and len(plan["skipped"]) == 500 - 25 and paid() == 0

    # The first day, whose scheduler dies with all its tasks when some clips are made and others are not.
    news = {"feed": str(feed), "max_items": ARTICLES, "max_age_hours": 24}
    shop = {"catalogue": catalogue, "max_items": 25}
    newsroom.start("news_insert", "day-1", logical_date=NIGHT, **news)
    newsroom.start("ecommerce_product_video", "day-1", logical_date=MORNING, **shop)
    deadline = time.monotonic() + 300
    while len(newsroom.names("/video.mp4")) < 3:
        assert time.monotonic() < deadline, "no clips were made"
        time.sleep(0.5)
    newsroom.airflow.kill("scheduler")
    killed_at = paid(), len(newsroom.names("/video.mp4"))
    newsroom.airflow.begin("scheduler")
    wait_for_both(newsroom, "day-1")
    first_day = 2 * ARTICLES + 3 * PRODUCTS
    assert paid() == first_day, killed_at
    assert len(newsroom.names("/video.mp4")) == first_day
    assert killed_at[1] < first_day, "it was killed in the middle"
    index = newsroom.index("news_insert", 0)
    assert len([entry for entry in index["skipped"] if "blocked" in entry["reason"]]) == 2

    # The second: five new articles, five changed products, and nothing else is paid.
    new = hostile.good_articles(5, NIGHT.add(days=1), first=100)
    hostile.write_feed(feed, [*new, *hostile.feed_of_forty(NIGHT)[:24]])
    good = [row for row in rows if row in bad[14 : 14 + PRODUCTS]]
    good[0]["market"] = "de"
    for row in good[1:4]:
        row["title"] += " II"
    good[4]["selling_points"] = "new: in walnut"
    hostile.write_catalogue(tmp_path / "catalogue.csv", rows, encoding="cp932")
    newsroom.start("news_insert", "day-2", logical_date=NIGHT.add(days=1), **news)
    newsroom.start("ecommerce_product_video", "day-2", logical_date=MORNING.add(days=1), **shop)
    wait_for_both(newsroom, "day-2")
    assert paid() == first_day + 5 * 2 + 5 * 3
    videos = newsroom.names("/video.mp4")
    assert len(videos) == paid()
    assert len([name for name in videos if "/news_insert/2026/11/23/0030-" in name]) == 10
    assert len([name for name in videos if "/ecommerce_product_video/2026/11/23/0859-" in name]) == 15
    unchanged = [e["key"] for e in newsroom.index("ecommerce_product_video")["skipped"] if e["status"] == "unchanged"]
    assert len(unchanged) == PRODUCTS - 5
