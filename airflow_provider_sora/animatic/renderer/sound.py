"""A soft chord under the picture, its key chosen by the light, so that a draft has a sound track to test with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
#: Lowest note of the chord in hertz, and the intervals above it in semitones.
CHORDS = {
    "golden": (174.61, (0, 4, 7, 11)),
    "night": (130.81, (0, 3, 7, 10)),
    "neon": (146.83, (0, 3, 7, 14)),
    "studio": (196.00, (0, 7, 12)),
    "overcast": (146.83, (0, 5, 7)),
    "day": (196.00, (0, 4, 7)),
}


def tone(light: str, seconds: float, *, start: float = 0.0) -> NDArray[np.int16]:
    """Stereo samples, shape ``(samples, 2)``: a quiet chord that breathes, faded at both ends.

    :param start: where in the film this piece begins, so that the breathing goes on across an extension.
    """
    root, steps = CHORDS.get(light, CHORDS["day"])
    samples = round(seconds * RATE)
    time = (np.arange(samples, dtype=np.float32) / RATE) + np.float32(start)
    left = np.zeros(samples, np.float32)
    right = np.zeros(samples, np.float32)
    for index, step in enumerate(steps):
        voice = np.sin(time * np.float32(2 * np.pi * root * 2 ** (step / 12)))
        breath = 0.75 + 0.25 * np.sin(time * np.float32(2 * np.pi * (0.11 + 0.05 * index)))
        place = index / max(1, len(steps) - 1)
        left += voice * breath * np.float32(1.2 - 0.6 * place)
        right += voice * breath * np.float32(0.6 + 0.6 * place)
    fade = np.minimum(1.0, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.25 * RATE)).astype(np.float32)
    stereo = np.stack((left, right), axis=1) * fade[:, None] * np.float32(0.05 * 32767 / len(steps) ** 0.5)
    return stereo.astype(np.int16)
