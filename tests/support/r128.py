"""Loudness after ITU-R BS.1770-4 and EBU R128, written from the recommendation: a second measurement for tests."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

#: Coefficients of the two K-weighting filters at 48 kHz, as the recommendation prints them.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGHPASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def loudness(samples: NDArray[np.float32]) -> float:
    """Integrated loudness in LUFS.

    :param samples: at 48 kHz, shape ``(channels, samples)``.
    """
    weighted = np.stack([_filtered(_filtered(channel, *_SHELF), *_HIGHPASS) for channel in samples])
    block, step = 19_200, 4_800  # 400 ms, a quarter of it at a time
    starts = range(0, weighted.shape[1] - block + 1, step)
    powers = np.array([np.sum(np.mean(weighted[:, at : at + block] ** 2, axis=1)) for at in starts])
    powers = powers[_lufs(powers) > -70]
    relative = _lufs(np.mean(powers)) - 10
    return float(_lufs(np.mean(powers[_lufs(powers) > relative])))


def true_peak(samples: NDArray[np.float32]) -> float:
    """The highest value between the samples, in dBTP: looked at four times as finely."""
    spectrum = np.fft.rfft(samples, axis=1)
    fine = np.fft.irfft(np.pad(spectrum, ((0, 0), (0, 3 * (spectrum.shape[1] - 1)))), axis=1) * 4
    return 20 * math.log10(float(np.max(np.abs(fine))))


def _lufs(power: NDArray[np.float64] | np.floating) -> NDArray[np.float64]:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))


def _filtered(signal: NDArray, b: tuple[float, ...], a: tuple[float, ...]) -> NDArray[np.float64]:
    """A filter of second order, by its impulse response: what it has after half a second is nothing."""
    response = np.zeros(24_000)
    x1 = x2 = y1 = y2 = 0.0
    for number in range(len(response)):
        x = 1.0 if number == 0 else 0.0
        y = b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
        response[number], x1, x2, y1, y2 = y, x, x1, y, y1
    size = 1 << (len(signal) + len(response) - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(signal, size) * np.fft.rfft(response, size), size)[: len(signal)]
