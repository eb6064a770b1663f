"""Videos that did not come from here: an upload to edit or extend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from airflow_provider_sora.animatic.renderer.encode import write_mp4
from airflow_provider_sora.animatic.renderer.sound import RATE


def probe(path: Path) -> tuple[int, int, float]:
    """Width, height and seconds of a video, from its first frame and its headers.

    :raises ValueError: when it is no video.
    """
    try:
        with av.open(str(path)) as source:
            frame = next(source.decode(video=0))
            seconds = float((source.duration or 0) / av.time_base)
            return frame.width, frame.height, seconds
    except (av.FFmpegError, IndexError, StopIteration) as error:
        raise ValueError(f"not a video that can be read ({type(error).__name__})") from error


def first_frame(path: Path, picture: Path) -> None:
    """Save the first frame of a video as a PNG."""
    with av.open(str(path)) as source:
        next(source.decode(video=0)).to_image().save(picture)


def adapt(path: Path, output: Path, size: tuple[int, int], fps: int) -> None:
    """The same video as the drafts are encoded, silent, so that a scene can be joined to it."""
    _, _, seconds = probe(path)
    wanted = max(1, round(seconds * fps))

    def frames() -> Iterator[av.VideoFrame]:
        made = 0
        with av.open(str(path)) as source:
            for frame in source.decode(video=0):
                adapted = frame.reformat(*size, format="yuv420p")
                # the frame stands until the next one's time, whatever rate the video came in
                while made < wanted and made / fps <= (frame.time or 0.0):
                    made += 1
                    yield _copy(adapted)
            while made < wanted:
                made += 1
                yield _copy(adapted)

    silence = np.zeros((round(wanted / fps * RATE), 2), np.int16)
    write_mp4(output, frames(), silence, size=size, fps=fps)


def _copy(frame: av.VideoFrame) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(frame.to_ndarray(), format="yuv420p")
