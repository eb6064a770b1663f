"""Pictures and sound into one MP4 that plays everywhere: H.264 and AAC, index at the front, BT.709."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_provider_sora.media.cut.graph import BT709, LIMITED
from airflow_provider_sora.media.cut.timeline import SAMPLES

#: x264's, from the fastest to the slowest.
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a film is encoded.

    :param crf: x264's constant rate factor; lower is better and larger. 18 is hardly told from the clips.
    :param preset: x264's; a slower one makes a smaller file.
    :param sound_bits: bits a second of the sound.
    """

    crf: int = 18
    preset: str = "veryfast"
    sound_bits: int = 192_000


class Writer:
    """An MP4 that grows; to be closed by a ``with``.

    :param sound: whether it has a sound track.
    """

    def __init__(self, target: str, size: tuple[int, int], rate: Fraction, sound: bool, encoding: Encoding) -> None:
        import av

        self._out: Any = av.open(target, "w", format="mp4", options={"movflags": "+faststart"})
        options = {"preset": encoding.preset, "crf": str(encoding.crf), "g": str(max(1, round(rate * 2)))}
        self._video: Any = self._out.add_stream("libx264", rate=rate, options=options)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        context = self._video.codec_context
        context.time_base = 1 / rate
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        self._audio: Any = None
        if sound:
            self._audio = self._out.add_stream("aac", rate=SAMPLES, layout="stereo")
            self._audio.bit_rate = encoding.sound_bits
        self._rate = rate
        self.frames = self.samples = 0

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None:
        self._out.close()

    def picture(self, frame: Any) -> None:
        frame.pts, frame.time_base = self.frames, 1 / self._rate
        frame.pict_type = 0  # as it was in its clip, the encoder would take it for an order
        self.frames += 1
        self._out.mux(self._video.encode(frame))

    def sound(self, block: Any) -> None:
        block.pts, block.time_base = self.samples, Fraction(1, SAMPLES)
        self.samples += block.samples
        self._out.mux(self._audio.encode(block))

    def finish(self) -> None:
        """The last of what the encoders hold back."""
        for stream in (self._video, self._audio):
            if stream is not None:
                self._out.mux(stream.encode(None))
