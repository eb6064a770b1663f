"""A day of both DAGs at a server that echoes and leaks, looked through for every secret that took part in it.

The same day again with one masker taken out each time: then something is found, so the search would see it.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.dags.conftest import DAGS, Bench
from tests.integration.gallery.test_routes import know_dags
from tests.support import maskers
from tests.support.airflow import airflow_db
from tests.support.animatic import AnimaticServer
from tests.support.bad_day import (
    CANARIES,
    HEADER,
    KEY,
    LINK,
    MORNING,
    NOTICE,
    PHOTO,
    READER,
    SIGNATURE,
    USER,
    catalogue,
    connections,
    feed,
    go_wrong,
    photo_server,
)
from tests.support.canaries import Canary, Hit, hits
from tests.support.leftovers import ProcessLists, files_in, gallery_answers, objects_of, printed
from tests.support.storage import gcs_bucket, gcs_server
from tests.support.web_ui import PASSWORD, api_server
from tests.support.web_ui import USER as USER_NAME

__all__ = ["airflow_db", "gcs_bucket", "gcs_server"]
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def photos() -> Iterator[str]:
    with photo_server() as url:
        yield url


class Day:
    """Both DAGs once, with something going wrong at every step; and all that is left behind by it."""

    def __init__(self, bench: Bench, folder: Path, photos: str) -> None:
        self.bench, self.folder, self.photos = bench, folder, photos

    def live(self, articles: int) -> dict[str, list[str]]:
        """The states of the two runs' tasks."""
        go_wrong(self.bench.server, articles)
        notice = {"logical_date": MORNING, "notify_conn_id": "desk_chat"}
        news = self.bench.run("news_insert", feed=feed(self.folder, articles), max_age_hours=48, **notice)
        goods = catalogue(self.folder, self.photos)
        shop = self.bench.run("ecommerce_product_video", catalogue=goods, remix="off", **notice)
        return {"news": list(news.states().values()), "shop": list(shop.states().values())}

    def left(self) -> Iterator[tuple[str, bytes]]:
        """The whole database (XComs, rendered fields, state store, task logs of it) and the whole bucket."""
        home = Path(self.bench.folder).parent
        with sqlite3.connect(home / "airflow.db") as database:
            yield "database", "\n".join(database.iterdump()).encode()
        yield from files_in(home / "logs", "log file")
        yield from objects_of(self.bench.bucket)

    def outside(self, home: Path) -> dict[str, bytes]:
        """What our commands print, and what the gallery answers about this day's archive."""
        place = f"gs://{self.bench.bucket}/desk"
        commands = printed([sys.executable, "-m", "airflow_provider_sora"], place, os.environ)
        served = {name: os.environ[name] for name in ("AIRFLOW_CONN_SORA_DEFAULT", "STORAGE_EMULATOR_HOST")}
        shutil.copytree(DAGS, home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
        with api_server(home, {**served, "AIRFLOW__SORA__ARCHIVES": place}) as root:
            know_dags(home, root)
            answers = gallery_answers(root, USER_NAME, PASSWORD)
        return {**commands, **answers, "printed by the API server": (home / "api.log").read_bytes()}


@pytest.fixture
def day(
    gcs_bucket: str,
    airflow_db: None,
    tmp_path: Path,
    photos: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:
    with AnimaticServer(key=KEY.text) as server:
        for name, value in connections(server.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", f"{tmp_path}, {DAGS}, {photos}")
        bench = Bench(server, gcs_bucket)
        for old in bench.folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        shutil.copytree(DAGS, bench.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        yield Day(bench, tmp_path, photos)
        for old in bench.folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()


@pytest.fixture
def looked_through(
    day: Day, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Callable[[int], list[Hit]]:
    """Live the day, with so many articles, and say where which secret was found."""

    def look(articles: int) -> list[Hit]:
        _forget_earlier_runs()
        with caplog.at_level(logging.DEBUG):
            states = day.live(articles)
        assert "success" in states["news"] and "success" in states["shop"], states
        printed = capfd.readouterr()
        # The bucket's emulator runs in this process, and says what it was asked.
        ours = [one for one in caplog.records if not one.name.startswith("gcp_storage_emulator")]
        assert any(one.name.startswith("airflow") for one in ours)
        texts = "\n".join(f"{one.name} {one.getMessage()} {one.exc_text or ''}" for one in ours)
        lines = [line for line in (printed.out + printed.err).splitlines() if "gcp_storage_emulator" not in line]
        places = {"log": texts.encode(), "printed": "\n".join(lines).encode(), **dict(day.left())}
        assert len(places["printed"]) > 1000 and any(place.startswith("bucket: receipt.json") for place in places)
        return hits(places, CANARIES)

    return look


def _forget_earlier_runs() -> None:
    """What other tests of this process left in its database is no matter of this day."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(DagRun).delete()


def test_nothing_is_found(looked_through: Callable[[int], list[Hit]], day: Day, tmp_path: Path) -> None:
    with ProcessLists() as called:
        assert looked_through(4) == []
        places = {**day.outside(tmp_path / "web"), **called.seen}
    assert any("airflow_provider_sora" in place for place in called.seen)
    assert hits(places, CANARIES) == []
    asked = day.bench.server.requests()
    assert any(request["headers"].get("x-own") == HEADER.text for request in asked), "the canaries were sent"


#: What is taken out, which canaries then get out, and where the first of them is seen.
MASKERS: dict[Callable[[pytest.MonkeyPatch], None], tuple[tuple[Canary, ...], str]] = {
    maskers.without_the_search_for_keys: ((KEY, HEADER), "bucket: index.html"),
    maskers.without_the_cleaning_of_servers_addresses: ((SIGNATURE, USER), "bucket: index.html"),
    maskers.without_scrubbing_of_receipts_and_labels: ((LINK, READER), "bucket: receipt.json"),
    maskers.without_shortening_of_shown_addresses: ((PHOTO,), "bucket: index.json"),
    maskers.without_silence_about_notices: ((NOTICE,), "log"),
}


#: One row in every run of the suite; each plays a day of both DAGs.
FIRST, *OTHERS = MASKERS
ROWS = [FIRST, *(pytest.param(masker, marks=pytest.mark.full_table) for masker in OTHERS)]


@pytest.mark.parametrize("masker", ROWS, ids=lambda masker: masker.__name__)
def test_with_one_masker_taken_out_its_own_canaries_are_found(
    masker: Callable[[pytest.MonkeyPatch], None],
    looked_through: Callable[[int], list[Hit]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    masker(monkeypatch)
    canaries, place = MASKERS[masker]
    found = looked_through(1)
    assert any(hit.canary == canaries[0].name and hit.place.startswith(place) for hit in found), found
    assert {hit.canary for hit in found} == {canary.name for canary in canaries}, "the other maskers still hold"


def test_the_search_sees_how_a_process_is_called() -> None:
    seen = Canary("a secret in a command line", "kanarie6Zv3g8C1dIargv")
    with ProcessLists() as called:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", seen.text], check=True)
    assert hits(called.seen, [seen])
