"""DAGs written with the kit, and one that was copied before there was a kit, run by Airflow for real."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[3]
COPIED = REPOSITORY / "tests" / "unit" / "kit" / "dags_of_0_1"


def test_a_table_of_ones_own_becomes_clips_each_paid_for_once(bench) -> None:
    for name in ("own_dag.py", "own_table.csv"):
        shutil.copy(REPOSITORY / "docs" / "examples" / name, bench.folder)
    example = bench.folder / "own_dag.py"
    example.write_text(f"{example.read_text('utf-8')}\nmade = dag\n", "utf-8")
    result = bench.run("own_dag")
    assert result.state == "success", result.states()
    assert bench.paid() == 4 and len(bench.names("/receipt.json")) == 4
    index = bench.index()
    assert [video["labels"]["guid"] for video in index["videos"]] == ["harbour"] * 2 + ["market"] * 2
    assert {video["labels"]["desk"] for video in index["videos"]} == {"travel"}
    assert sum(job["remixed_from_video_id"] is not None for job in bench.server.jobs()) == 2

    # A row that changed is made again, one whose key stands twice is not, and the others cost nothing.
    table = bench.folder / "own_table.csv"
    more = 'market,"Wide shot of a market under snow. Static camera.",stars\n'
    more += 'market,"Another market at dawn, empty.",sun\n'
    table.write_text("".join([*table.read_text("utf-8").splitlines(keepends=True)[:2], more]), "utf-8")
    assert bench.run("own_dag").state == "success"
    assert bench.paid() == 6
    assert [(entry["key"], entry["code"]) for entry in bench.index()["skipped"]] == [
        ("harbour", "taken"),
        ("market", "repeated_key"),
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("dag_id", ["news_insert", "ecommerce_product_video"])
def test_a_file_copied_from_0_1_runs(bench, dag_id: str) -> None:
    shutil.copy(COPIED / f"{dag_id}.py", bench.folder)
    assert "planning" in (bench.folder / f"{dag_id}.py").read_text("utf-8")
    result = bench.run(dag_id, max_items=1)
    assert result.state == "success", result.states()
    made = {"news_insert": 2, "ecommerce_product_video": 3}[dag_id]
    assert bench.paid() == made == len(bench.index()["videos"])
    # The file of today goes on where it left off.
    shutil.copy(REPOSITORY / "dags" / f"{dag_id}.py", bench.folder)
    assert bench.run(dag_id, max_items=1, dry_run=True).state == "success"
    (plan,) = [index for index in map(bench.read, bench.names("/index.json")) if index.get("dry_run")]
    assert [entry["status"] for entry in plan["skipped"]].count("unchanged") == 1


@pytest.fixture
def photos(bench) -> Iterator[tuple[str, Counter[str]]]:
    """A web host with the sample's pictures, and how often each was asked for."""
    asked: Counter[str] = Counter()
    folder = REPOSITORY / "dags" / "include" / "products"

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            data = (folder / Path(self.path).name).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_photo_is_fetched_once_to_choose_and_once_to_pay(bench, photos, monkeypatch) -> None:
    host, asked = photos
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", f"{host}/, {bench.folder}")
    table = bench.folder / "include" / "remote.csv"
    rows = [f"{name},A plain {name},Made by hand,{host}/{name}.jpg,jp" for name in ("mug", "chair")]
    table.write_text("\n".join(["sku,title,selling_points,photo,market", *rows]), "utf-8")
    result = bench.run("ecommerce_product_video", catalogue=str(table))
    assert result.state == "success", result.states()
    assert bench.paid() == 6
    assert asked == {"/mug.jpg": 2, "/chair.jpg": 2}
    # The next run reads each once, sees that nothing has changed, and looks no second time.
    assert bench.run("ecommerce_product_video", catalogue=str(table)).state == "success"
    assert bench.paid() == 6 and asked == {"/mug.jpg": 3, "/chair.jpg": 3}
