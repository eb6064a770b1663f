"""How soon the gallery sees what is new: everything soon in a small archive, and not too often in a large one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.plugins.serving.shelves import WHOLE_SECONDS, Shelves, whole_again_after
from tests.unit.gallery.test_shelf import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_first_clip_of_a_dag_is_seen_though_the_archive_was_empty_at_the_first_look(
    house: House, tmp_path: Path
) -> None:
    shelves = Shelves((house.archive,), tmp_path / "gallery.sqlite")
    shelves.look()
    house.make("video_1", dag="newcomer")
    deadline = time.monotonic() + 60  # of a busy machine: 300 times what the first look took
    while not shelves.shelf.dag_ids() and time.monotonic() < deadline:
        time.sleep(0.05)
        shelves.look()
    found = shelves.shelf.find(Search(["newcomer"])).clips
    assert [clip.video_id for clip in found] == ["video_1"]


@pytest.mark.parametrize(("took", "after"), [(0.1, 30.0), (1.5, 450.0), (71.0, WHOLE_SECONDS)])
def test_everything_is_looked_at_the_more_rarely_the_longer_it_takes(took: float, after: float) -> None:
    assert whole_again_after(took) == pytest.approx(after)
