from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.report import report
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.record import VideoRecord
from tests.support.content import MemorySource
from tests.support.media import sample_mp4


@pytest.fixture
def archive(tmp_path: Path) -> Path:
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
        archive_video(MemorySource(sample_mp4()), record, destination=f"file://{tmp_path}")
    return tmp_path


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
    assert "video_2/receipt.json: cost/currency" in out
    assert "4 problems" in out


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


def test_an_empty_place_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", f"file://{tmp_path}"]) == 2
    assert "no receipt found" in capsys.readouterr().err
