"""The shelf holds what the archives hold, gives it page by page, and never a clip of a DAG that was not asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.gallery.archives import read_archives
from airflow_provider_sora.gallery.filling import fill, recent
from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

CLIP = sample_mp4()


class House:
    """An archive on disk, and its shelf."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "archive"
        self.root.mkdir()
        (self.archive,) = read_archives(f"file://{self.root}")
        self.shelf = Shelf(folder / "shelf.sqlite")

    def make(
        self, video_id: str, *, dag: str = "shop", parent: str | None = None, day: str = "2026/11/26", **labels: str
    ):  # type: ignore[no-untyped-def]
        record = VideoRecord(
            video_id, parent_id=parent, status="completed", labels=labels, requested={"prompt": f"A film of {video_id}"}
        )
        return archive_video(
            MemorySource(CLIP),
            record,
            destination=f"file://{self.root}/unreviewed/{dag}/{day}/0900-item",
            options=ArchiveOptions(stills=False),
            run={"dag_id": dag, "run_id": "run-1", "task_id": "archive", "map_index": 3},
        )

    def ids(self, **search: object) -> list[str]:
        asked = {"dag_ids": ["shop"], **search}
        return [clip.video_id for clip in self.shelf.find(Search(**asked)).clips]  # type: ignore[arg-type]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_what_is_archived_is_found_with_its_facts(house: House) -> None:
    house.make("video_1", sku="A-1", market="jp", title="檜のマグ")
    assert fill(house.archive, house.shelf) == 1
    (clip,) = house.shelf.find(Search(["shop"])).clips
    assert (clip.title, clip.dag_id, clip.map_index, clip.bytes) == ("檜のマグ", "shop", 3, len(CLIP))
    assert clip.subject == ("shop", "A-1", "jp") and clip.files["video"] == "video.mp4"
    assert house.shelf.clip(clip.archive, clip.folder) == clip
    assert fill(house.archive, house.shelf) == 0, "a receipt never changes, and is read once"


def test_a_dag_that_was_not_asked_for_is_not_there(house: House) -> None:
    house.make("video_1", dag="shop")
    house.make("video_2", dag="secret")
    fill(house.archive, house.shelf)
    assert house.ids() == ["video_1"]
    assert house.ids(dag_id="secret") == [] == house.ids(dag_ids=[]) == house.ids(dag_ids=[], text="film")
    assert house.shelf.choices(["shop"])["dag_id"] == ["shop"]


def test_it_is_searched(house: House) -> None:
    house.make("video_1", sku="A-1", title="Blue vase")
    house.make("video_2", sku="B-2", title="Blue cup")
    fill(house.archive, house.shelf)
    assert house.ids(text="BLUE film cup") == ["video_2"]
    assert house.ids(labels=[("sku", "A-1")]) == ["video_1"]
    assert house.ids(text="' OR 1=1 --") == [] == house.ids(labels=[("sku", "%")])
    assert sorted(house.ids(run_id="run-1", task_id="archive", map_index=3)) == ["video_1", "video_2"]
    assert house.ids(map_index=4) == []


def test_pages_follow_each_other_and_miss_none(house: House) -> None:
    for number in range(7):
        house.make(f"video_{number}")
    fill(house.archive, house.shelf)
    seen: list[str] = []
    after = ""
    while True:
        page = house.shelf.find(Search(["shop"], limit=3, after=after))
        assert page.total == 7
        seen += [clip.video_id for clip in page.clips]
        if not (after := page.next):
            break
    assert sorted(seen) == sorted(f"video_{number}" for number in range(7)) and len(seen) == 7


def test_a_change_stands_beside_its_original_for_who_may_see_both(house: House) -> None:
    """Whoever asked for the decision makes it, and not the DAG of the original."""
    house.make("video_made")
    house.make("video_changed", dag="video_review", parent="video_made")
    fill(house.archive, house.shelf)
    [made] = house.shelf.find(Search(["shop"])).clips
    both, alone = (
        [clip.video_id for clip in house.shelf.family(made, dags)] for dags in (["shop", "video_review"], [])
    )
    assert (both, alone) == (["video_made", "video_changed"], ["video_made"])


