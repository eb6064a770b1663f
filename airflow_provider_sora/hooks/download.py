"""A finished video, or a still of it, written to a local file: whole and checked, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from airflow_provider_sora.archive.copying.reader import ContentReader
from airflow_provider_sora.exceptions import ConfigurationError, ContentError
from airflow_provider_sora.protocol.content.source import ContentSource

_BLOCK = 1 << 20


def download_to(
    source: ContentSource, video_id: str, path: str | os.PathLike[str], *, variant: str | None, overwrite: bool
) -> Path:
    """Stream into a hidden file beside ``path``, check it, and only then give it its name."""
    target = _target(path, overwrite)
    with _part_beside(target) as part:
        if variant is None:
            # Heals broken transfers, and hands its last block out only once the whole was checked.
            with ContentReader(source, video_id) as reader:
                _write(part, reader)
        else:
            _write(part, _still(source, video_id, variant))
        part.flush()
        os.fsync(part.fileno())
        _name(part.name, target, overwrite)
    return target


def _target(path: object, overwrite: bool) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ConfigurationError(f"path is {path!r}, but must name the file to write. Nothing was downloaded.")
    target = Path(os.fspath(path))
    if target.is_dir():
        raise ConfigurationError(f"{target} is a folder; name the file to write in it. Nothing was downloaded.")
    if not target.parent.is_dir():
        raise ConfigurationError(f"The folder {target.parent} does not exist. Nothing was downloaded.")
    if target.exists() and not overwrite:
        raise _taken(target)
    return target


def _taken(target: Path) -> ConfigurationError:
    return ConfigurationError(f"{target} exists and was left as it is; overwrite=True replaces it.")


@contextmanager
def _part_beside(target: Path) -> Iterator[BinaryIO]:
    """A file in the same folder, since a name can only be given within one file system; gone in the end."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise ConfigurationError(
            f"Nothing can be written in {target.parent}: {error.strerror}. Nothing was downloaded."
        ) from error
    os.close(handle)
    try:
        with open(name, "wb") as part:
            yield part
    finally:
        Path(name).unlink(missing_ok=True)


def _write(part: BinaryIO, blocks: Iterable[bytes]) -> None:
    for block in blocks:
        part.write(block)


def _still(source: ContentSource, video_id: str, variant: str) -> Iterator[bytes]:
    with source.open_content(video_id, variant=variant) as stream:
        received = 0
        for block in stream.iter_bytes(_BLOCK):
            received += len(block)
            yield block
        if not received or received != (stream.total or stream.length or received):
            raise ContentError(
                f"Of the {variant} of video {video_id} {received} bytes came, where "
                f"{stream.total or stream.length or 'some'} were announced. No file was written.",
                video_id=video_id,
            )


def _name(part: str, target: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(part, target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise _taken(target) from None
    except OSError:
        # A file system without links: a second look is the best there is.
        if target.exists():
            raise _taken(target) from None
        os.replace(part, target)
