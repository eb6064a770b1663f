"""``airflow sora verify`` and ``report`` as a shell runs them: what is printed where, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from tests.support.content import MemorySource
from tests.support.media import sample_mp4


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for number in range(2):
        record = VideoRecord(
            f"video_{number}",
            base_url="http://h/v1",
            status="completed",
            requested={"model": "sora-2", "call": "create"},
            labels={"brand": "Ōki"},
            cost_estimate_usd=0.4,
            completed_at="2026-11-20T01:02:00+00:00",
        )
        archive_video(MemorySource(sample_mp4()), record, destination=f"file://{folder}")
    return folder


def sora(*words: str, module: str = "airflow_provider_sora") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *(["sora"] if module == "airflow" else []), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "200"})


@pytest.mark.parametrize("module", ["airflow", "airflow_provider_sora"])
def test_a_whole_archive(archive: Path, module: str) -> None:
    done = sora("verify", f"file://{archive}", "--output", "json", module=module)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["videos"], found["problems"], found["findings"]) == (2, 0, [])
    done = sora("report", f"file://{archive}", "--by", "day,label.brand", "--output", "yaml", module=module)
    assert done.returncode == 0, done.stderr
    assert "label.brand: Ōki" in done.stdout and "usd: 0.8" in done.stdout


def test_a_changed_object_is_named_and_the_exit_code_says_so(archive: Path) -> None:
    video = archive / "video_1" / "video.mp4"
    before = video.read_bytes()
    video.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    try:
        done = sora("verify", f"file://{archive}")
        assert done.returncode == 1
        assert "video_1/video.mp4" in done.stdout and "1 problems" in done.stdout
        found = json.loads(sora("verify", f"file://{archive}", "--output", "json").stdout)
        assert [finding["video_id"] for finding in found["findings"]] == ["video_1"]
    finally:
        video.write_bytes(before)


def test_nothing_to_look_at_is_two(tmp_path: Path) -> None:
    for command in ("verify", "report"):
        done = sora(command, f"file://{tmp_path}", "--output", "json")
        assert (done.returncode, done.stdout) == (2, "")
        assert "no receipt found" in done.stderr
    done = sora("verify", "ftp://nowhere/x")
    assert done.returncode == 2 and "ConfigurationError" in done.stderr and "Traceback" not in done.stderr
