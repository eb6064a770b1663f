"""The gallery over a large archive: ``python -m benchmarks.gallery [--clips 10000] [--delay 0.05] [--people 10]``.

A real API server on PostgreSQL (SQLite where it is not installed) reads a bucket that answers each request after 50 ms.
Told are: until every receipt was read, what a page takes and how often the bucket was asked for it, what the API
server's memory grew by, and how long Airflow's own ``/api/v2/dags`` takes before, while ten people look through the
gallery and watch, while ten people look through Airflow's own lists instead, and after.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from benchmarks.gallery_bucket import Bucket
from testbed import database
from testbed.ports import free_port, is_free
from testbed.processes import start, stopped_at_the_end
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4
from tests.support.web_ui import PASSWORD, USER, api_server, api_server_environment

_DAG = "from airflow.sdk import DAG\nwith DAG('shop', schedule=None):\n    pass\n"
_VIDEO = 4 << 20


def objects_of(clips: int, folder: Path) -> dict[str, bytes]:
    """A bucket's content: one clip that was really archived, and the others made after its receipt."""
    content = grown(sample_mp4(), _VIDEO)
    made = archive_video(
        MemorySource(content),
        VideoRecord("video_0", status="completed", requested={"prompt": "A slow push in on the glaze"}),
        destination=f"file://{folder}/unreviewed/shop/2026/11/25/0900-item",
        options=ArchiveOptions(stills=False),
        run={"dag_id": "shop", "run_id": "run", "task_id": "archive", "map_index": -1},
    )
    receipt = Path(str(made.record.receipt_uri).removeprefix("file://")).read_text()
    found = {}
    for number in range(clips):
        day = f"2026/{number * 12 // clips + 1:02d}/{number % 28 + 1:02d}"
        text = receipt.replace(f"file://{folder}", "gs://clips").replace("video_0", f"video_{number}")
        one = json.loads(text.replace("2026/11/25", day))
        one["labels"] = {"sku": f"SKU-{number // 2}", "market": "jp", "title": f"Vase {number}"}
        place = f"unreviewed/shop/{day}/0900-item/video_{number}"
        found[f"{place}/receipt.json"] = json.dumps(one).encode()
        found[f"{place}/video.mp4"] = content
    return found


def memory() -> float:
    """MB that the API server and its children hold for themselves (PSS): all that descends from this process."""
    parents, total = {}, 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):  # it has ended meanwhile
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    for process_id in parents:
        above = process_id
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() != process_id:
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def p95(times: list[float]) -> str:
    return f"p50 {statistics.median(times) * 1000:.0f} ms, p95 {statistics.quantiles(times, n=20)[-1] * 1000:.0f} ms"