def test_a_family_and_which_one_is_current(house: House) -> None:
    house.make("video_old", sku="A", market="jp", day="2026/11/25")
    house.make("video_remix", sku="A", market="jp", parent="video_old", day="2026/11/25")
    house.make("video_again", sku="A", market="jp", parent="video_remix", day="2026/11/25")
    fill(house.archive, house.shelf)
    clips = {clip.video_id: clip for clip in house.shelf.find(Search(["shop"])).clips}
    assert clips["video_again"].parents == ("video_remix", "video_old")
    assert {clip.video_id for clip in house.shelf.family(clips["video_again"], ["shop"])} == set(clips)
    subject = clips["video_old"].subject
    assert subject is not None and house.shelf.current([subject]) == {subject: "video_old"}
    newer = house.make("video_new", sku="A", market="jp")
    assert newer.receipt["times"]["archived_at"] >= clips["video_old"].archived_at
    fill(house.archive, house.shelf)
    assert house.shelf.current([subject]) == {subject: "video_new"}, "the newest is current, even of the same second"


def test_what_is_gone_is_dropped_and_what_cannot_be_read_is_told(house: House) -> None:
    gone, kept = house.make("video_1"), house.make("video_2")
    fill(house.archive, house.shelf)
    Path(gone.record.receipt_uri.removeprefix("file://")).unlink()
    Path(kept.record.receipt_uri.removeprefix("file://")).with_name("receipt.json").write_text("{")
    broken = house.root / "unreviewed/shop/2026/11/26/0900-item/video_3/receipt.json"
    broken.parent.mkdir()
    broken.write_text("{")
    assert fill(house.archive, house.shelf) == 0
    assert house.ids() == ["video_2"]
    ((folder, reason),) = house.shelf.unread(house.archive.id)
    assert folder.endswith("video_3") and reason


def test_one_folder_or_two_days_are_looked_at_alone(house: House) -> None:
    house.make("video_1", day="2026/11/20")
    house.make("video_2", day="2026/11/26")
    below = list(recent(["shop"], date(2026, 11, 26)))
    assert below == [f"unreviewed/shop/2026/11/{day}/" for day in (27, 26, 25)]
    assert [fill(house.archive, house.shelf, below=prefix) for prefix in below] == [0, 1, 0]
    assert house.ids() == ["video_2"]
    one = "unreviewed/shop/2026/11/20/0900-item/"
    assert [fill(house.archive, house.shelf, below=f"{one}{name}/") for name in ("video_1", "nothing")] == [1, 0]
    assert sorted(house.ids()) == ["video_1", "video_2"]
    assert fill(house.archive, house.shelf, below=below[0]) == 0
    assert sorted(house.ids()) == ["video_1", "video_2"], "what lies elsewhere stays"


def test_an_archive_named_no_more_is_forgotten(house: House) -> None:
    house.make("video_1")
    fill(house.archive, house.shelf)
    house.shelf.keep_archives([])
    assert house.ids() == []


def test_archives_of_the_option() -> None:
    found = read_archives("gs://google_shop@bucket/a/, s3://b/c\nfile:///data/clips, gs://bucket/a")
    assert [(one.uri, one.conn_id) for one in found] == [
        ("gs://bucket/a", "google_shop"),
        ("s3://b/c", None),
        ("file:///data/clips", None),
    ]
    assert found[0].options.gcp_conn_id == "google_shop" and found[1].options.storage_conn_id is None
    assert read_archives(" \n") == ()
    with pytest.raises(ConfigurationError):
        read_archives("bucket/a")


def test_a_receipt_that_points_elsewhere_shows_no_file(house: House, tmp_path: Path) -> None:
    made = house.make("video_1")
    path = Path(made.record.receipt_uri.removeprefix("file://"))
    path.write_text(path.read_text().replace(str(house.root), "/etc").replace("video.mp4", "passwd.mp4"))
    fill(house.archive, house.shelf)
    assert house.shelf.find(Search(["shop"])).clips[0].files == {"receipt": "receipt.json"}, "its own place alone"


def test_an_archive_has_the_same_name_wherever_it_stands() -> None:
    assert read_archives("gs://a,gs://b")[1].id == read_archives("gs://b")[0].id


def test_what_was_found_costs_together(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "another.sqlite")
    house = House(tmp_path)
    house.make("video_1")
    fill(house.archive, house.shelf)
    (clip,) = house.shelf.find(Search(["shop"])).clips
    costs = [(0.4, 0.3), (0.4, None), (None, None)]
    made = [
        replace(clip, folder=f"f/{number}", cost_estimate=estimate, cost_actual=actual)
        for number, (estimate, actual) in enumerate(costs)
    ]
    shelf.put([*made, replace(clip, folder="f/film", kind="final_cut")])
    page = shelf.find(Search(["shop"], limit=1))
    assert (page.total, round(page.cost, 6), page.unpriced) == (4, 0.7, 1), "a film made here costs nothing of its own"
