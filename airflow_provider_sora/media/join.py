"""Join MP4 files of equal form by copying their packets; nothing is re-encoded."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError

#: Average rates this close are one: the timestamps are copied, and the last frame's length varies a little.
_RATE_TOLERANCE = 0.01
#: Seconds of sound that may go at a joint, where encoders pad a clip's begin and end.
_SOUND_TOLERANCE = Fraction(1, 4)
#: What cannot but differ when one of the others does, and would only hide it in a message.
_FOLLOWS = {
    "codec setup": ("video codec", "size", "pixel format", "frame rate"),
    "time base": ("frame rate",),
    "audio codec": ("sound",),
    "sample rate": ("sound",),
    "channels": ("sound",),
    "audio setup": ("sound", "audio codec", "sample rate", "channels"),
}


def join_files(paths: Sequence[str], target: str, names: Sequence[str]) -> None:
    """Copy the clips' packets into one MP4, one clip after the other.

    :param names: what to call the clips in messages.
    :raises ConfigurationError: PyAV is missing, or the clips differ in form.
    :raises ArchiveError: a clip cannot be read.
    """
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            "Joining videos needs PyAV, which is not installed.", step="install airflow-provider-sora[media]."
        ) from error
    differing = unlike(paths, names)
    if differing is not None:
        raise ConfigurationError(
            f"The clips cannot be joined without re-encoding, because {differing}.",
            step="make all with the same model, size and settings.",
        )
    copy_packets(paths, target, names)


def copy_packets(paths: Sequence[str], target: str, names: Sequence[str]) -> None:
    """Copy the packets of clips that :func:`unlike` found to be of one form.

    :raises ConfigurationError: they would overlap at a joint.
    :raises ArchiveError: a clip cannot be read.
    """
    import av

    try:
        with av.open(target, "w", options={"movflags": "+faststart"}) as out:
            joint = _Joint(out)
            for path, name in zip(paths, names, strict=True):
                joint.add(path, name)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _failed(error) from error


def _failed(error: Exception) -> ArchiveError:
    return ArchiveError(f"The clips could not be joined: {type(error).__name__}: {error}. Nothing was stored.")


@dataclass(slots=True)
class _Joint:
    """The file that grows: ``start`` is where its next clip begins, in seconds."""

    out: Any
    start: Fraction = Fraction(0)
    before: str = ""
    _streams: dict[str, Any] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, name: str) -> None:
        import av

        clip: Any
        end = lost = Fraction(0)
        with av.open(path) as clip:
            tracks = [track for track in _tracks(clip, name) if track is not None]
            for track in tracks:
                if track.type not in self._streams:
                    copy = self.out.add_stream_from_template(track)
                    copy.time_base = track.time_base  # PyAV 17 leaves it to the muxer, which would round every time
                    self._streams[track.type] = copy
            for packet in clip.demux(tracks):
                kind, base = packet.stream.type, packet.stream.time_base
                if packet.dts is None or packet.pts is None or base is None:
                    continue  # the empty packet at a track's end
                length = packet.duration * base if packet.duration else 0
                if kind == "video":
                    end = max(end, packet.pts * base + (length or 1 / packet.stream.average_rate))
                if self._copy(packet, kind, base):
                    continue
                lost += length
                if kind == "video" or lost > _SOUND_TOLERANCE:
                    raise self._overlap(kind, name)
        self.start += end
        self.before = name

    def _copy(self, packet: Any, kind: str, base: Fraction) -> bool:
        """Mux a packet at its place; False where the clip before still fills that place."""
        shift = round(self.start / base)
        packet.dts += shift
        packet.pts += shift
        if kind in self._last and packet.dts <= self._last[kind]:
            return False
        self._last[kind] = packet.dts
        packet.stream = self._streams[kind]
        self.out.mux(packet)
        return True

    def _overlap(self, kind: str, name: str) -> ConfigurationError:
        what = "sound goes on after its last picture" if kind == "audio" else "pictures go on after its stated end"
        return ConfigurationError(
            f"The clips cannot be joined without loss: the {what} in {self.before}, and {name} would lose what it "
            "begins with.",
            step="leave one of the two out, or cut it to length with an editor.",
        )


def _tracks(clip: Any, name: str) -> tuple[Any, Any | None]:
    """The picture track, and the sound track where there is one; an attached cover is left out.

    :raises ConfigurationError: there are more of them, and which to take is not ours to choose.
    """
    from av.stream import Disposition

    pictures = [track for track in clip.streams.video if not track.disposition & Disposition.attached_pic]
    sounds = list(clip.streams.audio)
    if len(pictures) != 1 or len(sounds) > 1:
        raise ConfigurationError(
            f"{name} holds {len(pictures)} picture tracks and {len(sounds)} sound tracks; a clip of a final cut has "
            "one picture track and at most one sound track.",
            step="leave it out, or remove the others.",
        )
    return pictures[0], sounds[0] if sounds else None


def unlike(paths: Sequence[str], names: Sequence[str]) -> str | None:
    """In what clips differ so that their packets cannot stand in one file; None where they can.

    :raises ConfigurationError: one has more tracks than a clip has.
    :raises ArchiveError: a clip cannot be read.
    """
    import av

    forms: list[dict[str, Any]] = []
    try:
        for path, name in zip(paths, names, strict=True):
            with av.open(path) as clip:
                forms.append(_form(*_tracks(clip, name)))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _failed(error) from error
    first = forms[0]
    for name, form in zip(names[1:], forms[1:], strict=True):
        differing = [key for key in first if not _same(first[key], form[key])]
        told = [key for key in differing if not set(_FOLLOWS.get(key, ())) & set(differing)]
        if told:
            words = "; ".join(
                f"{key}: {_short(first[key])} in {names[0]}, {_short(form[key])} in {name}" for key in told
            )
            return f"they differ in {words}"
    return None


def _form(video: Any, audio: Any | None) -> dict[str, Any]:
    context, sound = video.codec_context, None if audio is None else audio.codec_context
    return {
        "video codec": context.name,
        "size": f"{context.width}x{context.height}",
        "pixel format": context.pix_fmt,
        "frame rate": float(video.average_rate) if video.average_rate else None,
        "time base": str(video.time_base),
        "codec setup": bytes(context.extradata or b""),
        "sound": "no" if sound is None else "yes",
        "audio codec": sound and sound.name,
        "sample rate": sound and sound.sample_rate,
        "channels": sound and sound.layout.name,
        "audio setup": bytes(sound.extradata or b"") if sound else None,
    }


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RATE_TOLERANCE)
    return bool(one == other)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return hashlib.sha256(value).hexdigest()[:8] if isinstance(value, bytes) else str(value)
