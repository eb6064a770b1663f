"""Thumbnail and spritesheet of a finished video."""

from __future__ import annotations

from pathlib import Path

import av
from PIL import Image

THUMBNAIL_WIDTH = 640
SHEET_COLUMNS = 5
SHEET_ROWS = 5
SHEET_CELL = 256


def _spread(path: Path, count: int) -> list[Image.Image]:
    """``count`` frames spread evenly over the video; fewer where it has fewer."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        total = stream.frames or sum(1 for _ in source.decode(stream))
    wanted = {min(total - 1, int((i + 0.5) * total / count)) for i in range(count)}
    found = []
    with av.open(str(path)) as source:
        for index, frame in enumerate(source.decode(video=0)):
            if index in wanted:
                found.append(frame.to_image())
    return found


def _fit(width: int, height: int, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(video: Path, path: Path) -> None:
    """A WebP of a frame a third into the video, at most 640 pixels on its longer side."""
    frame = _spread(video, 3)[0]
    frame.resize(_fit(*frame.size, THUMBNAIL_WIDTH), Image.Resampling.LANCZOS).save(path, "WEBP", quality=82)


def spritesheet(video: Path, path: Path) -> None:
    """A JPEG of 25 frames in rows of five, in order."""
    frames = _spread(video, SHEET_COLUMNS * SHEET_ROWS)
    cell = _fit(*frames[0].size, SHEET_CELL)
    sheet = Image.new("RGB", (cell[0] * SHEET_COLUMNS, cell[1] * SHEET_ROWS), "black")
    for index in range(SHEET_COLUMNS * SHEET_ROWS):
        frame = frames[min(len(frames) - 1, index * len(frames) // (SHEET_COLUMNS * SHEET_ROWS))]
        row, column = divmod(index, SHEET_COLUMNS)
        sheet.paste(frame.resize(cell, Image.Resampling.BILINEAR), (column * cell[0], row * cell[1]))
    sheet.save(path, "JPEG", quality=85)
