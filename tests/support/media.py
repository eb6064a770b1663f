"""Small real MP4s for tests, rendered once per session, and what can be wrong with a file."""

from __future__ import annotations

import functools
import io
import math

SECONDS = 1


@functools.cache
def sample_mp4(
    seconds: int = SECONDS, width: int = 320, height: int = 180, audio: bool = True, hue: int = 0, rate: int = 24
) -> bytes:
    """An H.264 (and AAC) clip whose pictures move."""
    import tempfile
    from pathlib import Path

    import av
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
            video = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            sound = out.add_stream("aac", rate=48000, layout="stereo") if audio else None
            ramp = np.linspace(0, 255, width, dtype=np.uint8)
            for number in range(rate * seconds):
                picture = np.zeros((height, width, 3), np.uint8)
                picture[:, :, hue % 3] = np.roll(ramp, number * 6)
                picture[:, :, (hue + 1) % 3] = 40 + int(30 * math.sin(number / 8))
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts = number
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
            if sound is not None:
                wave = (0.1 * np.sin(np.arange(48000 * seconds) * 2 * np.pi * 440 / 48000)).astype(np.float32)
                block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
                block.sample_rate, block.pts = 48000, 0
                out.mux(sound.encode(block))
                out.mux(sound.encode(None))
        return path.read_bytes()


def grown(data: bytes, size: int, fill: int = 0xA5) -> bytes:
    """The clip with a ``free`` box behind it, ``size`` bytes in all; it still plays."""
    extra = size - len(data)
    assert extra >= 8, "too small to grow"
    return data + extra.to_bytes(4, "big") + b"free" + bytes([fill]) * (extra - 8)


def with_c2pa(data: bytes, purpose: bytes = b"manifest", wide: bool = False, content: bytes = b"JUMBF" * 400) -> bytes:
    """The clip with a C2PA box where signers put it, right behind ``ftyp``.

    :param wide: with its size in 64 bits.
    """
    body = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + bytes(4) + purpose + b"\0" + bytes(8) + content
    narrow = (len(body) + 8).to_bytes(4, "big") + b"uuid"
    head = b"\0\0\0\1uuid" + (len(body) + 16).to_bytes(8, "big") if wide else narrow
    at = int.from_bytes(data[:4], "big")
    return data[:at] + head + body + data[at:]


@functools.cache
def sample_picture(kind: str = "WEBP") -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 36), (200, 120, 40)).save(out, kind)
    return out.getvalue()
