"""What people pass to the hook is checked before anything is sent, and never coerced."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.hooks import arguments
from airflow_provider_sora.protocol.submission import Reference

REFUSED = r"Nothing was paid\.$"


def test_an_id_is_text() -> None:
    assert arguments.checked_id("video_id", " video_1\n") == "video_1"
    for wrong in (None, "", "  ", 7, {"video_id": "video_1"}):
        with pytest.raises(ConfigurationError, match=f"^video_id is .*{REFUSED}"):
            arguments.checked_id("video_id", wrong)


def test_a_variant_is_one_that_there_is() -> None:
    assert arguments.checked_variant(None) is arguments.checked_variant("video") is None
    assert arguments.checked_variant("thumbnail") == "thumbnail"
    for wrong in ("poster", "out.mp4", 1):
        with pytest.raises(ConfigurationError, match=r"download_to"):
            arguments.checked_variant(wrong)


def test_seconds_are_whole_and_no_truth_value() -> None:
    assert [arguments.whole_seconds(value) for value in (None, 8, "8")] == [None, 8, 8]
    for wrong in (True, 0, -4, 8.0, "8.5", "٨", ""):
        with pytest.raises(ConfigurationError, match=REFUSED):
            arguments.whole_seconds(wrong)


def test_a_picture_that_was_loaded_before_is_taken_as_it_is() -> None:
    loaded = Reference(file_id="file_1")
    assert arguments.picture(loaded, "1280x720") is loaded
    assert arguments.picture(None, None) is None
    with pytest.raises(ConfigurationError, match=REFUSED):
        arguments.picture(b"\x89PNG", None)  # type: ignore[arg-type]


def test_an_error_shows_no_bytes() -> None:
    assert str(arguments.refused("input_reference", b"s3cret" * 99, "a path")).startswith(
        "input_reference is bytes of 594 bytes, but must be a path."
    )


def test_a_video_of_one_s_own_is_bytes_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"mp4")
    assert arguments.video_bytes(tmp_path / "a.mp4") == arguments.video_bytes(b"mp4") == b"mp4"
    assert arguments.video_bytes(None) is None
    for wrong in (tmp_path / "none.mp4", tmp_path, 7):
        with pytest.raises(ConfigurationError, match=f"^video_file is .*{REFUSED}"):
            arguments.video_bytes(wrong)  # type: ignore[arg-type]
