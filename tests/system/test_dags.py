"""The two DAGs as they are shipped, on Airflow's four processes, side by side."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from testbed.airflow_env import DAG_IDS
from testbed.airflow_env import DAGS as SHIPPED
from tests.system.newsroom import Newsroom, newsroom

__all__ = ["newsroom"]

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(900)]

BLOCKED = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}


def test_both_dags_run_side_by_side_and_pay_once(newsroom: Newsroom) -> None:
    newsroom.server.fault(on="create", action="fail_job", error=BLOCKED, match="Exports of machine tools", times=None)
    newsroom.start("news_insert", "morning", max_items=2)
    newsroom.start("ecommerce_product_video", "morning", max_items=2)
    for dag_id in DAG_IDS:
        state = newsroom.airflow.wait_for_run(dag_id, "morning", timeout=600)
        assert state == "success", newsroom.airflow.log(newsroom.airflow.task(dag_id, "morning", "index"))
    # The news: two inserts, of which one is refused, and the other's remix. The shop: two bases, four remixes.
    assert newsroom.server.stats()["paid_submits"] == 3 + 6
    news, shop = newsroom.index("news_insert"), newsroom.index("ecommerce_product_video")
    assert len(news["videos"]) == 2 and len(shop["videos"]) == 6
    reasons = {entry["clip"]: entry["reason"] for entry in news["failed"]}
    # The reason is there although Airflow calls on_failure_callback only after it has reported the task's end.
    assert reasons["insert"].startswith("PolicyRefusalError") and "not made" in reasons["remix"]
    assert {video["review"] for video in (*news["videos"], *shop["videos"])} == {"pending"}


def test_a_second_run_of_the_shop_pays_for_nothing_that_is_archived(newsroom: Newsroom) -> None:
    paid = newsroom.server.stats()["paid_submits"]
    newsroom.start("ecommerce_product_video", "again", max_items=2, dry_run=True)
    assert newsroom.airflow.wait_for_run("ecommerce_product_video", "again") == "success"
    assert newsroom.server.stats()["paid_submits"] == paid
    plan = newsroom.index("ecommerce_product_video")
    made = {entry["key"] for entry in plan["skipped"] if entry.get("status") == "unchanged"}
    assert made == {"MUG-01 jp", "CHR-07 us"} and plan["dry_run"] and len(plan["items"]) == 2


def test_one_article_through_the_rest_api_is_made_once_and_its_clear_costs_nothing(newsroom: Newsroom) -> None:
    paid = newsroom.server.stats()["paid_submits"]
    article = {"title": "橋が再開", "link": "https://news.example/bridge", "published": "2026-01-01T09:00:00"}
    for run_id, statuses in (("by-hand", []), ("by-hand-again", ["unchanged"])):
        newsroom.start("news_insert", run_id, item=article)
        assert newsroom.airflow.wait_for_run("news_insert", run_id) == "success"
        index = newsroom.index("news_insert")
        assert index["run"]["source"] == "item" and [entry["status"] for entry in index["skipped"]] == statuses
        assert newsroom.server.stats()["paid_submits"] == paid + 2

    clear = {"dag_run_id": "by-hand", "task_ids": ["check"], "include_downstream": True, "only_failed": False}
    newsroom.airflow.call("POST", "/dags/news_insert/clearTaskInstances", {"dry_run": False, **clear})
    assert newsroom.airflow.wait_for_run("news_insert", "by-hand") == "success"
    assert newsroom.airflow.task("news_insert", "by-hand", "select")["try_number"] == 2
    assert newsroom.server.stats()["paid_submits"] == paid + 2
    assert [video["labels"]["title"] for video in newsroom.index("news_insert")["videos"]] == ["橋が再開"] * 2


def test_force_through_the_rest_api_makes_an_archived_product_again(newsroom: Newsroom, tmp_path: Path) -> None:
    paid = newsroom.server.stats()["paid_submits"]
    shutil.copytree(SHIPPED / "include" / "products", tmp_path / "products")
    catalogue = tmp_path / "catalogue.csv"
    rows = (SHIPPED / "include" / "catalogue.csv").read_text("utf-8").splitlines()
    catalogue.write_text("\n".join(rows[:2]), "utf-8")
    for run_id, more, made in (("unforced", {}, 0), ("forced", {"force": True}, 1)):
        newsroom.start("ecommerce_product_video", run_id, catalogue=str(catalogue), remix="off", **more)
        assert newsroom.airflow.wait_for_run("ecommerce_product_video", run_id) == "success"
        assert newsroom.server.stats()["paid_submits"] == paid + made
    assert [video["labels"]["sku"] for video in newsroom.index("ecommerce_product_video")["videos"]] == ["MUG-01"]
