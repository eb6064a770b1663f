"""How a file and its hidden companion appear together and whole: a part beside the name, synced, linked, locked."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from airflow_provider_sora.stores.contract import StoreFaultError
from airflow_provider_sora.stores.hashing import Checksum

_DAY = 86400


@contextlib.contextmanager
def part_of(path: Path) -> Iterator[BinaryIO]:
    """A hidden file beside ``path`` to write into; gone at the end, and locked until then as a sign of life."""
    with folder_lock(path.parent):
        _clear_dead_parts(path.parent)
        part = (path.parent / f".{path.name}.{uuid.uuid4().hex}.part").open("xb")
        with contextlib.suppress(OSError):  # some network file systems know no locks; then age decides
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        with part:
            yield part
    finally:
        Path(part.name).unlink(missing_ok=True)


def _clear_dead_parts(folder: Path) -> None:
    """What a killed writer left here: nobody holds its lock; without locks, it is more than a day old."""
    for part in folder.glob(".*.part"):
        with contextlib.suppress(OSError), part.open("rb") as left:
            try:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except OSError:
                if time.time() - part.stat().st_mtime < _DAY:
                    continue
            part.unlink()


def fill(part: BinaryIO, blocks: Iterable[bytes], size: int) -> Checksum:
    written = Checksum()
    for block in blocks:
        part.write(block)
        written.update(block)
    part.flush()
    os.fsync(part.fileno())
    if written.size != size:
        raise StoreFaultError(f"{written.size} bytes were written to {part.name} where {size} were announced.")
    return written


def publish(part: str, path: Path) -> None:
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        # No hard links here; the folder's lock stands in for link's refusal to overwrite.
        os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """One writer at a time publishes into a folder, so that a file and its hidden companion belong together.

    Not to be nested: the second one would wait for the first for ever.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no locks; link() still protects
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def side_path(path: Path) -> Path:
    return path.parent / f".{path.name}.meta.json"


def read_side(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(side_path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_side(path: Path, content_type: str, written: Checksum, metadata: Mapping[str, str]) -> None:
    """Within the folder's lock only, as all that cleans up is."""
    content = {
        "content_type": content_type,
        "size": written.size,
        "crc32c": written.crc32c(),
        "metadata": dict(metadata),
    }
    side = side_path(path)
    part = side.with_name(f"{side.name}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            json.dump(content, out)
            out.flush()
            os.fsync(out.fileno())  # a power cut must not leave it empty beside a whole file, which would be foreign
        os.replace(part, side)
    finally:
        part.unlink(missing_ok=True)
