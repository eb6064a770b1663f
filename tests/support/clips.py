"""Real MP4s of any form, for joining: codec, B-frames, rate, tracks."""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


@functools.cache
def make_clip(
    frames: int = 24,
    rate: int | Fraction = 24,
    size: tuple[int, int] = (160, 96),
    codec: str = "libx264",
    options: tuple[tuple[str, str], ...] = (("preset", "veryfast"),),
    pixel_format: str = "yuv420p",
    sound: tuple[str, int, str] | None = ("aac", 48000, "stereo"),
    sounds: int = 1,
    sound_seconds: float | None = None,
    pictures: int = 1,
    cover: bool = False,
    first: int = 0,
) -> bytes:
    """An MP4 whose picture number n is a flat grey that tells n, with a tone of 1 kHz.

    :param sound: codec, sample rate and layout; None for a silent clip.
    :param sound_seconds: where the sound is not as long as the pictures.
    :param first: number of the first picture, so that clips of a sequence tell their pictures apart.
    """
    import av
    from av.stream import Disposition

    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "clip.mp4")
        with av.open(path, "w", options={"movflags": "+faststart"}) as out:
            videos = []
            for _ in range(pictures):
                video: Any = out.add_stream(codec, rate=rate, options=dict(options))
                video.width, video.height, video.pix_fmt = *size, pixel_format
                videos.append(video)
            tracks = []
            for _ in range(sounds if sound else 0):
                tracks.append(out.add_stream(sound[0], rate=sound[1], layout=sound[2]) if sound else None)
            if cover:
                picture: Any = out.add_stream("mjpeg", options={})
                picture.width, picture.height, picture.pix_fmt = 64, 36, "yuvj420p"
                picture.disposition = (
                    Disposition.attached_pic.value
                )  # before PyAV 18 no member of the enumeration itself
            for video in videos:
                _pictures(out, video, range(first, first + frames))
            for track in tracks:
                _tone(out, track, frames / rate if sound_seconds is None else sound_seconds)
            if cover:
                _pictures(out, picture, range(1))
        return Path(path).read_bytes()


def level(number: int) -> int:
    """The grey of picture ``number``; neighbours differ by more than a codec blurs."""
    return 20 + number * 37 % 200


def _pictures(out: Any, stream: Any, numbers: range) -> None:
    import av
    import numpy as np

    for at, number in enumerate(numbers):
        grey = np.full((stream.height, stream.width, 3), level(number), np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, "rgb24")
        frame.pts = at
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _tone(out: Any, stream: Any, seconds: float) -> None:
    import av
    import numpy as np

    rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout
    wave = (0.25 * np.sin(np.arange(round(rate * seconds)) * 2 * np.pi * 1000 / rate)).astype(np.float32)
    block = av.AudioFrame.from_ndarray(np.stack([wave] * layout.nb_channels), format="fltp", layout=layout.name)
    block.sample_rate, block.pts = rate, 0
    out.mux(stream.encode(block))
    out.mux(stream.encode(None))
