"""The pages of a campaign, written by several at once: nobody's rows are lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.pages.campaign import Member, read_manifest, write_campaign_pages
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.clips import make_clip
from tests.support.content import MemorySource

OPTIONS = ArchiveOptions(stills=False)
FACTS: dict[str, Any] = {
    "campaign": "autumn", "title": "autumn", "lang": "en", "dag_id": "d", "run_id": "r", "variants": [], "missing": [],
}  # fmt: skip


def member(folder: Path, sku: str) -> Member:
    record = VideoRecord(sku, base_url="http://h/v1", status="completed")
    place = f"file://{folder}/clips"
    return Member(sku, "", str(archive_video(MemorySource(make_clip()), record, destination=place,
                                              options=OPTIONS).record.receipt_uri))  # fmt: skip


def test_who_takes_rows_away_loses_none_that_are_written_meanwhile(tmp_path: Path) -> None:
    folder = f"file://{tmp_path}/run"
    one, two, three = (member(tmp_path, sku) for sku in ("a", "b", "c"))
    write_campaign_pages(folder, lambda: (FACTS, (one, two)), options=OPTIONS)
    asked = 0

    def without_one() -> tuple[dict[str, Any], Sequence[Member]]:
        nonlocal asked
        facts, members = read_manifest(folder, OPTIONS)
        asked += 1
        if asked == 1:  # the run that made the campaign ends at this very moment
            write_campaign_pages(folder, lambda: (FACTS, (one, two, three)), options=OPTIONS)
        return facts, [known for known in members if known.sku != "a"]

    write_campaign_pages(folder, without_one, options=OPTIONS)
    assert asked == 2
    assert [clip["sku"] for clip in json.loads((tmp_path / "run/manifest.json").read_text())["clips"]] == ["b", "c"]
    table, page = (tmp_path / "run" / name for name in ("manifest.csv", "campaign.html"))
    assert [line.split(",")[1] for line in table.read_text().splitlines()[1:]] == ["b", "c"]
    assert page.read_text().count("<article") == 2


def test_pages_that_others_keep_replacing_are_told(tmp_path: Path) -> None:
    folder = f"file://{tmp_path}/run"
    one = member(tmp_path, "a")

    titles = iter("bcdefg")

    def beaten() -> tuple[dict[str, Any], Sequence[Member]]:
        write_campaign_pages(folder, lambda: ({**FACTS, "title": next(titles)}, (one,)), options=OPTIONS)
        return FACTS, (one,)

    with pytest.raises(ArchiveError, match="replaced by others 6 times"):
        write_campaign_pages(folder, beaten, options=OPTIONS)
