"""Films in an archive: what an edit list may say in JSON, whose id a film has, and what a retry meets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.edit_list import read_order, said, told_edit
from airflow_provider_sora.archive.cutting.workshop import Workshop, cut_videos
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.arguments import as_mapping
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, InvalidRequestError
from airflow_provider_sora.media.cut.edit import Caption, Card, Clip, Edit, Music
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from airflow_provider_sora.tasks.archiving.cutting import read_encoding, reader
from tests.support.clips import make_clip
from tests.support.content import MemorySource
from tests.support.films import tune
from tests.support.media import with_c2pa

OPTIONS = ArchiveOptions(stills=False)
RECORD = {"video_id": "video_1", "base_url": "http://h/v1", "uri": "file:///c/video_1/video.mp4"}
OTHER = {"video_id": "video_2", "base_url": "http://h/v1"}


def _signed(clip: bytes) -> bytes:
    """The clip with a C2PA box behind all else, so that its pictures are still found."""
    return clip + with_c2pa(clip).removeprefix(clip[: clip.index(b"moov") - 4])[: len(with_c2pa(clip)) - len(clip)]


class Room:
    """Clips archived under a folder, and films made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = f"file://{folder}"

    def clip(self, name: str, data: bytes, **more: Any) -> dict[str, Any]:
        record = VideoRecord(name, base_url="http://h/v1", status="completed", cost_estimate_usd=0.4, **more)
        return archive_video(MemorySource(data), record, destination=self.place, options=OPTIONS).record.to_xcom()

    def film(self, videos: Any, options: ArchiveOptions = OPTIONS, **settings: Any) -> ArchiveResult:
        with Workshop(read_order(videos, settings), options, reader(options)) as workshop:
            return cut_videos(workshop, destination=self.place, options=options, request={"call": "cut"})

    def file(self, result: ArchiveResult, name: str) -> Path:
        return self.folder / result.record.video_id / name


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_shots_are_read_from_what_tasks_hand_on() -> None:
    order = read_order(
        [
            {"card": "Title", "seconds": "3"},
            RECORD,
            None,
            {
                "video": str(OTHER),
                "start": "0.5",
                "gain_db": "-inf",
                "captions": json.dumps([{"start": 0, "end": 1, "text": "Hi"}]),
            },
            {"video": RECORD, "name": "again"},
        ],
        {
            "size": "1280x720",
            "rate": "29.97",
            "focus": [0, 1],
            "music": "https://h/m.mp3",
            "mark": {"corner": "top left"},
        },
    )
    assert [record.video_id for record in order.records] == ["video_1", "video_2"]
    assert order.edit.shots == (
        Card("Title", 3.0),
        Clip("0", name="video_1"),
        Clip("1", start=0.5, gain_db=float("-inf"), captions=(Caption(0, 1, "Hi"),), name="video_2"),
        Clip("0", name="again"),
    )
    assert order.edit.size == (1280, 720) and str(order.edit.rate) == "30000/1001"
    assert order.edit.music == Music("https://h/m.mp3") and order.edit.mark is not None
    assert read_order(str([RECORD, OTHER]), {}).edit.shots == (Clip("0", name="video_1"), Clip("1", name="video_2"))


