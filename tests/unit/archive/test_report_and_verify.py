from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.afterwards.totals import KEYS, Report, Row, as_csv, as_table, report
from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.receipts import all_receipts
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.open import open_store
from tests.support.content import MemorySource
from tests.support.media import sample_mp4


@pytest.fixture
def archive(archive_once: Path, tmp_path: Path) -> Path:
    """Three clips, in a copy that the test may damage."""
    return shutil.copytree(archive_once, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def archive_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for number in range(3):
        record = VideoRecord(
            f"video_{number}",
            base_url="http://h/v1",
            status="completed",
            requested={"model": "sora-2", "call": "create"},
            labels={"brand": "=cmd|x" if number == 2 else "Ōki"},
            cost_estimate_usd=None if number == 1 else 0.4,
            completed_at=f"2026-11-2{number // 2}T01:02:00+00:00",
        )
        archive_video(MemorySource(sample_mp4()), record, destination=f"file://{folder}")
    return folder


def test_spend_is_summed_by_day_and_label(archive: Path) -> None:
    result = report(f"file://{archive}", ["day", "label.brand"])
    assert [(row.key, row.videos, row.usd, row.without_price) for row in result.rows] == [
        (("2026-11-20", "Ōki"), 2, 0.4, 1),
        (("2026-11-21", "=cmd|x"), 1, 0.4, 0),
    ]
    assert (result.total.videos, result.total.usd) == (3, 0.8)


def test_the_report_prints_as_table_and_as_csv(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", f"file://{archive}", "--by", "day,model,label.none"]) == 0
    table = capsys.readouterr().out
    assert "(none)" in table
    assert table.splitlines()[-1].split()[:2] == ["total", "3"]
    assert main(["report", f"file://{archive}", "--by", "label.brand", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "label.brand,videos,seconds,bytes,usd,without_price"
    assert lines[1].startswith("'=cmd|x,1,")


def test_spend_by_day_model_and_brand(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three clips of one second: two of one day and brand, one of them without a price."""
    by = "day,model,label.brand"
    names = ("video.mp4", "thumbnail.webp", "spritesheet.jpg")
    size = [sum((archive / f"video_{number}" / name).stat().st_size for name in names) for number in range(3)]
    both = (size[0] + size[1]) / 1e6
    assert main(["report", f"file://{archive}", "--by", by]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if not line.startswith("-")]
    assert rows == [
        ["day", "model", "label.brand", "videos", "seconds", "MB", "USD", "no", "price"],
        ["2026-11-20", "sora-2", "Ōki", "2", "2", f"{both:.1f}", "0.40", "1"],
        ["2026-11-21", "sora-2", "=cmd|x", "1", "1", f"{size[2] / 1e6:.1f}", "0.40"],
        ["total", "3", "3", f"{sum(size) / 1e6:.1f}", "0.80", "1"],
    ]
    assert main(["report", f"file://{archive}", "--by", by, "--csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "day,model,label.brand,videos,seconds,bytes,usd,without_price",
        f"2026-11-20,sora-2,Ōki,2,2,{size[0] + size[1]},0.4,1",
        f"2026-11-21,sora-2,'=cmd|x,1,1,{size[2]},0.4,0",
    ]


def test_an_unknown_word_is_told(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match="colour"):
        report(f"file://{archive}", ["colour"])
    assert main(["report", f"file://{archive}", "--by", "colour"]) == 2
    assert "possible are day" in capsys.readouterr().err


def test_a_whole_archive_verifies(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", f"file://{archive}"]) == 0
    assert "3 videos, 12 objects" in capsys.readouterr().out
    assert main(["verify", f"file://{archive}/video_1/video.mp4", "--all"]) == 0
    assert capsys.readouterr().out.count("ok ") == 4


def test_what_no_longer_matches_is_named(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = archive / "video_0/video.mp4"
    data = bytearray(video.read_bytes())
    data[len(data) // 2] ^= 1
    video.write_bytes(bytes(data))
    (archive / "video_1/thumbnail.webp").unlink()
    (archive / "video_1/spritesheet.jpg").write_bytes(b"x")
    receipt = archive / "video_2/receipt.json"
    receipt.write_text(
        json.dumps({**json.loads(receipt.read_text()), "cost": {"currency": "EUR", "estimate": 1, "actual": None}})
    )
    assert main(["verify", f"file://{archive}"]) == 1
    out = capsys.readouterr().out
    assert "video_0/video.mp4: was changed: sha256" in out
    assert "video_1/thumbnail.webp: is gone" in out
    assert "video_1/spritesheet.jpg: has 1 bytes" in out
    assert "video_2/receipt.json: is damaged: cost/currency: 'USD' was expected" in out
    assert "4 problems" in out


def _edit(receipt: Path, key: str, value: Any) -> None:
    """Change one value of a receipt, the key given as a path; DELETE takes it away."""
    content = json.loads(receipt.read_text())
    *parents, last = key.split("/")
    at = content
    for step in parents:
        at = at[step]
    if value is DELETE:
        del at[last]
    else:
        at[last] = value
    receipt.write_text(json.dumps(content))


DELETE: Any = object()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("media/duration_seconds", 9.0, "video.mp4: duration_seconds is 1.0 in the file, the receipt says 9.0"),
        ("media/width", 640, "video.mp4: width is 320 in the file, the receipt says 640"),
        ("media/height", 360, "video.mp4: height is 180"),
        ("media/frame_rate", 25.0, "video.mp4: frame_rate is 24.0"),
        ("media/video_codec", "hvc1", "video.mp4: video_codec is avc1"),
        ("media/audio_codec", None, "video.mp4: audio_codec is mp4a"),
        ("media/has_audio", False, "video.mp4: has_audio is True"),
        ("provenance/c2pa_manifest", True, "video.mp4: c2pa_manifest is False"),
        ("objects/video/content_type", "video/webm", "video.mp4: content type is video/mp4"),
        ("objects/thumbnail/content_type", None, "thumbnail.webp: content type is image/webp"),
        ("objects/video/name", "other.mp4", "video.mp4: is called 'other.mp4'"),
        ("objects/video/crc32c", "AAAAAA==", "video.mp4: crc32c is"),
        ("objects/video/size", 5, "video.mp4: has"),
        ("objects/video/sha256", "0" * 64, "video.mp4: was changed"),
        ("objects/thumbnail", None, "thumbnail.webp: is not in the receipt"),
        ("video_id", "video_9", "receipt.json: video_id: says 'video_9', the video's metadata 'video_1'"),
    ],
)
def test_a_claim_that_was_edited_is_found(
    archive: Path, capsys: pytest.CaptureFixture[str], key: str, value: Any, said: str
) -> None:
    _edit(archive / "video_1/receipt.json", key, value)
    assert main(["verify", f"file://{archive}"]) == 1
    out = capsys.readouterr().out
    assert f"video_1/{said}" in out
    assert "1 problems" in out


def test_a_copy_without_metadata_is_known_by_its_folder(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for hidden in archive.rglob(".*.meta.json"):
        hidden.unlink()
    assert main(["verify", f"file://{archive}"]) == 0
    _edit(archive / "video_1/receipt.json", "video_id", "video_9")
    for place in (archive, archive / "video_1"):
        assert main(["verify", f"file://{place}"]) == 1
        assert "video_id: 'video_9' belongs in folder 'video_9', not in 'video_1'" in capsys.readouterr().out


def test_what_somebody_else_put_into_a_videos_folder_is_named(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "index.html").write_text("beside the folders")
    (archive / "video_0/video.webm").write_bytes(b"x")
    (archive / "video_1/more").mkdir()
    (archive / "video_1/more/notes.txt").write_text("x")
    assert main(["verify", f"file://{archive}"]) == 1
    out = capsys.readouterr().out
    assert "video_0/video.webm: is not in the receipt beside it" in out
    assert "video_1/more/notes.txt: lies inside a video's folder" in out
    assert "3 videos, 14 objects" in out and "2 problems" in out
    assert main(["verify", f"file://{archive}/video_1"]) == 1
    assert "more/notes.txt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("objects/video/size", "big", "objects/video/size: 'big' is not of type 'integer'"),
        ("objects/video", DELETE, "objects: 'video' is a required property"),
        ("objects/thumbnail", "yes", "objects/thumbnail"),
        ("objects", [], "objects: [] is not of type 'object'"),
        ("media", None, "media: None is not of type 'object'"),
        ("media/duration_seconds", "long", "media/duration_seconds"),
        ("times/submitted_at", 7, "times/submitted_at"),
        ("times", DELETE, "'times' is a required property"),
        ("cost/estimate", "free", "cost/estimate"),
        ("review", "pending", "review"),
        ("labels", ["a"], "labels"),
        ("server/dialect", 1, "server/dialect"),
        ("returned", None, "returned"),
        ("parts", None, "parts"),
        ("surprise", 1, "'surprise' was unexpected"),
        ("schema_version", 0, "schema_version"),
        ("schema_version", 4, "is of schema version 4, written by a later version"),
        ("schema_version", DELETE, "is no receipt"),
        ("cost/estimate", float("nan"), "NaN is no number"),
    ],
)
def test_a_damaged_receipt_is_named_and_the_others_are_read(
    archive: Path, capsys: pytest.CaptureFixture[str], key: str, value: Any, said: str
) -> None:
    _edit(archive / "video_1/receipt.json", key, value)
    assert main(["verify", f"file://{archive}"]) == 1
    out = capsys.readouterr().out
    assert "video_1/receipt.json" in out and said in out and "1 problems" in out
    assert main(["report", f"file://{archive}", "--by", "day,size"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].split()[:2] == ["total", "2"]
    assert "not counted: " in told.err and "video_1/receipt.json" in told.err and said in told.err
    found = all_receipts(open_store(f"file://{archive}"))
    assert [receipt["video_id"] for receipt in found.receipts] == ["video_0", "video_2"]
    assert [uri for uri, _ in found.problems] == [f"file://{archive}/video_1/receipt.json"]


@pytest.mark.slow
@given(st.data())
def test_no_damage_to_a_receipt_stops_the_others(archive_once: Path, data: st.DataObject) -> None:
    receipt = archive_once / "video_1/receipt.json"
    whole = receipt.read_bytes()
    value = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    changes = st.lists(
        st.tuples(st.sampled_from(_paths(json.loads(whole))), value | st.sampled_from([[], {}, DELETE])),
        min_size=1,
        max_size=3,
    )
    try:
        for path, new in data.draw(changes):
            with contextlib.suppress(LookupError, TypeError):  # an earlier change took its place away
                _edit(receipt, path, new)
        result = report(f"file://{archive_once}", [*KEYS, "label.brand"])
        assert result.total.videos + len(result.unreadable) == 3
        assert as_table(result) and as_csv(result)
        assert list(verify(f"file://{archive_once}", quick=True))
    finally:
        receipt.write_bytes(whole)


def _paths(content: Any, above: str = "") -> list[str]:
    found = []
    for key, value in content.items():
        found.append(f"{above}{key}")
        found += _paths(value, f"{above}{key}/") if isinstance(value, dict) else []
    return found


def test_an_interrupted_archive_and_a_broken_receipt_are_named(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "video_0/receipt.json").unlink()
    (archive / "video_1/receipt.json").write_text("{")
    assert main(["verify", f"file://{archive}", "--quick"]) == 1
    out = capsys.readouterr().out
    assert "video_0/video.mp4: has no receipt" in out
    assert "video_1/receipt.json" in out
    assert "not JSON" in out


@pytest.mark.parametrize("command", ["verify", "report"])
def test_an_empty_place_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, f"file://{tmp_path}"]) == 2
    told = capsys.readouterr()
    assert "no receipt found" in told.err and told.out == ""


def test_a_label_breaks_no_line_and_moves_no_cursor() -> None:
    row = Row(("港\nb\x1b[2J",), videos=1)
    lines = as_table(Report(("label.t",), [row], Row(("total",), videos=1))).splitlines()
    assert len(lines) == 5 and lines[2].startswith("港 b [2J  ")
