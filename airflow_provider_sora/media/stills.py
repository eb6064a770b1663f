"""Thumbnail and spritesheet: made from a video, or a server's own in the format that is stored."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import Any

THUMBNAIL = "thumbnail"
SPRITESHEET = "spritesheet"
CONTENT_TYPES = {THUMBNAIL: "image/webp", SPRITESHEET: "image/jpeg"}

_THUMBNAIL_SIDE = 640
_CELL_SIDE = 256
_CELLS = 25
_COLUMNS = 5
_warned = False

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Still:
    """One picture, ready to store. ``origin`` is ``"server"`` or ``"made_from_video"``."""

    asset: str
    data: bytes
    origin: str


def as_stored(data: bytes, asset: str) -> bytes | None:
    """The same bytes where the format is ours already, re-encoded otherwise; None for what cannot be read."""
    if not data:
        return None
    from PIL import Image

    wanted = "WEBP" if asset == THUMBNAIL else "JPEG"
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP", "JPEG", "PNG")) as picture:
            found = picture.format
            picture.load()
            return data if found == wanted else _encode(picture.convert("RGB"), asset)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        log.debug("The server's %s cannot be read: %s", asset, error)
        return None


def can_make_stills() -> bool:
    """Whether pictures can be made from a video here; False warns once."""
    try:
        import av  # noqa: F401 - the import is the question
    except ImportError:
        _warn_once()
        return False
    return True


def stills_from_video(path: str, wanted: set[str]) -> dict[str, Still]:
    """Make the wanted pictures from a video file; what cannot be made is left out, with a warning.

    Only where :func:`can_make_stills`.
    """
    import av

    try:
        frames = _sample_frames(path)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        log.warning("No stills could be made: the video does not decode (%s: %s).", type(error).__name__, error)
        return {}
    if not frames:
        return {}
    made = {}
    if THUMBNAIL in wanted:
        made[THUMBNAIL] = Still(THUMBNAIL, _thumbnail(frames), "made_from_video")
    if SPRITESHEET in wanted:
        made[SPRITESHEET] = Still(SPRITESHEET, _spritesheet(frames), "made_from_video")
    return made


def _sample_frames(path: str) -> list[Any]:
    """Up to 25 pictures at even distances; the video is decoded once, one frame in memory at a time."""
    import av

    pictures: list[Any] = []
    with av.open(path) as container:
        if not container.streams.video:
            return []
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        if not seconds and container.duration:
            seconds = container.duration / 1_000_000
        step = seconds / _CELLS if seconds else 0.25
        due = 0.0
        for frame in container.decode(stream):
            at = frame.time if frame.time is not None else due
            if at + 1e-6 < due:
                continue
            scale = min(1.0, _THUMBNAIL_SIDE / max(frame.width, frame.height))
            width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
            pictures.append(frame.reformat(width, height, format="rgb24").to_image())
            due += step
            if len(pictures) == _CELLS:
                break
    return pictures


def _thumbnail(frames: list[Any]) -> bytes:
    # The very first frame is often black or a fade: take one a fifth into the clip.
    return _encode(frames[len(frames) // 5], THUMBNAIL)


def _spritesheet(frames: list[Any]) -> bytes:
    from PIL import Image

    width, height = frames[0].size
    scale = _CELL_SIDE / max(width, height)
    cell = (max(1, round(width * scale)), max(1, round(height * scale)))
    rows = -(-len(frames) // _COLUMNS)
    sheet = Image.new("RGB", (cell[0] * _COLUMNS, cell[1] * rows))
    for number, frame in enumerate(frames):
        sheet.paste(frame.resize(cell), (number % _COLUMNS * cell[0], number // _COLUMNS * cell[1]))
    return _encode(sheet, SPRITESHEET)


def _encode(picture: Any, asset: str) -> bytes:
    out = io.BytesIO()
    if asset == THUMBNAIL:
        picture.save(out, "WEBP", quality=80, method=4)
    else:
        picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _warn_once() -> None:
    global _warned
    if not _warned:
        _warned = True
        log.warning(
            "This server has no stills and PyAV is not installed, so videos are archived without thumbnail and "
            "spritesheet. Install airflow-provider-sora[media] to have them made."
        )
