"""The folder for an editor: what lies in it, that a retry meets it, and what it says of the one before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.cutting.edit_list import read_order
from airflow_provider_sora.archive.cutting.handing_over import HandOff, hand_over
from airflow_provider_sora.archive.cutting.workshop import Workshop
from airflow_provider_sora.exceptions import ContentError, ForeignObjectError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.clips import make_clip
from tests.support.content import MemorySource
from tests.support.films import tune

OPTIONS = ArchiveOptions(stills=False)


class Desk:
    """Clips archived under one folder, hand-offs under another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clip(self, name: str, labels: dict[str, str] | None = None, **form: Any) -> dict[str, Any]:
        record = VideoRecord(name, base_url="http://h/v1", status="completed", labels=labels or {})
        place = f"file://{self.folder}/clips"
        return archive_video(
            MemorySource(make_clip(**form)), record, destination=place, options=OPTIONS
        ).record.to_xcom()

    def over(
        self,
        videos: list[Any],
        name: str = "Film",
        since: str | None = None,
        labels: dict[str, str] | None = None,
        **settings: Any,
    ) -> HandOff:
        def bring(what: str, source: str) -> bytes:
            return Path(source).read_bytes()

        with Workshop(read_order(videos, settings), OPTIONS, bring, prefix="handoff") as workshop:
            return hand_over(
                workshop,
                name=name,
                destination=f"file://{self.folder}/editor",
                options=OPTIONS,
                since=since,
                labels=labels,
            )

    def path(self, found: HandOff, name: str) -> Path:
        return self.folder / "editor" / found.listed["handoff_id"] / name


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_folder_holds_all_that_an_editor_needs(desk: Desk) -> None:
    one, two = desk.clip("a", frames=48), desk.clip("b", frames=48, first=50)
    music = tune(desk.folder / "morning.wav", 2)
    said = [{"start": 0, "end": 1, "text": "おはよう"}]
    videos = [
        {"card": "海辺\nA film", "seconds": 1, "blend": 6},
        {"video": one, "name": "scene 1: 港", "start": 0.5, "captions": said},
        {"video": two, "name": "岬"},
        {"video": one, "name": "scene 1 again"},
    ]
    found = desk.over(videos, music=music)
    whole = desk.path(found, "")
    # A folder keeps each object's metadata in a hidden file beside it.
    written = [path for path in whole.rglob("*") if path.is_file() and not path.name.startswith(".")]
    files = {path.relative_to(whole).as_posix() for path in written}
    assert files == {
        "clips/001_card.png", "clips/002_scene-1.mp4", "clips/003_b.mp4", "music/music.wav", "captions/film.vtt",
        "captions/film.srt", "film.otio", "film.xml", "film.edl", "handoff.json",
    }  # fmt: skip
    assert desk.path(found, "clips/002_scene-1.mp4").read_bytes() == (desk.folder / "clips/a/video.mp4").read_bytes()
    listed = json.loads(desk.path(found, "handoff.json").read_text())
    for file in listed["files"]:
        data = desk.path(found, file["name"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert {file["name"] for file in listed["files"]} == files - {"handoff.json"}
    second = listed["shots"][1]
    assert (second["name"], second["video_id"], second["file"]) == ("scene 1: 港", "a", "clips/002_scene-1.mp4")
    assert (second["source"], second["frames"], second["handles"]) == ([0.5, 2.0], 36, [0.625, 0.0])
    assert listed["shots"][3]["file"] == "clips/002_scene-1.mp4", "a clip that is seen twice is there once"
    assert listed["film"]["rate"] == "24" and listed["film"]["frames"] == 24 - 6 + 36 + 48 + 48
    for name, form in (("film.otio", "otio_json"), ("film.xml", "fcp_xml")):
        timeline = otio.adapters.read_from_string(desk.path(found, name).read_text("utf-8"), form)
        addresses = [clip.media_reference.target_url for clip in timeline.find_clips()]
        assert all(desk.path(found, address).is_file() for address in addresses) and len(addresses) > 6
    assert list(verify(f"file://{desk.folder}/editor")) == []


def test_labels_stand_in_the_list_and_at_every_object(desk: Desk) -> None:
    one, two = (desk.clip(name, {"film": "The pier", "scene": name}, first=at) for name, at in (("a", 0), ("b", 30)))
    found = desk.over([one, two], labels={"desk": "culture"})
    assert found.listed["labels"] == {"film": "The pier", "desk": "culture"}, (
        "what the clips have alike, and what is given"
    )
    store = open_store(found.uri, OPTIONS)
    objects = list(store.list())
    assert len(objects) == len(found.listed["files"]) + 1
    for there in objects:
        assert (there.metadata["label-film"], there.metadata["label-desk"]) == ("The pier", "culture"), there.name


def test_a_retry_meets_its_own_folder_and_fills_what_is_missing(desk: Desk) -> None:
    videos = [{"video": desk.clip("a"), "name": "one"}, {"video": desk.clip("b", first=30), "name": "two"}]
    found = desk.over(videos)
    again = desk.over(videos)
    assert again.listed == found.listed and again.bytes_stored == 0
    for name in ("handoff.json", "film.xml"):
        desk.path(found, name).unlink()
    third = desk.over(videos)
    assert 0 < third.bytes_stored < 40_000, "the clips are not moved again"
    assert desk.path(third, "film.xml").exists()
    desk.path(found, "handoff.json").unlink()
    desk.path(found, "clips/001_one.mp4").write_bytes(b"another")
    with pytest.raises(ForeignObjectError, match=r"clips/001_one.mp4 is taken by something that is not this hand-off"):
        desk.over(videos)


def test_what_changed_since_the_last_one_is_told(desk: Desk) -> None:
    a, b = desk.clip("a", frames=48), desk.clip("b", frames=48, first=30)
    first = desk.over([{"video": a, "name": "one"}, {"video": b, "name": "two"}])
    assert first.listed["previous"] is None and not desk.path(first, "changes.txt").exists()
    desk.over([{"video": a, "name": "one"}], name="Another film")
    new = desk.clip("new", frames=48, first=90)
    second = desk.over([{"video": new, "name": "one"}, {"video": b, "name": "two", "start": 0.5}], since=first.uri)
    assert second.to_xcom() == {
        "handoff_id": second.listed["handoff_id"],
        "uri": second.uri,
        "list_uri": f"{second.uri}/handoff.json",
        "previous": first.uri,
        "changes": [
            "Shot 1, one: new material (a before, new now)",
            "Shot 2, two: trimmed (0 to 2 s before, 0.5 to 2 s now)",
            "Shot 2, two: other length (48 before, 36 now)",
        ],
    }
    assert desk.path(second, "changes.txt").read_text().splitlines() == second.to_xcom()["changes"]
    third = desk.over([{"video": new, "name": "one"}])
    assert third.listed["previous"] == second.uri, "the latest of the same title"
    assert "Shot 2, two: removed" in third.to_xcom()["changes"]


def test_an_earlier_list_that_is_damaged_is_told(desk: Desk) -> None:
    a = desk.clip("a")
    first = desk.over([a])
    desk.path(first, "handoff.json").write_text("{}")
    with pytest.raises(ContentError, match=r"handoff.json is no list of a hand-off of this version"):
        desk.over([{"video": a, "start": 0.5}])
