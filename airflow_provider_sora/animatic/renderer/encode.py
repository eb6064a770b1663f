"""Frames and samples to an MP4 that plays everywhere: H.264 and AAC, index at the front."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from airflow_provider_sora.animatic.renderer.sound import RATE

BT709 = 1  # FFmpeg's number for the colours of high-definition video
LIMITED_RANGE = 1


def _streams(output: av.container.OutputContainer, size: tuple[int, int], fps: int) -> tuple[VideoStream, AudioStream]:
    options = {"preset": "ultrafast", "crf": "21", "g": str(fps * 2)}
    video = output.add_stream("libx264", rate=fps, options=options)
    video.width, video.height = size
    video.pix_fmt = "yuv420p"
    context = video.codec_context
    context.time_base = Fraction(1, fps)
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = LIMITED_RANGE
    context.thread_count = 1
    audio = output.add_stream("aac", rate=RATE, layout="stereo", options={"aac_coder": "fast"})
    audio.bit_rate = 96_000
    return video, audio


def write_mp4(
    path: Path, frames: Iterable[av.VideoFrame], samples: NDArray[np.int16], *, size: tuple[int, int], fps: int
) -> None:
    """Encode to ``path``, which must be a real file: FFmpeg opens it again to move the index to the front.

    :param frames: yuv420p frames of ``size``; their times are set here.
    :param samples: 48 kHz stereo, shape ``(samples, 2)``.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        video, audio = _streams(output, size, fps)
        sound = _packets_of(audio, samples)
        for index, frame in enumerate(frames):
            frame.pts = index
            frame.time_base = Fraction(1, fps)
            output.mux(video.encode(frame))
            if index % fps == 0:  # keep sound and picture side by side in the file
                output.mux(next(sound, []))
        output.mux(video.encode())
        for packets in sound:
            output.mux(packets)


def _packets_of(audio: AudioStream, samples: NDArray[np.int16]) -> Iterator[list[av.Packet]]:
    for start in range(0, len(samples), RATE):
        chunk = np.ascontiguousarray(samples[start : start + RATE].reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(chunk, format="s16", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = Fraction(1, RATE)
        yield audio.encode(frame)
    yield audio.encode()


def join(parts: list[Path], path: Path) -> None:
    """One MP4 from several made with the same settings, without encoding again.

    Packets that would go back in time at a joint (the sound encoder's lead-in) are left out.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        with av.open(str(parts[0])) as first:
            kinds = [s.type for s in first.streams if s.type in ("video", "audio")]
            targets = {kind: output.add_stream_from_template(getattr(first.streams, kind)[0]) for kind in kinds}
        offset = Fraction(0)
        last: dict[str, int] = {}
        for part in parts:
            with av.open(str(part)) as source:
                length = Fraction(source.streams.video[0].duration or 0) * (source.streams.video[0].time_base or 0)
                for packet in source.demux():
                    kind = packet.stream.type
                    if kind not in targets or packet.dts is None or packet.pts is None:
                        continue
                    shift = round(offset / packet.time_base)
                    packet.dts += shift
                    packet.pts += shift
                    if packet.dts <= last.get(kind, -(1 << 60)):
                        continue
                    last[kind] = packet.dts
                    packet.stream = targets[kind]
                    output.mux(packet)
            offset += length
