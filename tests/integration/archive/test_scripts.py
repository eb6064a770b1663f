"""The documents' script that writes an index of what lies below a prefix, run as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.gallery.test_routes import make

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "examples" / "script_index_of_a_prefix.py"


def test_the_index_shows_every_clip_below_the_prefix(tmp_path: Path) -> None:
    make(tmp_path, "video_1", "shop", sku="A-1", title="Vase")
    make(tmp_path, "video_2", "news", guid="g-1", title="Harbour")
    prefix = tmp_path / "unreviewed"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), f"file://{prefix}"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((prefix / "index.json").read_text("utf-8"))
    assert {video["video_id"] for video in found["videos"]} == {"video_1", "video_2"}
    page = (prefix / "index.html").read_text("utf-8")
    assert "<title>November" in page and "video_1" in page and "video_2" in page
