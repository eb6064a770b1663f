"""What a server sends for a paid job is kept under the name of what it is; what is certainly no video is refused."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.concat import concat_videos
from airflow_provider_sora.archive.receipt import read_receipt, to_bytes
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, VideoExpiredError
from airflow_provider_sora.pages.index.building import write_index
from airflow_provider_sora.record import VideoRecord
from tests.support.content import MemorySource
from tests.support.odd_media import encoded, fragmented, top_boxes

WHOLE = encoded(audio="aac")


def record_of(**more: Any) -> VideoRecord:
    return VideoRecord(
        video_id="video_1",
        sora_conn_id="sora_default",
        base_url="http://server/v1",
        status="completed",
        requested={"call": "create", "prompt": "a harbour"},
        **more,
    )


def kept(data: bytes, folder: Path, announce: bool = True, **more: Any) -> ArchiveResult:
    source = MemorySource(data, announce=announce, content_type="application/octet-stream")
    found = archive_video(source, record_of(**more), destination=folder.as_uri())
    assert found.record.uri is not None
    path = Path(found.record.uri.removeprefix("file://"))
    assert path.read_bytes() == data, "byte for byte"
    assert found.receipt["objects"]["video"]["name"] == path.name
    again = archive_video(MemorySource(b""), record_of(**more), destination=folder.as_uri())
    assert (again.record.uri, again.bytes_fetched, again.bytes_stored) == (found.record.uri, 0, 0)
    assert read_receipt(to_bytes(found.receipt), "here") == found.receipt
    return found


@pytest.fixture(params=["with a decoder", "without one"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    for made in KINDS.values():
        made()  # encoded once, and before the library is taken away
    if request.param == "without one":
        monkeypatch.setitem(sys.modules, "av", None)
    return bool(request.param == "with a decoder")


#: What it is to be called, and how it is made.
KINDS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "vp8": lambda: (encoded("webm", "libvpx"), "video.webm"),
    "vp9 and opus": lambda: (encoded("webm", "libvpx-vp9", audio="libopus"), "video.webm"),
    "av1": lambda: (encoded("webm", "libsvtav1"), "video.webm"),
    "matroska": lambda: (encoded("matroska"), "video.mkv"),
    "avi": lambda: (encoded("avi", "mpeg4"), "video.avi"),
    "ts": lambda: (encoded("mpegts"), "video.ts"),
    "newline": lambda: (WHOLE + b"\n", "video.mp4"),
    "comment": lambda: (WHOLE + b"<!-- served by cache -->" * 30, "video.mp4"),
    "webm and newline": lambda: (encoded("webm", "libvpx") + b"\n", "video.webm"),
    "fragments and newline": lambda: (fragmented() + b"\n", "video.mp4"),
}


@pytest.mark.parametrize("announce", [True, False], ids=["length known", "no length"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_decoder_opens_has_its_true_name_and_what_nobody_can_judge_is_kept_aside(
    kind: str, announce: bool, decoder: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data, name = KINDS[kind]()
    found = kept(data, tmp_path, announce)
    check, entry, media = (found.receipt[key] for key in ("check", "objects", "media"))
    said = [line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING]
    aside = not decoder or (kind in ("avi", "ts") and not announce)
    if aside:
        assert entry["video"]["name"] == "video.unchecked"
        assert entry["video"]["content_type"] == "application/octet-stream"
        assert (check["result"], check["by"]) == ("unchecked", None)
        assert ("no decoder" if not decoder else "how many bytes") in check["reason"]
        assert any(check["reason"] in line and "paid for" in line and "Next:" in line for line in said)
        return
    assert entry["video"]["name"] == name
    assert entry["video"]["content_type"] == naming.content_type_of(naming.VIDEO, name)
    assert (check["result"], check["by"]) == ("checked", "decoder")
    assert (media["width"], media["height"], media["frame_rate"]) == (160, 96, 24.0)
    assert media["duration_seconds"] == pytest.approx(2, abs=0.1)
    assert not any("nobody could check" in line for line in said)
    assert entry["thumbnail"] is not None


def test_a_quicktime_movie_is_called_one(tmp_path: Path) -> None:
    found = kept(encoded("mov"), tmp_path)
    assert found.receipt["objects"]["video"]["name"] == "video.mov"
    assert found.receipt["objects"]["video"]["content_type"] == "video/quicktime"
    assert found.receipt["check"] == {"result": "checked", "by": "boxes", "reason": None}


def test_a_file_of_unknown_kind_is_kept_aside_and_every_reader_of_the_archive_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = kept(b"\x7fNEW\0\1\2\3" * 4000, tmp_path)
    assert found.record.uri is not None
    assert found.record.uri.endswith("/video_1/video.unchecked")
    assert found.receipt["check"]["reason"] == "its kind is unknown here"
    assert main(["verify", tmp_path.as_uri()]) == 0
    assert "NOTE" in (out := capsys.readouterr().out)
    assert "0 problems, 1 unchecked" in out
    assert main(["report", tmp_path.as_uri(), "--by", "check"]) == 0
    captured = capsys.readouterr()
    assert "unchecked" in captured.out
    assert "its kind is unknown here" in captured.err
    page = write_index(tmp_path.as_uri())
    assert page
    assert "kept unchecked" in (tmp_path / "index.html").read_text("utf-8")
    with pytest.raises(ConfigurationError, match="unchecked"):
        concat_videos([found.record, found.record], destination=(tmp_path / "cut").as_uri())


def test_verify_knows_what_a_decoder_vouched_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = kept(encoded("webm", "libvpx"), tmp_path)
    assert main(["verify", tmp_path.as_uri()]) == 0
    receipt = tmp_path / "video_1/receipt.json"
    receipt.chmod(0o600)
    receipt.write_bytes(to_bytes({**found.receipt, "media": {**found.receipt["media"], "duration_seconds": 9.0}}))
    assert main(["verify", tmp_path.as_uri()]) == 1
    assert "duration_seconds is 2.0 in the file, the receipt says 9.0" in capsys.readouterr().out


@pytest.mark.parametrize("announce", [True, False], ids=["length known", "no length"])
@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html><body>Bad gateway</body></html>" * 9,
        b'{"error": {"message": "not ready"}}' + b" " * 90,
        b"upstream connect error or disconnect/reset before headers. reset reason: overflow",
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"",
        WHOLE[:-1],
        WHOLE[: len(WHOLE) // 2],
        fragmented()[:-200],
        encoded("webm", "libvpx")[:-1],
        encoded("matroska")[:2000],
    ],
    ids=["html", "json", "text", "picture", "empty", "a byte short", "half", "fragments cut", "webm cut", "mkv cut"],
)
def test_what_is_certainly_no_whole_video_is_refused(
    data: bytes, announce: bool, decoder: bool, tmp_path: Path
) -> None:
    source = MemorySource(data, announce=announce, content_type="video/mp4")
    with pytest.raises(ContentError) as caught:
        archive_video(source, record_of(), destination=tmp_path.as_uri())
    assert str(data[:12]) not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_film_that_lost_its_last_fragments_is_found_by_the_length_that_the_server_states(tmp_path: Path) -> None:
    data = fragmented(frames=96)
    cut = data[: [begin for kind, begin, _ in top_boxes(data) if kind == b"moof"][3]]
    stated = {"returned": {"seconds": 4}}
    assert kept(data, tmp_path / "whole", **stated).receipt["check"]["by"] == "boxes"
    # All that the server has: asking again brings no more, and it is paid for.
    found = kept(cut, tmp_path / "cut", **stated)
    assert found.receipt["objects"]["video"]["name"] == "video.unchecked"
    assert "where the server says 4 s" in found.receipt["check"]["reason"]
    # What only broke off somewhere may come whole the next time.
    with pytest.raises(ContentError, match="seems to be cut"):
        archive_video(MemorySource(cut, announce=False), record_of(**stated), destination=(tmp_path / "c").as_uri())


def test_an_interrupted_try_is_taken_up_though_the_server_has_dropped_the_video(tmp_path: Path) -> None:
    class Gone(MemorySource):
        def open_content(self, *args: Any, **more: Any) -> Any:
            raise VideoExpiredError("It lapsed.")

    first = kept(encoded("webm", "libvpx"), tmp_path)
    for left in ("receipt.json", "thumbnail.webp"):
        (tmp_path / "video_1" / left).unlink()
    found = archive_video(Gone(b""), record_of(), destination=tmp_path.as_uri())
    assert found.record.uri == first.record.uri
    assert found.receipt["check"] == first.receipt["check"]
    assert found.receipt["objects"]["video"] == first.receipt["objects"]["video"]
    with pytest.raises(VideoExpiredError, match="gone from the server"):
        archive_video(Gone(b""), record_of(), destination=(tmp_path / "else").as_uri())
