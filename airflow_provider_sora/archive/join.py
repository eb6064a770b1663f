"""Join MP4 files of equal form by copying their packets; nothing is re-encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError


def join_files(paths: Sequence[str], target: str, names: Sequence[str]) -> None:
    """Copy the clips' packets into one MP4, one clip after the other.

    :param names: what to call the clips in messages.
    :raises ConfigurationError: PyAV is missing, or the clips differ in form.
    :raises ArchiveError: a clip cannot be read.
    """
    try:
        import av
    except ImportError as error:
        raise ConfigurationError(
            "Joining videos needs PyAV, which is not installed. Nothing was stored. "
            "Install airflow-provider-sora[media]."
        ) from error
    try:
        _compare_forms(paths, names)
        with av.open(target, "w", options={"movflags": "+faststart"}) as out:
            streams: dict[str, Any] = {}
            last: dict[str, int] = {}
            start = 0.0
            for path in paths:
                start += _copy_clip(path, out, streams, last, start)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ArchiveError(
            f"The clips could not be joined: {type(error).__name__}: {error}. Nothing was stored."
        ) from error


def _copy_clip(path: str, out: Any, streams: dict[str, Any], last: dict[str, int], start: float) -> float:
    """Mux one clip's packets from ``start`` seconds on; its length in seconds."""
    import av

    clip: Any
    with av.open(path) as clip:
        inputs = [s for s in clip.streams if s.type in ("video", "audio")]
        for stream in inputs:
            if stream.type not in streams:
                streams[stream.type] = out.add_stream_from_template(stream)
        video = clip.streams.video[0]
        end = 0.0
        for packet in clip.demux(inputs):
            kind, base = packet.stream.type, packet.stream.time_base
            if packet.dts is None or packet.pts is None or base is None:
                continue
            shift = round(start / base)
            if packet.stream is video:
                end = max(end, float((packet.pts + (packet.duration or 0)) * base))
            packet.dts += shift
            packet.pts += shift
            packet.stream = streams[kind]
            # The sound of each clip begins a little before zero (encoder priming): what would overlap is left out.
            if packet.dts <= last.get(kind, -(1 << 62)):
                continue
            last[kind] = packet.dts
            out.mux(packet)
    return end


def _compare_forms(paths: Sequence[str], names: Sequence[str]) -> None:
    import av

    forms: list[dict[str, Any]] = []
    for path, name in zip(paths, names, strict=True):
        with av.open(path) as clip:
            if not clip.streams.video:
                raise ConfigurationError(f"{name} holds no video stream. Nothing was stored.")
            forms.append(_form(clip))
    first = forms[0]
    for name, form in zip(names[1:], forms[1:], strict=True):
        differing = [key for key in first if first[key] != form[key]]
        if differing:
            words = "; ".join(
                f"{key}: {_short(first[key])} in {names[0]}, {_short(form[key])} in {name}" for key in differing
            )
            raise ConfigurationError(
                f"The clips cannot be joined without re-encoding, because they differ in {words}. Nothing was stored. "
                "Make all with the same model, size and settings."
            )


def _form(clip: Any) -> dict[str, Any]:
    video = clip.streams.video[0]
    audio = clip.streams.audio[0] if clip.streams.audio else None
    context = video.codec_context
    return {
        "video codec": context.name,
        "size": f"{context.width}x{context.height}",
        "pixel format": context.pix_fmt,
        "time base": str(video.time_base),
        "codec setup": bytes(context.extradata or b""),
        "sound": audio is not None,
        "audio codec": audio.codec_context.name if audio else None,
        "audio rate": audio.codec_context.sample_rate if audio else None,
        "audio channels": audio.codec_context.channels if audio else None,
        "audio setup": bytes(audio.codec_context.extradata or b"") if audio else None,
    }


def _short(value: Any) -> str:
    return hashlib.sha256(value).hexdigest()[:8] if isinstance(value, bytes) else str(value)