@pytest.mark.parametrize(
    ("videos", "settings", "said"),
    [
        (RECORD, {}, "videos must be a list"),
        ([], {}, "at least one clip"),
        ([{"card": "x", "second": 2}], {}, "videos[0] has no 'second'. Did you mean 'seconds'?"),
        ([{"video": RECORD, "source": "x"}], {}, "videos[0] has no 'source'"),
        ([RECORD, {"video": "a b"}], {}, "video must be the output of a task"),
        ([{"video": RECORD, "start": "soon"}], {}, "videos[0].start must be a number"),
        ([{"video": RECORD, "blend": 1.5}], {}, "videos[0].blend must be a whole number"),
        ([{"video": RECORD, "captions": [{"start": 0}]}], {}, "videos[0].captions[0] has no end"),
        ([RECORD], {"captions": [{"start": 0, "end": 1, "text": 7}]}, "captions[0].text must be text"),
        ([RECORD], {"size": "1280"}, "size must be width and height such as 1280x720"),
        ([RECORD], {"rate": ""}, "rate must be frames a second"),
        ([RECORD], {"focus": [0.5]}, "focus must be x and y from 0 to 1"),
        ([RECORD], {"loop": "many"}, "loop must be a number"),
        ([RECORD], {"burn_captions": "yes"}, "burn_captions must be True or False"),
        ([RECORD], {"music": ""}, "music renders blank"),
        ([RECORD], {"music": {"gain_db": 3}}, "music has no source"),
        ([RECORD], {"mark": {"texts": "AI"}}, "mark has no 'texts'. Did you mean 'text'?"),
        ([RECORD], {"zoom": 2}, "A film has no 'zoom'"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(videos: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_order(videos, settings)
    assert said in str(raised.value)


def test_an_id_follows_from_parts_and_edit_list_and_not_from_defaults() -> None:
    plain = read_order([RECORD, OTHER], {})
    assert plain.key() == read_order([RECORD, {"video": OTHER, "start": 0}], {"fit": "pad", "loop": 0}).key()
    others = [
        read_order([OTHER, RECORD], {}),
        read_order([{**RECORD, "base_url": "http://other/v1"}, OTHER], {}),
        read_order([RECORD, {"video": OTHER, "start": 1}], {}),
        read_order([RECORD, OTHER], {"loop": 3}),
    ]
    keys = {plain.key(), plain.key("music 1"), plain.key("music 2"), *(order.key() for order in others)}
    assert len(keys) == 7
    assert said(Edit((Clip("0"),))) == {"shots": [{"source": "0"}]}


def test_a_retry_meets_its_own_film_and_its_captions(room: Room) -> None:
    clip = room.clip("a", make_clip(frames=48))
    videos = [{"video": clip, "start": 0.5, "captions": [{"start": 0, "end": 1, "text": "Hello", "speaker": "Ann"}]}]
    first = room.film(videos)
    again = room.film(videos)
    assert again.record == first.record and again.bytes_stored == 0
    assert room.file(first, "captions.vtt").read_text() == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Ann>Hello\n"
    assert room.file(first, "captions.srt").read_text() == "1\n00:00:00,000 --> 00:00:01,000\nAnn: Hello\n"
    # The worker died between the film and its receipt.
    video = room.file(first, "video.mp4").read_bytes()
    for name in ("receipt.json", "captions.srt"):
        room.file(first, name).unlink()
    third = room.film(videos)
    assert room.file(third, "video.mp4").read_bytes() == video and room.file(third, "captions.srt").exists()
    receipt = read_receipt(room.file(third, "receipt.json").read_bytes(), "here")
    assert receipt["objects"]["captions_vtt"]["content_type"] == "text/vtt"
    assert receipt["objects"]["captions_srt"]["origin"] == "made_from_video"


def test_a_receipt_says_that_manifests_are_not_carried_over(room: Room) -> None:
    signed, plain = room.clip("signed", _signed(make_clip())), room.clip("plain", make_clip(first=24))
    receipt = room.film([signed, {"video": plain, "start": 0.5}, signed]).receipt
    assert receipt["provenance"]["c2pa_of_parts"] == "not carried over"
    assert receipt["provenance"]["c2pa_manifest"] is False
    assert [(part["video_id"], part["c2pa_manifest"]) for part in receipt["parts"]] == [
        ("signed", True),
        ("plain", False),
    ]
    assert receipt["cost"]["estimate"] == pytest.approx(0.8), "a clip that stands in it twice was paid once"
    assert receipt["media"]["duration_seconds"] == pytest.approx(2.5, abs=0.05)


def test_words_can_be_kept_out_of_what_is_told_of_an_edit_list() -> None:
    captions = [{"start": 0, "end": 1, "text": "Secret", "speaker": "Ann"}]
    edit = read_order([{"card": "Secret"}, {"video": RECORD, "captions": captions}], {"mark": "Secret"}).edit
    hidden = json.dumps(told_edit(edit, "hash"))
    assert "Secret" not in hidden and "Ann" not in hidden and hidden.count("text_sha256") == 3
    assert json.dumps(told_edit(edit, "full")).count("Secret") == 3


def test_a_part_that_is_another_file_now_is_refused(room: Room) -> None:
    clip = room.clip("a", make_clip())
    (room.folder / "a" / "video.mp4").write_bytes(make_clip(first=24))
    with pytest.raises(ContentError, match=r"is no longer what was archived.*Nothing was made or stored"):
        room.film([{"video": clip, "start": 0.5}])
    assert not list(room.folder.glob("cut_*"))


def test_music_is_read_from_allowed_places_and_counts_by_its_content(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = room.clip("a", make_clip(frames=48))
    music = tune(room.folder / "m.wav", 1)
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", "/elsewhere")
    with pytest.raises(InvalidRequestError, match=r"music .*input_paths"):
        room.film([clip], music=music)
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", str(room.folder))
    first = room.film([clip], music=music)
    assert set(first.receipt["request"]["files"]) == {"music"}
    tune(room.folder / "m.wav", 1, frequency=500)
    second = room.film([clip], music=music)
    assert first.record.video_id != second.record.video_id


def test_a_clip_that_is_not_archived_is_refused(room: Room) -> None:
    with pytest.raises(ConfigurationError, match="Video video_2 is not archived"):
        room.film([OTHER])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"preset": "slowest"}, "encoding.preset must be one of ultrafast"),
        ({"crf": 52}, "encoding.crf must be from 1 to 51"),
        ({"crf": "good"}, "encoding.crf must be a number"),
        ({"bitrate": 1}, "encoding has no 'bitrate'"),
    ],
)
def test_an_encoding_is_checked(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_encoding(given)
    assert said in str(raised.value)
    assert read_encoding(None) is None
    found = read_encoding('{"crf": 23}')
    assert found is not None and (found.crf, found.preset) == (23, "veryfast")
    assert as_mapping("encoding", {}) == {}
