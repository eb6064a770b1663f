"""A bad day of both shipped DAGs on Airflow's four processes, one of its tasks crashed while its clip is on the way to
the bucket; then all that was left behind is looked through for every secret that took part in it.

What the search would see with a masker taken out, ``tests/integration/canary`` shows.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.airflow_env import DAG_IDS
from testbed.airflow_env import DAGS as SHIPPED
from tests.support import bad_day
from tests.support.animatic import AnimaticServer
from tests.support.canaries import hits
from tests.support.leftovers import ProcessLists, files_in, gallery_answers, objects_of, printed
from tests.system.installation import PASSWORD, USER
from tests.system.newsroom import Newsroom, opened

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(1200)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Newsroom, dict[str, str]]]:
    """The newsroom, and the params with which each of its DAGs has a bad day."""
    with AnimaticServer(key=bad_day.KEY.text) as server, bad_day.photo_server() as photos:
        settings = {
            **bad_day.connections(server.url),
            "AIRFLOW__SORA__INPUT_PATHS": f"{tmp_path}, {SHIPPED}, {photos}",
            "AIRFLOW__SORA__ARCHIVES": "gs://newsroom/desk",
            "PYTHONFAULTHANDLER": "1",
        }
        with opened(tmp_path, server, settings) as newsroom:
            yield (
                newsroom,
                {
                    "news_insert": bad_day.feed(tmp_path, 4),
                    "ecommerce_product_video": bad_day.catalogue(tmp_path, photos),
                },
            )


def descendants(pid: int) -> list[int]:
    """Processes below that one, the deepest last."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:  # ended meanwhile
            continue
        children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def crash_a_task(newsroom: Newsroom) -> None:
    """As a fault in a C library would, while a clip is fetched slowly."""
    deadline = time.monotonic() + 240
    while not any(str(request["path"]).endswith("/content") for request in newsroom.server.requests()):
        assert time.monotonic() < deadline, "nothing was fetched"
        time.sleep(0.2)
    time.sleep(1)
    os.kill(descendants(newsroom.airflow.children["scheduler"].process.pid)[-1], signal.SIGSEGV)


def test_no_secret_of_a_bad_day_is_found_anywhere(desk: tuple[Newsroom, dict[str, str]]) -> None:
    newsroom, inputs = desk
    airflow, server = newsroom.airflow, newsroom.server
    bad_day.go_wrong(server, 4)
    server.fault(on="content", action="slow", bytes_per_second=20_000, times=4)
    notices = {"logical_date": bad_day.MORNING, "notify_conn_id": "desk_chat"}
    with ProcessLists() as called:
        newsroom.start("news_insert", "day", feed=inputs["news_insert"], max_age_hours=48, **notices)
        goods = inputs["ecommerce_product_video"]
        newsroom.start("ecommerce_product_video", "day", catalogue=goods, remix="off", **notices)
        crash_a_task(newsroom)
        for dag_id in DAG_IDS:
            airflow.wait_for_run(dag_id, "day", timeout=600)
        place = f"gs://{newsroom.bucket}/desk"
        commands = printed([sys.executable, "-m", "airflow_provider_sora"], place, airflow.env)
    home = airflow.folder / "airflow"
    with sqlite3.connect(home / "airflow.db") as database:
        dumped = "\n".join(database.iterdump()).encode()
    logs = {**dict(files_in(home / "logs", "log file")), **dict(files_in(airflow.folder / "logs", "process log"))}
    answers = gallery_answers(airflow.api.root, USER, PASSWORD)
    objects = dict(objects_of(newsroom.bucket))
    assert any(b"egmentation fault" in data or b"SIGSEGV" in data for data in logs.values()), "the crash was logged"
    assert any("receipt.json" in name for name in objects) and any("attempt=2" in name for name in logs)
    asked = server.requests()
    assert any(request["headers"].get("x-own") == bad_day.HEADER.text for request in asked), "the canaries were sent"
    places = {"database": dumped, **logs, **objects, **commands, **answers, **called.seen}
    assert hits(places, bad_day.CANARIES) == []
