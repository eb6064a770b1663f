"""The last picture of a video, whole and in its own size; a file that has none says so."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.media.last_frame import last_frame

#: Grey of the frame at a place; the encoder may be off by a few.
GREYS = [20 + 3 * number for number in range(72)]


def video(path: Path, *, codec: str = "libx264", options: dict[str, str] | None = None, sound: bool = False) -> Path:
    """72 frames, each of its own grey, three seconds."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=24, options=options or {})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        audio = out.add_stream("aac", rate=48000, layout="mono") if sound else None
        for grey in GREYS:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), grey, np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
        if audio is not None:
            # Longer than the pictures, as most generated videos are.
            block = av.AudioFrame.from_ndarray(np.zeros((1, 48000 * 4), np.float32), format="fltp", layout="mono")
            block.sample_rate = 48000
            out.mux(audio.encode(block))
            out.mux(audio.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "options", "sound"),
    [
        ("plain.mp4", {}, False),
        ("b-frames.mp4", {"bf": "3", "g": "250"}, True),
        ("every-key.mp4", {"g": "1"}, False),
        ("matroska.mkv", {"bf": "3"}, False),
    ],
)
def test_the_last_frame_is_the_last_one(tmp_path: Path, name: str, options: dict[str, str], sound: bool) -> None:
    data = last_frame(str(video(tmp_path / name, options=options, sound=sound)))
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (64, 48))
        assert picture.convert("L").getpixel((30, 20)) == pytest.approx(GREYS[-1], abs=2)


def test_what_holds_no_picture_says_so_and_that_nothing_was_paid(tmp_path: Path) -> None:
    path = tmp_path / "no.mp4"
    path.write_bytes(b"not a video")
    with pytest.raises(ArchiveError, match=r"cannot be taken: .* Nothing was paid"):
        last_frame(str(path))
    whole = video(tmp_path / "cut.mp4").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="cannot be taken"):
        last_frame(str(path))
