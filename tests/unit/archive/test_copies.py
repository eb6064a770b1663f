"""Copies of one clip: their sizes, what they state, and that the original stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.copies import beside, shape_size
from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.archive.receipt import build_receipt
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from airflow_provider_sora.tasks.archiving.copying import make_marked, make_shapes
from tests.support.clips import make_clip
from tests.support.content import MemorySource
from tests.support.films import picture

OPTIONS = ArchiveOptions(stills=False)


class Task:
    dag_id, run_id, task_id, map_index, try_number = "d", "r", "t", -1, 1


WHERE: dict[str, Any] = {
    "context": {"ti": Task()}, "destination": None, "options": OPTIONS, "labels": {"desk": "news"}, "log": None,
    "encoding": {"preset": "ultrafast"},
}  # fmt: skip


@pytest.fixture
def clip(tmp_path: Path) -> VideoRecord:
    record = VideoRecord(
        "video_1",
        base_url="http://h/v1",
        status="completed",
        parent_id="video_0",
        cost_estimate_usd=0.4,
        labels={"guid": "7"},
    )
    data = make_clip(size=(320, 180))
    return archive_video(
        MemorySource(data), record, destination=f"file://{tmp_path}/unreviewed/run", options=OPTIONS
    ).record


def shapes(clip: VideoRecord, *wanted: str, **settings: Any) -> list[ArchiveResult]:
    more = {name: settings.pop(name, None) for name in ("focus", "short_side")}
    return make_shapes(clip.to_xcom(), shapes=list(wanted), settings={"fit": "crop", **settings}, **more, **WHERE)


def facts(width: int | None, height: int | None) -> Facts:
    media = MediaInfo(duration_seconds=1.0, width=width, height=height)
    video = {"uri": "x", "size": 1, "sha256": "x"}
    return facts_in(build_receipt(VideoRecord("v"), media=media, objects={"video": video}))


@pytest.mark.parametrize(
    ("of", "shape", "short", "size"),
    [
        ((1280, 720), "9:16", None, (720, 1280)),
        ((1280, 720), "1:1", None, (720, 720)),
        ((1280, 720), " 16:9 ", None, (1280, 720)),
        ((720, 1280), "16:9", None, (1280, 720)),
        ((1280, 720), "4:5", 1080, (1080, 1350)),
        ((854, 480), "16:9", "1080", (1920, 1080)),
        ((853, 479), "21:9", None, (1118, 480)),
    ],
)
def test_the_shorter_side_stays_or_is_as_asked(of: Any, shape: str, short: Any, size: Any) -> None:
    assert shape_size(shape, facts(*of), short) == size


@pytest.mark.parametrize("shape", ["wide", "16x9", "0:1", "16:", "100:1", 1.5, None])
def test_what_is_no_shape_is_refused(shape: object) -> None:
    with pytest.raises(ConfigurationError, match="shapes must be shapes such as 16:9"):
        shape_size(shape, facts(1280, 720))


def test_a_size_that_nobody_knows_has_to_be_given() -> None:
    with pytest.raises(ConfigurationError, match=r"does not say how large it is.*give short_side"):
        shape_size("1:1", facts(None, None))


def test_copies_lie_beside_the_original_and_say_what_they_are(clip: VideoRecord, tmp_path: Path) -> None:
    before = (tmp_path / "unreviewed/run/video_1/video.mp4").read_bytes()
    made = shapes(clip, "16:9", "9:16", "1:1", short_side=96)
    again = shapes(clip, "16:9", "9:16", "1:1", short_side=96)
    assert [one.record for one in again] == [one.record for one in made] and not any(one.bytes_stored for one in again)
    assert [(one.media.width, one.media.height) for one in made] == [(170, 96), (96, 170), (96, 96)]
    for one, shape in zip(made, ("16:9", "9:16", "1:1"), strict=True):
        receipt = one.receipt
        assert (one.record.uri or "").startswith(f"{beside(clip)}/shape_")
        assert receipt["kind"] == "derived" and receipt["request"]["call"] == "shape"
        assert receipt["parent_id"] == "video_1" and receipt["parent_chain"] == ["video_1", "video_0"]
        assert receipt["labels"] == {"guid": "7", "desk": "news", "shape": shape}
        assert [part["video_id"] for part in receipt["parts"]] == ["video_1"]
        assert receipt["provenance"]["c2pa_of_parts"] == "the parts had none"
    assert (tmp_path / "unreviewed/run/video_1/video.mp4").read_bytes() == before
    assert report(f"file://{tmp_path}").total.usd == pytest.approx(0.4), "the copies cost nothing of their own"


def test_a_shape_that_it_has_already_is_copied(clip: VideoRecord, tmp_path: Path) -> None:
    (same,) = shapes(clip, "16:9")
    files = (tmp_path / f"unreviewed/run/{name}/video.mp4" for name in ("video_1", same.record.video_id))
    original, copy = (_packets(str(path)) for path in files)
    assert len(original) == 24 and original == copy


def test_a_marked_copy_differs_in_its_corner_alone(clip: VideoRecord, tmp_path: Path) -> None:
    mark = {"text": "AI generated", "corner": "top left", "height": 0.15}
    made = make_marked(clip.to_xcom(), settings={"mark": mark}, **WHERE)
    assert made.record.video_id.startswith("mark_") and made.receipt["request"]["call"] == "mark"
    original = picture(str(tmp_path / "unreviewed/run/video_1/video.mp4"), 5).astype(int)
    copy = picture(str(tmp_path / f"unreviewed/run/{made.record.video_id}/video.mp4"), 5).astype(int)
    changed = abs(copy - original).max(axis=2) > 24
    assert changed[:45, :160].any() and not changed[60:].any() and not changed[:, 200:].any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shapes": []}, "shapes must be a list with at least one"),
        ({"shapes": ["9:16"], "focus": {"9x16": [0, 0]}}, "shapes has no '9x16'. Did you mean '9:16'?"),
        ({"shapes": ["9:16"], "focus": [2, 0]}, "focus must be x and y from 0 to 1"),
        ({"shapes": ["9:16"], "settings": {"fit": "zoom"}}, "fit must be one of pad, crop, blur"),
        ({"shapes": ["9:16", "tall"]}, "shapes must be shapes such as 16:9"),
    ],
)
def test_nothing_is_made_of_what_cannot_be_meant(
    clip: VideoRecord, tmp_path: Path, arguments: dict[str, Any], said: str
) -> None:
    given = {"focus": None, "short_side": None, "settings": {}, **arguments}
    with pytest.raises(ConfigurationError) as raised:
        make_shapes(clip.to_xcom(), **given, **WHERE)
    assert said in str(raised.value)
    assert [path.name for path in (tmp_path / "unreviewed/run").iterdir()] == ["video_1"]


def test_a_mark_that_is_none_is_refused(clip: VideoRecord) -> None:
    with pytest.raises(ConfigurationError, match="There is no mark"):
        make_marked(clip.to_xcom(), settings={"mark": None}, **WHERE)
    with pytest.raises(ConfigurationError, match="mark renders blank"):
        make_marked(clip.to_xcom(), settings={"mark": ""}, **WHERE)


def _packets(path: str) -> list[bytes]:
    with av.open(path) as file:
        return [bytes(packet) for packet in file.demux(video=0) if packet.size]


def test_a_bare_id_has_no_copies() -> None:
    with pytest.raises(ConfigurationError, match="is not archived"):
        beside(VideoRecord("video_1"))
