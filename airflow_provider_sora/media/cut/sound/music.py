"""A bed of music under the clips' own sound: repeated, faded, and quieter while the clips are heard."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Music
from airflow_provider_sora.media.cut.graph import Chain
from airflow_provider_sora.media.cut.sound.reels import SoundReel
from airflow_provider_sora.media.cut.timeline import SAMPLES

#: The clips count as heard from this amplitude on (-40 dBFS). The music yields within 50 ms and comes back within 600.
_KEY = "threshold=0.01:ratio=20:attack=50:release=600:detection=rms"


class _Round:
    """The music's samples, from its begin again whenever it is over."""

    def __init__(self, music: Music) -> None:
        self._music = music
        self._reel = self._opened()

    def _opened(self) -> SoundReel:
        return SoundReel(self._music.source, Fraction(self._music.start), "the music", self._music.gain_db)

    def take(self, samples: int) -> Any:
        from av.audio.fifo import AudioFifo

        fifo: Any = AudioFifo()
        while fifo.samples < samples:
            block = self._reel.some(samples - fifo.samples)
            if block is not None:
                block.pts = None
                fifo.write(block)
                continue
            if not self._reel.delivered:
                raise ConfigurationError(
                    f"The music has no sound {f'behind {self._music.start:g} s' if self._music.start else 'at all'}.",
                    step="give a file with sound, or an earlier start.",
                )
            self._reel = self._opened()
        return fifo.read(samples)

    def close(self) -> None:
        self._reel.close()


def with_music(own: Iterator[Any], music: Music, samples: int) -> Iterator[Any]:
    """The film's sound with music under it.

    :param own: the clips' own sound, ``samples`` in all.
    :raises ConfigurationError: there is no sound in the music's file, or none behind its ``start``.
    :raises ArchiveError: it cannot be read.
    """
    bed, chain = _Round(music), _mixed(music, samples)
    at = 0
    try:
        for block in own:
            under = bed.take(block.samples)
            for part in (block, under):
                part.pts, part.time_base = at, Fraction(1, SAMPLES)
            at += block.samples
            yield from chain.push(block, under)
        yield from chain.push(None, None)
    finally:
        bed.close()


def _mixed(music: Music, samples: int) -> Chain:
    chain = Chain(sound=True)
    own, bed = chain.source(), chain.source()
    fade_in, fade_out = (min(samples, round(Fraction(fade) * SAMPLES)) for fade in (music.fade_in, music.fade_out))
    if fade_in:
        bed = chain.then("afade", f"t=in:ss=0:ns={fade_in}", behind=(bed,))
    if fade_out:
        bed = chain.then("afade", f"t=out:ss={samples - fade_out}:ns={fade_out}", behind=(bed,))
    if music.duck_db:
        both = chain.then("asplit", "2", behind=(own,))
        # A strong compressor brings the music to almost nothing; what is mixed back untouched is where it stops.
        left = 10 ** (-music.duck_db / 20)
        key = chain.then("anull", behind=(both,), output=1)
        bed = chain.then("sidechaincompress", f"{_KEY}:mix={1 - left:.6f}", behind=(bed, key))
        own = chain.then("anull", behind=(both,), output=0)
    chain.then("amix", "inputs=2:normalize=0:duration=longest", behind=(own, bed))
    chain.end()
    return chain
