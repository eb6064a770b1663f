"""An unchanged item's row leads to the clip that an earlier run made; one that cannot be read costs no page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from airflow_provider_sora.pages.index import build_index
from airflow_provider_sora.pages.index.page import render_page
from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import open_json_store
from airflow_provider_sora.runs.remembered.made import Markers
from airflow_provider_sora.runs.remembered.places import places_of


def paths_below(folder: Path) -> RunPaths:
    day = "unreviewed/shop/2026/11/27"
    moment = datetime(2026, 11, 27, 9, tzinfo=UTC)
    return RunPaths(f"file://{folder}", day, f"{day}/_runs/0900", moment, "0900", "state/shop", "2026-11-27")


def test_places_of_markers(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    markers = Markers(open_json_store(paths.prefix), paths)
    markers.note("f1", {"video_id": "v", "uri": f"file://{tmp_path}/unreviewed/shop/2026/11/20/x/v/video.mp4"})
    markers.note("f2", {"video_id": "w", "uri": "gs://elsewhere/w/video.mp4"})
    (tmp_path / "state/shop/clips/f3.json").write_text("{")
    found = places_of(["f1", "f2", "f3", "none", "f1"], paths, None)
    assert found == {
        "f1": f"file://{tmp_path}/unreviewed/shop/2026/11/20/x/v/video.mp4",
        "f2": "gs://elsewhere/w/video.mp4",
    }


def test_the_row_of_a_page_leads_there(tmp_path: Path) -> None:
    skipped = [
        {"key": "A jp", "title": "Vase", "status": "unchanged", "reason": "archived", "clip_uri": uri}
        for uri in (f"file://{tmp_path}/unreviewed/shop/2026/11/20/x/v/video.mp4", "javascript:alert(1)//x")
    ]
    index = build_index([], base=f"file://{tmp_path}/unreviewed/shop/2026/11/27", skipped=skipped)
    assert index["skipped"][0]["clip_link"] == "../20/x/v/video.mp4"
    page = render_page(index, {})
    assert 'href="../20/x/v/video.mp4"' in page and 'href="javascript' not in page
    assert json.dumps(index)