def timed(client: httpx.Client, path: str, times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        found.append(time.perf_counter() - began)
    return found


def watch(root: str, token: str, number: int, stop: threading.Event) -> None:
    """One person: a page, a clip, its player's first bytes and a jump, and a second of looking."""
    with httpx.Client(base_url=root, cookies={"_token": token}, trust_env=False, timeout=60) as client:
        while not stop.is_set():
            client.get("/sora/gallery", params={"text": f"vase {number}"})
            clip = client.get("/sora/api/clips", params={"text": f"vase {number}", "limit": 1}).json()["clips"][0]
            client.get(f"/sora/clip/{clip['archive']}/{clip['folder']}")
            for part in ("bytes=0-1048575", "bytes=2097152-3145727"):
                assert client.get(clip["links"]["video"], headers={"range": part}).status_code == 206
            stop.wait(1)


def look(root: str, token: str, stop: threading.Event) -> None:
    """One person among Airflow's own pages, as often: what any ten people cost."""
    with httpx.Client(base_url=root, cookies={"_token": token}, trust_env=False, timeout=60) as client:
        while not stop.is_set():
            for path in ("dags?limit=50", "dagRuns?limit=50", "plugins", "dags/shop/details", "dags/shop/tasks"):
                client.get(f"/api/v2/{path}")
            stop.wait(1)


@contextmanager
def postgres_in(folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL while the block lasts, and the settings by which Airflow uses it; none where it is not installed."""
    postgres, reason = database.installed(folder)
    if postgres is None:
        print(f"Airflow's database is SQLite: {reason}", flush=True)
        yield {}
        return
    port, data = free_port(), folder / "postgres"
    postgres.create(data, "benchmark")
    with stopped_at_the_end() as children:
        argv = postgres.argv(data, port)
        children.append(
            start(
                "postgres", argv, log=folder / "postgres.log", env=dict(os.environ), cwd=Path("/"), user=postgres.user
            )
        )
        deadline = time.monotonic() + 60
        while is_free(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        print("Airflow's database is PostgreSQL", flush=True)
        yield dict(database.settings_for("benchmark", port))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.gallery", description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before the bucket answers")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--times", type=int, default=200, help="requests to /api/v2/dags in each round")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o711)  # PostgreSQL runs as a user of its own
        (home / "dags").mkdir()
        (home / "dags" / "shop.py").write_text(_DAG)
        (home / "one").mkdir()
        bucket = Bucket(free_port(), objects_of(asked.clips, home / "one"), asked.delay)
        threading.Thread(target=bucket.serve_forever, daemon=True).start()
        more = {
            "AIRFLOW__SORA__ARCHIVES": "gs://clips",
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{bucket.server_port}",
        }
        with postgres_in(home) as settings, api_server(home, {**more, **settings}) as root:
            measure(root, home, {**more, **settings}, bucket, asked)
        bucket.shutdown()
    return 0


def measure(root: str, home: Path, more: dict[str, str], bucket: Bucket, given: argparse.Namespace) -> None:
    """Print every figure."""
    clips, people, times = given.clips, given.people, given.times
    env = api_server_environment(home, int(root.rpartition(":")[2]), more)
    subprocess.run([sys.executable, "-m", "airflow", "dags", "reserialize"], env=env, capture_output=True, check=True)
    login = {"username": USER, "password": PASSWORD}
    token = httpx.post(f"{root}/auth/token", json=login, trust_env=False).json()["access_token"]
    client = httpx.Client(base_url=root, headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=60)
    timed(client, "/api/v2/dags", 20)
    print(f"/api/v2/dags, nobody in the gallery: {p95(timed(client, '/api/v2/dags', times))}", flush=True)
    before = memory()
    began = time.monotonic()
    first = timed(client, "/sora/gallery", 1)[0]
    print(f"the very first page, while nothing was read: {first * 1000:.0f} ms", flush=True)
    while (seen := client.get("/sora/api/clips", params={"limit": 1}).json())["total"] < clips or not seen["filled"]:
        time.sleep(1)
    print(f"{clips} receipts read in {time.monotonic() - began:.0f} s, asked of the bucket: {bucket.asked}", flush=True)
    print(f"memory before {before:.0f} MB, added {memory() - before:.0f} MB", flush=True)
    asked = dict(bucket.asked)
    some = client.get("/sora/api/clips", params={"limit": 1}).json()["clips"][0]
    for path in (
        "/sora/gallery", "/sora/gallery?text=vase+99", "/sora/gallery?standing=current",
        "/sora/gallery?label=sku:SKU-7", f"/sora/clip/{some['archive']}/{some['folder']}",
        f"/sora/api/current/{some['archive']}",
    ):  # fmt: skip
        print(f"{path[:48]:48} {p95(timed(client, path, 10))}", flush=True)
    print(f"asked of the bucket for these: { {name: bucket.asked[name] - asked[name] for name in asked} }", flush=True)
    crowds = {
        "nobody again": lambda number, stop: None,
        f"{people} people in Airflow's own lists": lambda number, stop: look(root, token, stop),
        f"{people} people in the gallery": lambda number, stop: watch(root, token, number, stop),
    }
    for name, person in crowds.items():
        stop = threading.Event()
        threads = [threading.Thread(target=person, args=(number, stop)) for number in range(people)]
        for thread in threads:
            thread.start()
        time.sleep(5)
        print(f"/api/v2/dags, {name}: {p95(timed(client, '/api/v2/dags', times))}", flush=True)
        stop.set()
        for thread in threads:
            thread.join()
    print(f"memory added at the end {memory() - before:.0f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
