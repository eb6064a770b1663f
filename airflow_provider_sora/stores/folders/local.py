"""Local files: written beside their final name, synced, then linked to it, which fails where a file exists."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.stores.contract import NameTakenError, Readable, StoredObject, StoreFaultError
from airflow_provider_sora.stores.folders.files import (
    fill,
    folder_lock,
    part_of,
    publish,
    read_side,
    side_path,
    write_side,
)
from airflow_provider_sora.stores.trial import try_folder

if TYPE_CHECKING:
    from airflow_provider_sora.stores.destination import Destination

_BLOCK = 1 << 20


class LocalStore:
    """A folder; see :class:`~airflow_provider_sora.stores.contract.ObjectStore`.

    What a bucket keeps as metadata lies in a hidden file ``.NAME.meta.json`` beside each file.
    """

    def __init__(self, destination: Destination) -> None:
        self.destination = destination
        self._root = Path(destination.prefix)

    def look(self, name: str) -> StoredObject | None:
        path = self._root / name
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        size, side = status.st_size, read_side(path)
        if side.get("size") not in (None, size):
            side = {}  # it describes a file that was to lie here, not the one that does
        metadata, digest = side.get("metadata"), side.get("crc32c")
        return StoredObject(
            name=name,
            uri=self.destination.join(name),
            size=size,
            crc32c=digest if isinstance(digest, str) else None,
            content_type=side.get("content_type"),
            metadata=metadata if isinstance(metadata, dict) else {},
            written_at=datetime.fromtimestamp(status.st_mtime, UTC),
        )

    def put_stream(
        self, name: str, reader: Readable, *, size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        blocks = iter(lambda: reader.read(_BLOCK), b"")
        return self._write(name, blocks, size, content_type, metadata)

    def put_bytes(self, name: str, data: bytes, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        return self._write(name, [data], len(data), content_type, metadata)

    def replace(self, name: str, data: bytes, *, content_type: str, expected: StoredObject | None) -> StoredObject:
        path = self._root / name
        kept = "It is as it was, and no video or receipt was touched."
        with self._told(name, kept), part_of(path) as part:
            digest = fill(part, [data], len(data))
            with folder_lock(path.parent):
                found = self.look(name)
                if (found and found.crc32c) != (expected and expected.crc32c) or (found is None) != (expected is None):
                    raise NameTakenError(f"{self.destination.join(name)} was written by somebody else meanwhile.")
                write_side(path, content_type, digest, {})
                os.replace(part.name, path)
        return self._must_look(name)

    def _write(
        self, name: str, blocks: Iterable[bytes], size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        path = self._root / name
        kept = "Nothing was left behind; the video is paid for and still on the server."
        with self._told(name, kept), part_of(path) as part:
            digest = fill(part, blocks, size)
            with folder_lock(path.parent):
                if path.exists():
                    raise NameTakenError(f"{self.destination.join(name)} exists already.")
                write_side(path, content_type, digest, metadata)
                publish(part.name, path)
        return self._must_look(name)

    @contextlib.contextmanager
    def _told(self, name: str, kept: str) -> Iterator[None]:
        """Turn the file system's errors into ours; ``kept`` says what they leave of what was paid for."""
        path = self._root / name
        try:
            yield
        except FileExistsError as error:
            raise NameTakenError(f"{self.destination.join(name)} exists already.") from error
        except PermissionError as error:
            raise ConfigurationError(f"Not allowed to write {path}: {error}. {kept}") from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise ArchiveError(
                f"Could not write {path}: {'the disk is full' if full else error}. {kept} "
                f"{'Make room' if full else 'Mend that'}, then let the task run again: no second render."
            ) from error

    def _must_look(self, name: str) -> StoredObject:
        found = self.look(name)
        if found is None:
            raise StoreFaultError(f"{self.destination.join(name)} vanished right after it was written.")
        return found

    def read_bytes(self, name: str) -> bytes:
        return b"".join(self.read_blocks(name))

    def read_blocks(self, name: str) -> Iterator[bytes]:
        try:
            with (self._root / name).open("rb") as source:
                while block := source.read(_BLOCK):
                    yield block
        except OSError as error:
            raise ArchiveError(f"Could not read {self.destination.join(name)}: {error}") from error

    def read_range(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        try:
            with (self._root / name).open("rb") as source:
                source.seek(start)
                while start < stop:
                    if not (block := source.read(min(_BLOCK, stop - start))):
                        raise ArchiveError(f"{self.destination.join(name)} is shorter than {stop} bytes.")
                    start += len(block)
                    yield block
        except OSError as error:
            raise ArchiveError(f"Could not read {self.destination.join(name)}: {error}") from error

    def copy(self, source: str, name: str, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        found = self.look(source)
        if found is None:
            raise ArchiveError(f"{self.destination.join(source)} does not exist (any more).")
        return self._write(name, self.read_blocks(source), found.size, content_type, metadata)

    def delete(self, name: str) -> None:
        path = self._root / name
        if not path.parent.is_dir():
            return
        with self._told(name, "It may still be there; nothing else was touched."), folder_lock(path.parent):
            # The file first: its companion alone is nothing, and a file without it would be nobody's.
            path.unlink(missing_ok=True)
            side_path(path).unlink(missing_ok=True)

    def signed_address(self, name: str, seconds: int) -> str | None:
        return None

    @contextlib.contextmanager
    def local_copy(self, name: str) -> Iterator[str]:
        yield str(self._root / name)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        start = self._root / prefix.rpartition("/")[0]
        names = (p.relative_to(self._root).as_posix() for p in start.rglob("*") if p.is_file())
        for name in sorted(n for n in names if n.startswith(prefix)):
            found = None if Path(name).name.startswith(".") else self.look(name)
            if found is not None:
                yield found

    def check(self) -> None:
        """Folders are made when the first video comes; here the nearest existing one is tried."""
        try_folder(self._root, self.destination.uri)
