"""How loud a film is after EBU R128, and how it is brought to a loudness without clipping.

The whole is measured first and then made louder or quieter by one figure, so that what is soft stays soft. Where peaks
would come too near to full scale a limiter holds them, and the figure is corrected for what the limiter took.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_provider_sora.media.cut.graph import Chain
from airflow_provider_sora.media.cut.timeline import SAMPLES

#: dBTP that no film's true peak may pass: what R128 allows.
TRUE_PEAK = -1.0
#: The limiter looks at samples of four times the rate; its lowpass gives back a little.
_OVERSAMPLED = 4 * SAMPLES
_MARGIN = 0.5
#: R128's gate: what is as soft as this has no loudness.
_SILENT = -70.0
_EXACT = 0.1
_ROUNDS = 4

Sound = Callable[[], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured.

    :param integrated: LUFS over the whole; None where it is silent.
    :param true_peak: dBTP, of the louder channel.
    """

    integrated: float | None
    true_peak: float


@dataclass(frozen=True, slots=True)
class Level:
    """What is done to a film's sound.

    :param gain_db: for all of it.
    :param limited: whether peaks are held at :data:`TRUE_PEAK`.
    """

    gain_db: float = 0.0
    limited: bool = False


def measured(blocks: Iterator[Any]) -> Loudness:
    """Integrated loudness and true peak of a film's sound."""
    chain = Chain(sound=True)
    chain.source()
    chain.then("ebur128", "metadata=1:peak=true")
    chain.end()
    found: dict[str, str] = {}
    for block in _numbered(blocks):
        for frame in chain.push(block):
            found = frame.metadata or found
    for frame in chain.push(None):
        found = frame.metadata or found
    integrated = float(found.get("lavfi.r128.I", "-inf"))
    peaks = [float(value) for key, value in found.items() if key.startswith("lavfi.r128.true_peaks_ch")]
    peak = max(peaks, default=0.0)
    decibel = 20 * math.log10(peak) if peak > 0 else -math.inf
    return Loudness(None if integrated <= _SILENT else integrated, decibel)


def level_for(sound: Sound, target: float, log: Any) -> Level:
    """What brings a film's sound to ``target`` LUFS.

    :param sound: begins the film's sound anew each time it is called; it is gone through once, or up to five times
        where peaks have to be held.
    """
    before = measured(sound())
    if before.integrated is None:
        log.info("The film's sound is silent, so it is left as it is.")
        return Level()
    gain = target - before.integrated
    log.info("The film's sound is at %.1f LUFS; it is brought to %.1f.", before.integrated, target)
    if before.true_peak + gain <= TRUE_PEAK:
        return Level(gain)
    for _ in range(_ROUNDS):
        after = measured(levelled(sound(), Level(gain, limited=True)))
        missing = target - (after.integrated if after.integrated is not None else target)
        if abs(missing) <= _EXACT:
            break
        gain += missing
    return Level(gain, limited=True)


def levelled(blocks: Iterator[Any], level: Level) -> Iterator[Any]:
    """A film's sound at its new level, as many samples as before."""
    if not level.gain_db and not level.limited:
        yield from blocks
        return
    chain = Chain(sound=True)
    chain.source()
    chain.then("volume", f"{level.gain_db:.4f}dB:precision=float")
    if level.limited:
        limit = 10 ** ((TRUE_PEAK - _MARGIN) / 20)
        chain.then("aresample", str(_OVERSAMPLED))
        chain.then("alimiter", f"limit={limit:.6f}:attack=5:release=80:level=0:latency=1")
        chain.then("aresample", str(SAMPLES))
        chain.then("aformat", "sample_fmts=fltp:channel_layouts=stereo")
    chain.end()
    given = made = 0
    for block in _numbered(blocks):
        given += block.samples
        for frame in chain.push(block):
            made += frame.samples
            yield frame
    for frame in chain.push(None):
        # Resampling there and back may end a few samples late.
        if made < given:
            made += frame.samples
            yield frame


def _numbered(blocks: Iterator[Any]) -> Iterator[Any]:
    at = 0
    for block in blocks:
        block.pts, block.time_base = at, Fraction(1, SAMPLES)
        at += block.samples
        yield block
