"""Thumbnail and spritesheet of a finished video."""

from __future__ import annotations

from pathlib import Path

import av
from PIL import Image

THUMBNAIL_WIDTH = 640
SHEET_COLUMNS = 5
SHEET_ROWS = 5
SHEET_CELL = 256


def _spread(path: Path, count: int, longest: int, taken: int | None = None) -> list[Image.Image]:
    """``count`` frames spread evenly over the video, no larger than ``longest``; fewer where it has fewer.

    :param taken: how many of them are wanted, from the first; what comes behind them in the video is not decoded.
    """
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        total = stream.frames or sum(1 for _ in source.decode(stream))
    wanted = sorted({min(total - 1, int((i + 0.5) * total / count)) for i in range(count)})[:taken]
    found = []
    with av.open(str(path)) as source:
        for index, frame in enumerate(source.decode(video=0)):
            if index in wanted:
                width, height = _fit(frame.width, frame.height, longest)
                # FFmpeg makes it smaller and RGB in one step, where a whole picture would be made only to be shrunk.
                found.append(frame.reformat(width, height, "rgb24", interpolation="AREA").to_image())
            if index >= wanted[-1]:
                break
    return found


def _fit(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(video: Path, path: Path) -> None:
    """A WebP of a frame a sixth into the video, at most 640 pixels on its longer side."""
    _spread(video, 3, THUMBNAIL_WIDTH, taken=1)[0].save(path, "WEBP", quality=82)


def spritesheet(video: Path, path: Path) -> None:
    """A JPEG of 25 frames in rows of five, in order."""
    frames = _spread(video, SHEET_COLUMNS * SHEET_ROWS, SHEET_CELL)
    width, height = frames[0].size
    sheet = Image.new("RGB", (width * SHEET_COLUMNS, height * SHEET_ROWS), "black")
    for index in range(SHEET_COLUMNS * SHEET_ROWS):
        frame = frames[min(len(frames) - 1, index * len(frames) // (SHEET_COLUMNS * SHEET_ROWS))]
        row, column = divmod(index, SHEET_COLUMNS)
        sheet.paste(frame, (column * width, row * height))
    sheet.save(path, "JPEG", quality=85)
