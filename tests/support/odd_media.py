"""Real videos of the kinds that servers send, encoded here, and what is needed to cut them."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path


@contextlib.contextmanager
def _ordinary_priority() -> Iterator[None]:
    """SVT-AV1 makes the process that calls it as root a real-time one, and whatever that starts later: a browser that
    spins then takes the whole machine."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


@functools.cache
def encoded(
    form: str = "mp4",
    codec: str = "libx264",
    frames: int = 48,
    rate: Fraction = Fraction(24),
    audio: str | None = None,
    movflags: str = "",
    options: tuple[tuple[str, str], ...] = (),
    first: int = 0,
) -> bytes:
    """A moving clip.

    :param form: the muxer; ``options`` go to the encoder.
    :param first: number of the first picture; later than 0 gives an edit list.
    """
    import av
    import numpy as np

    with tempfile.TemporaryDirectory() as folder, _ordinary_priority():
        path = Path(folder) / "clip"
        more = {"movflags": movflags} if movflags else {}
        with av.open(str(path), "w", format=form, options=more) as out:
            video = out.add_stream(codec, rate=rate, options=dict(options))
            video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
            sound = out.add_stream(audio, rate=48000, layout="stereo") if audio else None
            for number in range(frames):
                picture = np.full((96, 160, 3), 40, np.uint8)
                picture[:, (number * 3) % 150 : (number * 3) % 150 + 8] = 220
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = first + number, 1 / rate
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
            if sound is not None:
                size = sound.frame_size or 960
                for at in range(0, int(48000 * frames / rate) - size, size):
                    block = av.AudioFrame.from_ndarray(np.zeros((2, size), np.float32), format="fltp", layout="stereo")
                    block.sample_rate, block.pts, block.time_base = 48000, at, Fraction(1, 48000)
                    out.mux(sound.encode(block))
                out.mux(sound.encode(None))
        return path.read_bytes()


#: B-frames: the muxer puts their delay into the last sample, and begins the film by an edit list.
B_FRAMES = (("bf", "3"), ("b_strategy", "0"), ("g", "12"), ("preset", "fast"))
FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


def fragmented(movflags: str = FRAGMENTED, **more: object) -> bytes:
    return encoded(movflags=movflags, options=B_FRAMES, **more)  # type: ignore[arg-type]


def top_boxes(data: bytes) -> list[tuple[bytes, int, int]]:
    """Kind, begin and end of each box of a file."""
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], at, at + size))
        at += size
    return found
