"""Final cuts of real clips: what is refused and why, and what lies on both sides of a joint."""

from __future__ import annotations

import io
import itertools
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.concat import concat_videos
from airflow_provider_sora.archive.receipt import receipt_schema
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, ContentError
from airflow_provider_sora.pages.index.building import write_index
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.clips import level, make_clip
from tests.support.content import MemorySource

NO_STILLS = ArchiveOptions(stills=False)
NO_B_FRAMES = (("preset", "veryfast"), ("bf", "0"))


class Cutter:
    """Archives clips under a folder and joins them."""

    def __init__(self, folder: Path) -> None:
        self.place = f"file://{folder}"
        self.folder = folder

    def archive(self, **clips: bytes) -> list[VideoRecord]:
        return [
            archive_video(
                MemorySource(data),
                VideoRecord(name, base_url="http://h/v1", status="completed", cost_estimate_usd=0.4),
                destination=self.place,
                options=NO_STILLS,
            ).record
            for name, data in clips.items()
        ]

    def join(self, records: list[VideoRecord], **more: Any) -> ArchiveResult:
        return concat_videos(records, destination=self.place, options=NO_STILLS, **more)

    def refused(self, error: type[Exception], **clips: bytes) -> str:
        """The message of the refusal; nothing may have been stored."""
        records = self.archive(**clips)
        with pytest.raises(error) as raised:
            self.join(records)
        assert not list(self.folder.glob("cut_*"))
        assert "Nothing was" in str(raised.value)
        return str(raised.value)

    def read(self, result: ArchiveResult) -> bytes:
        return (self.folder / result.record.video_id / "video.mp4").read_bytes()


@pytest.fixture
def cutter(tmp_path: Path) -> Cutter:
    return Cutter(tmp_path)


DIFFERENT: list[tuple[dict[str, Any], str]] = [
    ({"codec": "libx265", "options": (("x265-params", "log-level=none"),)}, "video codec: h264 in one, hevc in two"),
    ({"size": (192, 96)}, "size: 160x96 in one, 192x96 in two"),
    ({"pixel_format": "yuv444p"}, "pixel format: yuv420p in one, yuv444p in two"),
    ({"rate": 12}, "frame rate: 24 in one, 12 in two"),
    ({"rate": 30}, "frame rate: 24 in one, 30 in two"),
    ({"options": (("preset", "veryfast"), ("level", "4.2"))}, "codec setup: "),
    ({"sound": None}, "sound: yes in one, no in two"),
    ({"sound": ("mp3", 48000, "stereo")}, "audio codec: aac in one, mp3float in two"),
    ({"sound": ("aac", 44100, "stereo")}, "sample rate: 48000 in one, 44100 in two"),
    ({"sound": ("aac", 48000, "mono")}, "channels: stereo in one, mono in two"),
]


@pytest.mark.parametrize(("form", "said"), DIFFERENT, ids=[said.split(" in ")[0] for _, said in DIFFERENT])
def test_clips_that_differ_are_refused_and_the_difference_is_named(
    cutter: Cutter, form: dict[str, Any], said: str
) -> None:
    message = cutter.refused(ConfigurationError, one=make_clip(), two=make_clip(**form))
    assert f"differ in {said}" in message
    assert " in one, " in message and message.count(" in two") == 1
    assert message.count(":") == 1, "what follows from the difference is not listed beside it"


def test_the_clip_that_differs_is_named_wherever_it_stands(cutter: Cutter) -> None:
    message = cutter.refused(
        ConfigurationError, one=make_clip(), two=make_clip(first=24), three=make_clip(sound=None, size=(192, 96))
    )
    assert "size: 160x96 in one, 192x96 in three; sound: yes in one, no in three" in message


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"sounds": 2}, "two holds 1 picture tracks and 2 sound tracks"),
        ({"pictures": 2}, "two holds 2 picture tracks and 1 sound tracks"),
    ],
)
def test_a_choice_between_tracks_is_not_made(cutter: Cutter, form: dict[str, Any], said: str) -> None:
    assert said in cutter.refused(ConfigurationError, one=make_clip(), two=make_clip(**form))


def test_sound_that_would_bury_the_next_clips_is_refused(cutter: Cutter) -> None:
    message = cutter.refused(ConfigurationError, one=make_clip(sound_seconds=1.5), two=make_clip())
    assert "the sound goes on after its last picture in one, and two would lose" in message


