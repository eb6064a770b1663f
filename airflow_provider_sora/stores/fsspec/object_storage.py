"""Every store that Airflow's ObjectStoragePath knows (``s3://``, ``abfs://`` …), create-only and never half a file.

Writes are opened with ``autocommit=False``: an error discards them, and only a commit makes the object appear.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.stores.contract import NameTakenError, Readable, StoredObject, StoreFaultError
from airflow_provider_sora.stores.fsspec.file_system import file_system
from airflow_provider_sora.stores.fsspec.metadata_home import metadata_home
from airflow_provider_sora.stores.fsspec.object_errors import told
from airflow_provider_sora.stores.hashing import Checksum
from airflow_provider_sora.stores.options import S3_SCHEMES
from airflow_provider_sora.stores.scratch import scratch_file
from airflow_provider_sora.stores.trial import trial_name, try_object, try_s3

if TYPE_CHECKING:
    from airflow_provider_sora.stores.destination import Destination
    from airflow_provider_sora.stores.options import ArchiveOptions


class ObjectStorageStore:
    """A prefix in a store; see :class:`~airflow_provider_sora.stores.contract.ObjectStore`.

    S3 and Azure keep metadata with the object; other stores get it as a hidden object ``.NAME.meta.json`` beside it.
    Replacing an index page compares before it writes; their clients offer nothing atomic for that.
    """

    def __init__(self, destination: Destination, options: ArchiveOptions) -> None:
        self.destination = destination
        self._options = options
        self._on_s3 = destination.scheme in S3_SCHEMES
        self._home = metadata_home(destination.scheme, options)
        self._fs = file_system(destination, options.storage_conn_id)

    def look(self, name: str) -> StoredObject | None:
        with self._told("look at", name):
            path = self._path(name)
            self._fs.invalidate_cache()
            try:
                info = self._fs.info(path)
            except FileNotFoundError:
                return None
            if info.get("type") == "directory":
                return None
            side = self._home.read(self._fs, path, info)
            if side.get("size") not in (None, info.get("size")):
                side = {}  # it describes a file that was to lie here, not the one that does
            return self._describe(name, info, side)

    def put_stream(
        self, name: str, reader: Readable, *, size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        blocks = iter(lambda: reader.read(self._options.chunk_size), b"")
        return self._write(name, blocks, size, content_type, metadata)

    def put_bytes(self, name: str, data: bytes, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        return self._write(name, [data], len(data), content_type, metadata)

    def replace(self, name: str, data: bytes, *, content_type: str, expected: StoredObject | None) -> StoredObject:
        found = self.look(name)
        if (found and (found.size, found.generation)) != (expected and (expected.size, expected.generation)):
            raise NameTakenError(f"{self.destination.join(name)} was written by somebody else meanwhile.")
        extra = self._home.opened_with(content_type, {})
        with self._told("store", name), self._fs.open(self._path(name), "wb", **extra) as out:
            out.write(data)
        return self._must_look(name)

    def _write(
        self, name: str, blocks: Iterable[bytes], size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        with self._told("store", name):
            if self._fs.exists(self._path(name)):
                raise NameTakenError(f"{self.destination.join(name)} exists already.")
            stream = self._fs.open(
                self._path(name),
                "xb",
                autocommit=False,
                block_size=self._options.chunk_size,
                **self._home.opened_with(content_type, metadata),
            )
            self._check_deferred(name, stream)
            try:
                written = Checksum()
                for block in blocks:
                    written.update(block)
                    stream.write(block)
                if written.size != size:
                    raise StoreFaultError(f"{written.size} bytes were sent for {name} where {size} were announced.")
                side = {"content_type": content_type, "metadata": dict(metadata), "size": size}
                side["crc32c"] = written.crc32c()
                self._home.finish(self._fs, self._path(name), stream, side)
            except BaseException:
                stream.discard()
                # A dropped stream would be closed later, from another thread, and could still appear.
                with contextlib.suppress(AttributeError):
                    stream.closed = True
                raise
        return self._must_look(name)

    def _check_deferred(self, name: str, stream: Any) -> None:
        """Some file systems take ``autocommit=False`` and show the file at once all the same."""
        deferred = hasattr(stream, "commit") and hasattr(stream, "discard")
        if self._home.whole_at_close or (deferred and not self._fs.exists(self._path(name))):
            return
        stream.close()
        self._fs.rm_file(self._path(name))  # made by the exclusive open just now, and empty
        raise ConfigurationError(
            f"Stores of scheme {self.destination.scheme!r} cannot take a file whole or not at all. Nothing was stored. "
            "Use gs://, s3://, abfs:// or file://."
        )

    def _must_look(self, name: str) -> StoredObject:
        found = self.look(name)
        if found is None:
            raise StoreFaultError(f"{self.destination.join(name)} cannot be found right after it was written.")
        return found

    def read_bytes(self, name: str) -> bytes:
        return b"".join(self.read_blocks(name))

    def read_blocks(self, name: str) -> Iterator[bytes]:
        with self._told("read", name), self._fs.open(self._path(name), "rb") as source:
            while block := source.read(1 << 20):
                yield block

    def read_range(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        with self._told("read", name):
            path = self._path(name)
            for begin in range(start, stop, self._options.chunk_size):
                end = min(begin + self._options.chunk_size, stop)
                block = self._fs.cat_file(path, start=begin, end=end)
                if len(block) != end - begin:
                    raise StoreFaultError(f"{self.destination.join(name)} is shorter than {stop} bytes.")
                yield block

    def copy(self, source: str, name: str, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        found = self.look(source)
        if found is None:
            raise ArchiveError(f"{self.destination.join(source)} does not exist (any more).")
        with self._told("store", name):
            if self._fs.exists(self._path(name)):
                raise NameTakenError(f"{self.destination.join(name)} exists already.")
            side = {"content_type": content_type, "metadata": dict(metadata), "size": found.size}
            side["crc32c"] = found.crc32c
            self._home.copy(self._fs, self._path(source), self._path(name), side)
        copied = self._must_look(name)
        if copied.size != found.size:
            raise StoreFaultError(f"{self.destination.join(name)} is not what {source} is, right after it was copied.")
        return copied

    def delete(self, name: str) -> None:
        with self._told("delete", name):
            self._fs.invalidate_cache()
            for path in self._home.paths(self._path(name)):
                with contextlib.suppress(FileNotFoundError):
                    self._fs.rm_file(path)

    def signed_address(self, name: str, seconds: int) -> str | None:
        with self._told("sign an address of", name), contextlib.suppress(NotImplementedError):
            return str(self._fs.sign(self._path(name), expiration=seconds))
        return None

    def local_copy(self, name: str) -> AbstractContextManager[str]:
        return scratch_file(self.read_blocks(name), name)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        with self._told("list", prefix):
            self._fs.invalidate_cache()
            base = self._fs._strip_protocol(self.destination.uri).rstrip("/") + "/"
            try:
                found = self._fs.find(base + prefix.rpartition("/")[0], detail=True)
            except FileNotFoundError:
                return
            for path in sorted(found):
                name = path.removeprefix(base)
                if name.startswith(prefix) and not name.rpartition("/")[2].startswith("."):
                    yield self._describe(name, found[path], {})

    def check(self) -> None:
        with self._told("look at", ""):
            self._fs.invalidate_cache()
            if not self._fs.exists(self._fs._strip_protocol(f"{self.destination.scheme}://{self.destination.bucket}")):
                raise ConfigurationError(
                    f"{self.destination.scheme}://{self.destination.bucket} does not exist, or may not be seen."
                    " Nothing was stored.",
                    step="create it, or correct the destination.",
                )
        name = trial_name()
        with self._told("write a trial object into", ""):
            if self._on_s3:
                try_s3(self._fs, self.destination.bucket, self.destination.object_name(name))
            else:
                try_object(self._fs, self._path(name))

    def _path(self, name: str) -> str:
        return str(self._fs._strip_protocol(self.destination.join(name)))

    def _describe(self, name: str, info: Mapping[str, Any], side: Mapping[str, Any]) -> StoredObject:
        version = info.get("VersionId") or info.get("ETag") or info.get("etag")
        metadata, written = side.get("metadata"), info.get("LastModified") or info.get("last_modified")
        return StoredObject(
            name=name,
            uri=self.destination.join(name),
            size=int(info.get("size") or 0),
            generation=None if version in (None, "null") else str(version).strip('"'),
            crc32c=side.get("crc32c"),
            content_type=side.get("content_type"),
            metadata=metadata if isinstance(metadata, dict) else {},
            written_at=written if isinstance(written, datetime) else None,
        )

    def _told(self, action: str, name: str) -> AbstractContextManager[None]:
        return told(action, self.destination.join(name) if name else self.destination.uri)
