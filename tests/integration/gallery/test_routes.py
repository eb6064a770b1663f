"""The gallery's routes in Airflow's own API server, as a browser with a session's cookie meets them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.record import VideoRecord
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4
from tests.support.web_ui import PASSWORD, USER, api_server, api_server_environment

CLIP = grown(sample_mp4(), 3 << 20)
#: A look when a person asks is at what DAGs made in these days; an older clip waits for a look at everything.
TODAY = f"{datetime.now(UTC):%Y/%m/%d}"


def make(root: Path, video_id: str, dag_id: str, **labels: str) -> None:
    archive_video(
        MemorySource(CLIP),
        VideoRecord(video_id, status="completed", labels=labels, requested={"prompt": "A film"}),
        destination=f"file://{root}/unreviewed/{dag_id}/{TODAY}/0900-item",
        run={"dag_id": dag_id, "run_id": "run-1", "task_id": "archive", "map_index": -1},
    )


class Visitor:
    """Somebody's browser."""

    def __init__(self, root: str, **login: str) -> None:
        # As a browser says it of what a page of the same site asks for.
        own = {"sec-fetch-site": "same-origin"}
        self.http = httpx.Client(base_url=f"{root}/sora", headers=own, trust_env=False, timeout=60)
        if login:
            token = httpx.post(f"{root}/auth/token", json=login, trust_env=False, timeout=60).json()["access_token"]
            self.http.cookies.set("_token", token)

    def clips(self, **asked: Any) -> dict[str, Any]:
        answer = self.http.get("/api/clips", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    home = tmp_path_factory.mktemp("gallery")
    archive = home / "archive"
    archive.mkdir()
    make(archive, "video_1", "shop", sku="A", title="<script>alert(1)</script>")
    make(archive, "video_2", "nobody_s")
    (home / "dags").mkdir()
    (home / "dags" / "shop.py").write_text("from airflow.sdk import DAG\nwith DAG('shop', schedule=None):\n    pass\n")
    with api_server(home, {"AIRFLOW__SORA__ARCHIVES": f"file://{archive}"}) as root:
        know_dags(home, root)
        yield root, archive


def know_dags(home: Path, root: str, *, python: str = sys.executable) -> None:
    """Have the DAG file read, as Airflow's own DAG processor does."""
    env = api_server_environment(home, int(root.rpartition(":")[2]))
    done = subprocess.run([python, "-m", "airflow", "dags", "reserialize"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture
def admin(house: tuple[str, Path]) -> Visitor:
    found = Visitor(house[0], username=USER, password=PASSWORD)
    deadline = time.monotonic() + 30
    while not found.clips()["clips"] and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def test_a_clip_is_found_and_plays_in_parts(admin: Visitor, house: tuple[str, Path]) -> None:
    (clip,) = admin.clips()["clips"]
    assert (clip["video_id"], clip["dag_id"], clip["title"]) == ("video_1", "shop", "<script>alert(1)</script>")
    link = clip["links"]["video"]
    assert link.startswith("/sora/files/")
    got = admin.http.get(house[0] + link)
    assert got.status_code == 200 and got.content == CLIP and got.headers["content-type"] == "video/mp4"
    part = admin.http.get(house[0] + link, headers={"range": "bytes=1000000-1999999"})
    assert part.status_code == 206 and part.content == CLIP[1_000_000:2_000_000]
    assert part.headers["content-range"] == f"bytes 1000000-1999999/{len(CLIP)}"
    assert part.headers["x-content-type-options"] == "nosniff"
    behind = admin.http.get(house[0] + link, headers={"range": "bytes=99999999-"})
    assert behind.status_code == 416
    picture = admin.http.get(house[0] + clip["links"]["thumbnail"])
    assert picture.headers["content-type"] == "image/webp" and picture.status_code == 200


def test_whoever_is_not_logged_in_sees_nothing(admin: Visitor, house: tuple[str, Path]) -> None:
    stranger = Visitor(house[0])
    (clip,) = admin.clips()["clips"]
    for path in ("/api/clips", "/api/filters", f"/api/clips/{clip['archive']}/{clip['folder']}"):
        assert stranger.http.get(path).status_code == 401, path
    assert httpx.get(house[0] + clip["links"]["video"], trust_env=False, timeout=60).status_code == 401
    assert stranger.http.post("/api/refresh").status_code == 401


def test_another_site_s_page_can_have_nothing_done(admin: Visitor, house: tuple[str, Path]) -> None:
    own = house[0].removeprefix("http://")
    for headers, expected in (
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-site", "origin": f"http://other.{own}"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({}, 403),
        ({"origin": f"http://{own}"}, 204),
    ):
        answer = httpx.post(
            f"{house[0]}/sora/api/refresh", cookies=admin.http.cookies, headers=headers, trust_env=False, timeout=60
        )
        assert answer.status_code == expected, headers


@pytest.mark.parametrize(
    "place",
    [
        "{archive}/{folder}/nothing.mp4",
        "{archive}/{folder}/receipt.json.bak",
        "{archive}/{folder}/../../../../../../secret.txt",
        "{archive}/{folder}/%2e%2e/%2e%2e/secret.txt",
        "{archive}/..%2f..%2fsecret.txt",
        "{archive}//etc/passwd",
        "00000000/{folder}/video.mp4",
        "{archive}/{folder}/.video.mp4.meta.json",
        "file:%2f%2f%2fetc/passwd",
    ],
)
def test_no_other_address_leads_anywhere(admin: Visitor, house: tuple[str, Path], place: str) -> None:
    (house[1].parent / "secret.txt").write_text("secret")
    (clip,) = admin.clips()["clips"]
    address = place.format(archive=clip["archive"], folder=clip["folder"])
    answer = admin.http.get(f"/files/{address}")
    assert answer.status_code == 404 and b"secret" not in answer.content, address


def test_a_clip_of_a_dag_that_airflow_does_not_know_is_not_shown(admin: Visitor, house: tuple[str, Path]) -> None:
    assert "nobody_s" in Shelf(house[1].parent / "sora" / "gallery.sqlite").dag_ids(), "it has been read"
    (clip,) = admin.clips()["clips"]
    assert clip["video_id"] == "video_1"
    hidden = f"{clip['archive']}/{clip['folder']}".replace("/shop/", "/nobody_s/").replace("video_1", "video_2")
    for path in (f"/api/clips/{hidden}", f"/files/{hidden}/video.mp4"):
        assert admin.http.get(path).status_code == 404, path


def test_what_is_made_meanwhile_comes_by_itself(admin: Visitor, house: tuple[str, Path]) -> None:
    archive_video(
        MemorySource(CLIP),
        VideoRecord("video_new", status="completed", labels={"sku": "A"}),
        destination=f"file://{house[1]}/unreviewed/shop/{TODAY}/1000-item",
        run={"dag_id": "shop", "run_id": "run-2", "task_id": "archive", "map_index": -1},
    )
    assert admin.http.post("/api/refresh").status_code == 204
    deadline = time.monotonic() + 20
    while len(clips := admin.clips(label="sku:A")["clips"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [(clip["video_id"], clip["current"]) for clip in clips] == [("video_new", True), ("video_1", False)]