def test_pictures_are_never_dropped(cutter: Cutter) -> None:
    message = cutter.refused(ConfigurationError, one=make_clip(), two=_decoded_earlier(make_clip(first=24), frames=6))
    assert "the pictures go on after its stated end in one, and two would lose" in message


def _decoded_earlier(data: bytes, frames: int) -> bytes:
    """The same clip with decode times ``frames`` earlier, as an encoder with a longer look-ahead would write it."""
    out_bytes = io.BytesIO()
    source: Any
    with av.open(io.BytesIO(data)) as source, av.open(out_bytes, "w", format="mp4") as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for stream in source.streams:
            streams[stream.index].time_base = stream.time_base
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "video":
                packet.dts -= frames * packet.duration
            packet.stream = streams[packet.stream.index]
            out.mux(packet)
    return out_bytes.getvalue()


@pytest.mark.parametrize("options", [(("preset", "veryfast"),), NO_B_FRAMES], ids=["B-frames", "no B-frames"])
@pytest.mark.parametrize("cover", [False, True], ids=["plain", "cover"])
def test_every_picture_of_every_clip_is_there_in_order(
    cutter: Cutter, options: tuple[tuple[str, str], ...], cover: bool
) -> None:
    clips = {f"c{first}": make_clip(first=first, options=options, cover=cover) for first in (0, 24, 48)}
    data = cutter.read(cutter.join(cutter.archive(**clips)))
    shown, times = _pictures(data)
    assert times == [Fraction(number, 24) for number in range(72)]
    assert [abs(grey - level(number)) <= 3 for number, grey in enumerate(shown)] == [True] * 72
    container: Any
    with av.open(io.BytesIO(data)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert container.streams.video[0].codec_context.has_b_frames == (options != NO_B_FRAMES)
        assert container.duration / 1_000_000 == pytest.approx(3.0, abs=0.03)
        for stream in container.streams:
            container.seek(0)
            stamps = [packet.dts for packet in container.demux(stream) if packet.dts is not None]
            assert len(stamps) > 70
            assert all(later > earlier for earlier, later in itertools.pairwise(stamps))


def _pictures(data: bytes) -> tuple[list[float], list[Fraction]]:
    container: Any
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    return [float(frame.to_ndarray(format="gray").mean()) for frame in frames], [f.pts * f.time_base for f in frames]


def test_the_sound_goes_on_across_the_joints(cutter: Cutter) -> None:
    data = cutter.read(cutter.join(cutter.archive(a=make_clip(), b=make_clip(first=24), c=make_clip(first=48))))
    container: Any
    with av.open(io.BytesIO(data)) as container:
        blocks = [(frame.time, frame.to_ndarray()[0]) for frame in container.decode(container.streams.audio[0])]
    for (before, samples), (after, _) in itertools.pairwise(blocks):
        # The coder's blocks have 1024 samples (21 ms), and the last one of a clip is cut short by its stated length.
        assert abs(after - before - len(samples) / 48000) < 0.022
    whole = np.concatenate([samples for _, samples in blocks])
    assert len(whole) / 48000 == pytest.approx(3.0, abs=0.08)
    # 10 ms at a time; the tone is there everywhere but in the coder's very first and last blocks.
    loudness = np.sqrt((whole[: len(whole) // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1))
    assert (loudness[4:-4] > 0.1).mean() > 0.97


def test_a_cut_keeps_the_clips_clock_and_is_a_clip_of_a_further_cut(cutter: Cutter) -> None:
    rate = Fraction(24000, 1001)
    a, b, c = cutter.archive(**{name: make_clip(first=at, rate=rate) for name, at in (("a", 0), ("b", 24), ("c", 48))})
    result = cutter.join([cutter.join([a, b]).record, c])
    assert _pictures(cutter.read(result))[1] == [number / rate for number in range(72)]


def test_silent_clips_are_joined_too(cutter: Cutter) -> None:
    result = cutter.join(cutter.archive(a=make_clip(sound=None), b=make_clip(sound=None, first=24)))
    assert len(_pictures(cutter.read(result))[0]) == 48
    assert result.receipt["media"]["has_audio"] is False


def test_a_cut_says_that_it_was_joined_and_of_what(cutter: Cutter) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    result = cutter.join(records, title="Both")
    jsonschema.validate(result.receipt, receipt_schema())
    assert result.receipt["kind"] == "final_cut"
    assert result.receipt["objects"]["video"]["origin"] == "joined"
    assert [part["video_id"] for part in result.receipt["parts"]] == ["a", "b"] == result.receipt["parent_chain"]
    assert result.receipt["media"]["duration_seconds"] == pytest.approx(2.0, abs=0.03)
    assert result.receipt["cost"]["estimate"] == pytest.approx(0.8)
    assert report(cutter.place, ["kind"]).total.usd == pytest.approx(0.8), "a cut costs nothing of its own"
    assert {finding.problem for finding in verify(cutter.place)} == {None}


def test_the_same_list_is_joined_once(cutter: Cutter) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    first = cutter.join(records)
    again = cutter.join(records)
    assert first.bytes_stored > 0
    assert (again.bytes_stored, again.bytes_fetched) == (0, 0)
    assert again.receipt == first.receipt
    turned = cutter.join(records[::-1])
    assert turned.record.video_id != first.record.video_id


def test_a_part_that_is_no_longer_what_its_receipt_says_is_refused(cutter: Cutter) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    (cutter.folder / "b/video.mp4").write_bytes(make_clip(first=48))  # plays, and is another one
    with pytest.raises(ContentError, match=r"b/video.mp4 is no longer what was archived.*Nothing was made"):
        cutter.join(records)
    assert not list(cutter.folder.glob("cut_*"))


def test_a_part_with_another_videos_receipt_is_refused(cutter: Cutter) -> None:
    a, b = cutter.archive(a=make_clip(), b=make_clip(first=24))
    with pytest.raises(ConfigurationError, match="is the receipt of video a, not of b"):
        cutter.join([a, b.changed(receipt_uri=a.receipt_uri)])


def test_a_part_with_a_damaged_receipt_is_refused(cutter: Cutter) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    (cutter.folder / "b/receipt.json").write_text('{"schema_version": 1}')
    with pytest.raises(ContentError, match=r"b/receipt.json is damaged: .* Nothing was made or stored") as raised:
        cutter.join(records)
    assert raised.value.video_id == "b"


def test_a_part_that_does_not_decode_is_told(cutter: Cutter) -> None:
    damaged = bytearray(make_clip(first=24))
    at = damaged.index(b"stsd") + 4
    damaged[at : at + 200] = bytes(200)
    assert "could not be joined" in cutter.refused(ArchiveError, a=make_clip(), b=bytes(damaged))


def test_a_full_disk_is_told_and_nothing_is_left_on_it(
    cutter: Cutter, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    cutter.join(records)
    assert list(temporary.iterdir()) == []
    monkeypatch.setattr("tempfile.mkstemp", lambda **_: (os.open("/dev/full", os.O_WRONLY), ""))
    with pytest.raises(ArchiveError, match="Make room there"):
        cutter.join(records[::-1])
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("records", [[], [VideoRecord("a", uri="file:///x", receipt_uri="file:///y")]])
def test_one_clip_makes_no_cut(cutter: Cutter, records: list[VideoRecord]) -> None:
    with pytest.raises(ConfigurationError, match="at least two videos"):
        cutter.join(records)


def test_a_clip_that_is_not_archived_is_named(cutter: Cutter) -> None:
    with pytest.raises(ConfigurationError, match="Video b is not archived"):
        cutter.join([*cutter.archive(a=make_clip()), VideoRecord("b")])


def test_only_a_prompt_that_was_hashed_is_called_so_on_the_page(cutter: Cutter) -> None:
    records = cutter.archive(a=make_clip(), b=make_clip(first=24))
    cutter.join(records)
    write_index(cutter.place)
    page = (cutter.folder / "index.html").read_text()
    assert "Final cut" in page and "hash only" not in page
    cutter.join(records[::-1], title="Shown title")
    concat_videos(
        [records[1], records[0], records[1]],
        destination=cutter.place,
        options=ArchiveOptions(stills=False, prompt_storage="hash"),
        title="Secret title",
    )
    write_index(cutter.place)
    page = (cutter.folder / "index.html").read_text()
    assert page.count("hash only") == 1 and "Secret title" not in page and "Shown title" in page
