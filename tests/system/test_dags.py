"""The two DAGs as they are shipped, on Airflow's four processes, side by side."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devtools.airflow_env import DAG_IDS
from devtools.airflow_env import DAGS as SHIPPED
from devtools.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import Installation

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(900)]

BLOCKED = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}


class Newsroom:
    """An installation with the two DAGs switched on, their server and their bucket."""

    def __init__(self, airflow: Installation, server: AnimaticServer, bucket: str) -> None:
        self.airflow, self.server, self.bucket = airflow, server, bucket

    def start(self, dag_id: str, run_id: str, **params: Any) -> None:
        conf = {"destination": f"gs://{self.bucket}/desk", "poll_interval": 1, "model": "sora-2", **params}
        self.airflow.run(dag_id, run_id, conf)

    def index(self, dag_id: str, number: int = -1) -> dict[str, Any]:
        """A run's ``index.json``, the latest unless told otherwise."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(project="test", credentials=AnonymousCredentials())
        blobs = [b for b in client.list_blobs(self.bucket) if f"/{dag_id}/" in b.name and "/_runs/" in b.name]
        pages = sorted((b for b in blobs if b.name.endswith("/index.json")), key=lambda blob: blob.time_created)
        return json.loads(pages[number].download_as_bytes())


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    folder: Path = tmp_path_factory.mktemp("newsroom")
    with pytest.MonkeyPatch.context() as patch, AnimaticServer() as server, StrictGcs() as bucket:
        patch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
        bucket.create_bucket("newsroom")
        connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": {"prices": {"*": {"*": 0.1}}}}
        airflow = Installation(
            folder / "site",
            sora_url=server.url,
            storage_url=bucket.url,
            connections={
                "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
                # Once a year, long after the run of this test: only the runs asked for are made.
                "NEWS_INSERT_SCHEDULE": "0 0 31 12 *",
                "PRODUCT_VIDEO_SCHEDULE": "0 0 31 12 *",
            },
            dag_ids=DAG_IDS,
        )
        dags = folder / "site" / "dags"
        shutil.rmtree(dags)
        shutil.copytree(SHIPPED, dags, ignore=shutil.ignore_patterns("__pycache__"))
        with airflow:
            for dag_id in DAG_IDS:
                airflow.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
            yield Newsroom(airflow, server, "newsroom")


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
    head, mug = (SHIPPED / "include" / "catalogue.csv").read_text("utf-8").splitlines()[:2]
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text(f"{head}\n{mug.replace('products/', f'{SHIPPED}/include/products/')}\n", "utf-8")
    for run_id, more, made in (("unforced", {}, 0), ("forced", {"force": True}, 1)):
        newsroom.start("ecommerce_product_video", run_id, catalogue=str(catalogue), remix="off", **more)
        assert newsroom.airflow.wait_for_run("ecommerce_product_video", run_id) == "success"
        assert newsroom.server.stats()["paid_submits"] == paid + made
    assert [video["labels"]["sku"] for video in newsroom.index("ecommerce_product_video")["videos"]] == ["MUG-01"]
