"""Clips whose pictures and sound tell when they are seen and heard, and what is found in a film made of them."""

from __future__ import annotations

import functools
import io
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

BEEP = 2000


@functools.cache
def flashing(
    seconds: int = 2,
    rate: Fraction | int = 24,
    size: tuple[int, int] = (160, 96),
    samples: int = 48_000,
    beep_at: float = 0.5,
    kind: str = "mp4",
) -> bytes:
    """A dark clip that is white, with a beep of 2 kHz, from ``beep_at`` seconds of each second for a quarter of one."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / f"clip.{kind}")
        with av.open(path, "w") as out:
            webm = kind == "webm"
            video: Any = out.add_stream("libvpx" if webm else "libx264", rate=rate)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            sound: Any = out.add_stream("libopus" if webm else "aac", rate=samples, layout="stereo")
            for number in range(round(seconds * rate)):
                at = float(number / Fraction(rate)) % 1
                grey = np.full((size[1], size[0], 3), 235 if beep_at - 1e-6 <= at < beep_at + 0.25 else 20, np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, "rgb24")
                frame.pts = number
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
            time = np.arange(seconds * samples) / samples
            loud = ((time % 1 >= beep_at) & (time % 1 < beep_at + 0.25)) * 0.5
            wave = (loud * np.sin(time * 2 * np.pi * BEEP)).astype(np.float32)
            block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
            block.sample_rate, block.pts = samples, 0
            out.mux(sound.encode(block))
            out.mux(sound.encode(None))
        return Path(path).read_bytes()


def tune(path: Path, seconds: float, frequency: float = 300, amplitude: float = 0.3, rate: int = 44_100) -> str:
    """A sine as a WAV file, for a bed of music."""
    time = np.arange(round(seconds * rate)) / rate
    wave = (amplitude * 32767 * np.sin(time * 2 * np.pi * frequency)).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("pcm_s16le", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return str(path)


def greys(film: str | bytes) -> list[int]:
    """The mean grey of each picture's middle, 0 to 255."""
    found = []
    with av.open(io.BytesIO(film) if isinstance(film, bytes) else film) as file:
        for frame in file.decode(video=0):
            middle = frame.to_ndarray(format="rgb24")[
                frame.height // 3 : -frame.height // 3, frame.width // 3 : -frame.width // 3
            ]
            found.append(round(float(middle.mean())))
    return found


def picture(film: str, number: int) -> NDArray[np.uint8]:
    """One picture, shape ``(height, width, 3)``."""
    with av.open(film) as file:
        for at, frame in enumerate(file.decode(video=0)):
            if at == number:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError(f"{film} has no picture {number}")


def heard(film: str) -> NDArray[np.float32]:
    """The sound at 48 kHz, shape ``(2, samples)``, in its place: silence before its first sample."""
    blocks, first = [], None
    with av.open(film) as file:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        for frame in file.decode(audio=0):
            first = frame.time if first is None else first
            blocks += [block.to_ndarray() for block in resampler.resample(frame)]
        blocks += [block.to_ndarray() for block in resampler.resample(None)]
    return np.concatenate([np.zeros((2, max(0, round((first or 0) * 48_000))), np.float32), *blocks], axis=1)


def flashes(film: str) -> list[float]:
    """Seconds at which the film turns white."""
    with av.open(film) as file:
        times = [(frame.time, float(frame.to_ndarray(format="gray").mean())) for frame in file.decode(video=0)]
    return [now[0] for before, now in zip([(0.0, 0.0), *times], times, strict=False) if before[1] < 120 <= now[1]]


def beeps(film: str) -> list[float]:
    """Seconds at which the film begins to beep."""
    sound = np.abs(heard(film)[0])
    loud = np.convolve(sound, np.ones(48) / 48, "same") > 0.1
    begins = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    return [float(at) / 48_000 for at in begins]


def tone(sound: NDArray[np.float32], frequency: float) -> float:
    """How strong one frequency is in a stretch of sound: the amplitude of its sine."""
    time = np.arange(sound.shape[1]) / 48_000
    return float(2 * np.abs(np.mean(sound[0] * np.exp(-2j * np.pi * frequency * time))))
