"""A day of both DAGs at a server that echoes and leaks, looked through for every secret that took part in it.

The same day again with one masker taken out each time: then something is found, so the search would see it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import pkgutil
import re
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pendulum
import pytest

import airflow_provider_sora
from airflow_provider_sora.masking import addresses, scrub
from airflow_provider_sora.protocol.http.reading import redaction
from airflow_provider_sora.runs.reporting import notice
from tests.integration.dags import hostile
from tests.integration.dags.conftest import DAGS, PRICES, Bench
from tests.support.airflow import airflow_db, sora_connection
from tests.support.animatic import AnimaticServer
from tests.support.canaries import Canary, Hit, hits
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["airflow_db", "gcs_bucket", "gcs_server", "sora_connection"]
pytestmark = pytest.mark.timeout(600)

MORNING = pendulum.datetime(2026, 11, 23, 4, 0, tz="Asia/Tokyo")
#: What an item is (docs/security.md): its address stands whole where a later task has to read it.
WHERE_INPUTS_ARE = ("database", "bucket: inputs.json", "bucket: state/")
KEY = Canary("the key", "sk-kanarie-7Qm4x9T2wZ+/=8Lp")
HEADER = Canary("a header", "Kanarie8Rn5y0U3vA&<hdr>-1c")
USER = Canary("user of an address of the server", "kanarie-9So6z1V4wB")
SIGNATURE = Canary("signature of an address of the server", "0Tp7a2W5xCkanariesig")
NOTICE = Canary("address of a notice", "T00/B11/kanarie1Uq8b3X6yD")
HOOK = Canary("secret of webhooks", "whsec_a2FuYXJpZTJWcjljNFk3ekVmR2hJag==")
PHOTO = Canary("signature of a photo", "kanarie3Ws0d5Z8aFphoto", WHERE_INPUTS_ARE)
LINK = Canary("token of an article's link", "kanarie4Xt1e6A9bGlink", WHERE_INPUTS_ARE)
READER = Canary("user of an article's link", "kanarie5Yu2f7B0cHreader", WHERE_INPUTS_ARE)
CANARIES = (KEY, HEADER, USER, SIGNATURE, NOTICE, HOOK, PHOTO, LINK, READER)

LEAK = f"https://u:{USER.text}@files.example/1.mp4?X-Own-Sig={SIGNATURE.text}"
ECHO = f"you sent {KEY.text} and {HEADER.text}, look at {LEAK}"


@pytest.fixture(scope="module")
def photos() -> Iterator[str]:
    """A web server of the deployment's own, with photos behind signed addresses."""
    picture = (DAGS / "include/products/mug.jpg").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if PHOTO.text in self.path else 403)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/photos"
    server.shutdown()
    server.server_close()


