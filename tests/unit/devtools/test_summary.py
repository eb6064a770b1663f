"""What the demo says of the bucket is what lies in it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from devtools import summary

FILM = b"\x00\x00\x00\x18ftypisom" + bytes(100)
KEYS = [
    "video_id", "parent_id", "uri", "bytes", "seconds", "size", "sha256", "cost_usd",
    "receipt_uri", "thumbnail_uri", "spritesheet_uri", "kind",
]  # fmt: skip


def archived(
    folder: Path, video_id: str, *, dag_id: str = "shop", parent: str | None = None, at: str = "1"
) -> dict[str, Path]:
    base = f"gs://b/{video_id}"
    files = {}
    objects: dict[str, Any] = {}
    for asset, name, data in (
        ("video", "video.mp4", FILM),
        ("thumbnail", "thumbnail.webp", b"t"),
        ("spritesheet", "spritesheet.jpg", b"s"),
    ):
        path = folder / video_id / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        files[f"{base}/{name}"] = path
        objects[asset] = {"uri": f"{base}/{name}", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    receipt = {
        "video_id": video_id,
        "parent_id": parent,
        "objects": objects,
        "media": {"duration_seconds": 4.0, "width": 1280, "height": 720},
        "cost": {"estimate": 0.4},
        "times": {"submitted_at": at},
        "run": {"dag_id": dag_id},
    }
    path = folder / video_id / "receipt.json"
    path.write_text(json.dumps(receipt))
    files[f"{base}/receipt.json"] = path
    return files


def test_receipts_become_videos_by_dag_in_the_order_they_were_submitted(tmp_path: Path) -> None:
    files = {
        **archived(tmp_path, "b", parent="a", at="2026-01-01T00:00:09"),
        **archived(tmp_path, "a", at="2026-01-01T00:00:01"),
        **archived(tmp_path, "n", dag_id="news"),
    }
    found = summary.videos_of(files)
    assert {dag: [video["video_id"] for video in listed] for dag, listed in found.items()} == {
        "news": ["n"],
        "shop": ["a", "b"],
    }
    first = found["shop"][0]
    assert list(first) == KEYS
    assert (first["seconds"], first["size"], first["cost_usd"], first["bytes"]) == (4.0, "1280x720", 0.4, len(FILM))
    assert first["receipt_uri"] == "gs://b/a/receipt.json"
    assert summary.problems_of(found["shop"], files) == []


def test_a_changed_or_missing_file_is_a_problem(tmp_path: Path) -> None:
    files = archived(tmp_path, "a")
    (tmp_path / "a" / "video.mp4").write_bytes(FILM[:-1] + b"x")
    del files["gs://b/a/thumbnail.webp"]
    problems = summary.problems_of(summary.videos_of(files)["shop"], files)
    assert problems == ["a has no thumbnail in the bucket", "a is not what its receipt says"]


def test_what_is_no_mp4_is_a_problem(tmp_path: Path) -> None:
    files = archived(tmp_path, "a")
    videos = summary.videos_of(files)["shop"]
    page = b"<html>"
    (tmp_path / "a" / "video.mp4").write_bytes(page)
    videos[0].update(sha256=hashlib.sha256(page).hexdigest(), bytes=len(page))
    assert summary.problems_of(videos, files) == ["a is no MP4"]


def test_the_table_adds_up(tmp_path: Path) -> None:
    files = {**archived(tmp_path, "a"), **archived(tmp_path, "b", parent="a", at="2")}
    lines = summary.table(summary.videos_of(files)).splitlines()
    assert [word for word in lines[-1].split() if word] == ["total", "2", "videos", "8.0", "0", "0.80"]
    assert len(lines) == 6


def test_the_widest_index_page_comes_first(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("d/2026/run/index.html", "d/2026/index.html", "d/2026/x.json")}
    assert summary.index_pages(files) == [tmp_path / "d/2026/index.html", tmp_path / "d/2026/run/index.html"]