class Day:
    """Both DAGs once, with something going wrong at every step; and all that is left behind by it."""

    def __init__(self, bench: Bench, folder: Path, photos: str) -> None:
        self.bench, self.folder, self.photos = bench, folder, photos

    def live(self, articles: int) -> dict[str, list[str]]:
        """The states of the two runs' tasks."""
        server = self.bench.server
        server.reset()
        if articles > 1:  # a lost answer is searched for, which takes its time
            server.fault(on="create", action="status", status=503, body=ECHO, after_accept=True, times=1)
            server.fault(on="create", action="reset_after_accept", match="museum opens hall 1", times=1)
        server.fault(on="create", action="status", status=400, body={"error": {"message": ECHO, "code": "bad"}},
                     match="museum opens hall 3", times=None)  # fmt: skip
        server.fault(on="create", action="fail_job", error={"code": "render_failed", "message": ECHO},
                     match="第0回", times=None)  # fmt: skip
        server.fault(on="get", action="status", status=500, body=ECHO, times=2)
        server.fault(on="content", action="redirect", times=2)
        server.fault(on="content", action="truncate", share=0.5, times=1)
        server.fault(on="remix", action="status", status=404, body=ECHO, times=1)
        news = self.bench.run("news_insert", logical_date=MORNING, feed=self._feed(articles), max_age_hours=48,
                              notify_conn_id="desk_chat")  # fmt: skip
        shop = self.bench.run("ecommerce_product_video", logical_date=MORNING, catalogue=self._catalogue(), remix="off",
                              notify_conn_id="desk_chat")  # fmt: skip
        return {"news": list(news.states().values()), "shop": list(shop.states().values())}

    def _feed(self, count: int) -> str:
        articles = hostile.good_articles(count, MORNING)
        for number, article in enumerate(articles):
            article.link = f"https://reader:{READER.text}@news.example/{number}?access_token={LINK.text}"
        hostile.write_feed(self.folder / "feed.xml", articles)
        return str(self.folder / "feed.xml")

    def _catalogue(self) -> str:
        url = f"https://reader:{READER.text}@shop.example/mug?access_token={LINK.text}"
        rows = [
            "sku,title,selling_points,photo,market,category,brand,language,url",
            f"MUG-1,Oak mug,warm; light,{self.photos}/mug.jpg?X-Goog-Signature={PHOTO.text},us,kitchen,h,en,{url}",
            f"MUG-2,Ash mug,warm; light,{self.photos}/no.jpg?X-Own={PHOTO.text[:-1]},us,kitchen,h,en,{url}",
        ]
        (self.folder / "catalogue.csv").write_text("\n".join(rows), "utf-8")
        return str(self.folder / "catalogue.csv")

    def left(self) -> Iterator[tuple[str, bytes]]:
        """The whole database (XComs, rendered fields, state store, task logs of it) and the whole bucket."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        home = Path(self.bench.folder).parent
        with sqlite3.connect(home / "airflow.db") as database:
            yield "database", "\n".join(database.iterdump()).encode()
        for path in (home / "logs").rglob("*.log"):
            yield f"log file {path.name}", path.read_bytes()
        for blob in storage.Client(project="t", credentials=AnonymousCredentials()).list_blobs(self.bench.bucket):
            last = blob.name.rpartition("/")[2]
            where = f"state/{last}" if "/state/" in blob.name else last
            yield f"bucket: {where} {blob.name}", blob.download_as_bytes() + json.dumps(blob.metadata or {}).encode()


@pytest.fixture
def day(
    gcs_bucket: str,
    airflow_db: None,
    sora_connection: Callable[..., None],
    tmp_path: Path,
    photos: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:
    with AnimaticServer(key=KEY.text) as server:
        sora_connection(
            server.url, KEY.text, prices=PRICES, headers={"X-Own": HEADER.text}, webhook_secret=HOOK.text,
            dialect="animatic", request_timeout=5,
        )  # fmt: skip
        chat = {"conn_type": "http", "host": f"http://127.0.0.1:9/services/{NOTICE.text}"}
        monkeypatch.setenv("AIRFLOW_CONN_DESK_CHAT", json.dumps(chat))
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


def test_nothing_is_found(looked_through: Callable[[int], list[Hit]], day: Day) -> None:
    assert looked_through(4) == []
    asked = day.bench.server.requests()
    assert any(request["headers"].get("x-own") == HEADER.text for request in asked), "the canaries were sent"


def everywhere(monkeypatch: pytest.MonkeyPatch, function: Any, instead: Any) -> None:
    """Put ``instead`` where any module of ours holds ``function``. All are imported first: one that came later would
    take the replacement for good."""
    for found in pkgutil.walk_packages(airflow_provider_sora.__path__, "airflow_provider_sora."):
        if not found.name.endswith("__main__"):
            with contextlib.suppress(ModuleNotFoundError):  # of an extra that is not installed here
                importlib.import_module(found.name)
    for name, module in list(sys.modules.items()):
        if name.startswith("airflow_provider_sora"):
            for attribute, value in list(vars(module).items()):
                if value is function:
                    monkeypatch.setattr(module, attribute, instead)


def without_the_search_for_keys(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, redaction.without_secrets, lambda text, secrets: text)


def without_the_cleaning_of_servers_addresses(patch: pytest.MonkeyPatch) -> None:
    never = re.compile(r"(?!)()()")
    for name in ("_USER", "_QUERY", "_SIGNED"):
        patch.setattr(redaction, name, never)


def without_scrubbing_of_receipts_and_labels(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, scrub.scrub_text, lambda text: text)
    patch.setattr(scrub, "_scrub_text", lambda text, depth: text)


def without_shortening_of_shown_addresses(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, addresses.shown, lambda source: source)


def without_silence_about_notices(patch: pytest.MonkeyPatch) -> None:
    def told(conn_id: str, body: Any, **_: Any) -> bool:
        from airflow.sdk import BaseHook

        notice.log.warning("The notice to %s was not delivered.", notice._address(BaseHook.get_connection(conn_id))[0])
        return False

    everywhere(patch, notice.post_notice, told)


#: What is taken out, which canaries then get out, and where the first of them is seen.
MASKERS: dict[Callable[[pytest.MonkeyPatch], None], tuple[tuple[Canary, ...], str]] = {
    without_the_search_for_keys: ((KEY, HEADER), "bucket: index.html"),
    without_the_cleaning_of_servers_addresses: ((SIGNATURE, USER), "bucket: index.html"),
    without_scrubbing_of_receipts_and_labels: ((LINK, READER), "bucket: receipt.json"),
    without_shortening_of_shown_addresses: ((PHOTO,), "bucket: index.json"),
    without_silence_about_notices: ((NOTICE,), "log"),
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
