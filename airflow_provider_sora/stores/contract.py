"""What an archive needs of a place to keep things; one implementation per kind of store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.stores.destination import Destination


class Readable(Protocol):
    """What a store reads from: one pass, from the beginning."""

    def read(self, size: int = -1, /) -> bytes: ...

    def tell(self) -> int: ...


class NameTakenError(ArchiveError):
    """A create-only write met an object of that name; whose it is must be looked up."""


class StoreFaultError(ArchiveError):
    """The store failed or its answer was lost: the object may be there or not. Look, then try again."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as the store describes it.

    :param name: relative to the store's prefix.
    :param generation: the store's version of the object, where it has versions.
    :param crc32c: base64, as Cloud Storage writes it; None where the store gives none.
    :param metadata: the custom metadata written with it.
    :param written_at: by the store's clock; None where it does not tell.
    """

    name: str
    uri: str
    size: int
    generation: str | None = None
    crc32c: str | None = None
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    written_at: datetime | None = None


class ObjectStore(Protocol):
    """A prefix in a store. All names are relative to it; a store is used by one thread at a time."""

    destination: Destination

    def look(self, name: str) -> StoredObject | None:
        """The object, or None when there is none. Moves no content."""
        ...

    def put_stream(
        self, name: str, reader: Readable, *, size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        """Store what ``reader`` delivers under a new name; the object appears whole or not at all.

        :raises NameTakenError: there is an object of that name; it was not touched.
        :raises StoreFaultError: the outcome is unknown.
        """
        ...

    def put_bytes(self, name: str, data: bytes, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        """As :meth:`put_stream`, for something small."""
        ...

    def replace(self, name: str, data: bytes, *, content_type: str, expected: StoredObject | None) -> StoredObject:
        """Put ``data`` where ``expected`` was seen (None: nothing); only index pages are ever replaced.

        :raises NameTakenError: somebody else wrote meanwhile.
        """
        ...

    def read_bytes(self, name: str) -> bytes: ...

    def read_blocks(self, name: str) -> Iterator[bytes]:
        """The content in blocks of about 1 MiB."""
        ...

    def read_range(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to and without ``stop``, in blocks; no more of them are fetched than asked for.

        :raises ArchiveError: the object is not there, is shorter, or the store failed.
        """
        ...

    def copy(self, source: str, name: str, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        """Store what lies at ``source`` under a new name too, within the store: no content comes here.

        :param source: relative to the store's prefix, as ``name``.
        :param metadata: in the place of the source's.
        :raises NameTakenError: there is an object of that name; it was not touched.
        :raises ArchiveError: there is nothing at ``source``, or the store failed.
        """
        ...

    def delete(self, name: str) -> None:
        """Take an object away; well where there is none. For copies of what is kept elsewhere; a video's only
        home is deleted for nobody but whoever asks to be forgotten.

        :raises ConfigurationError: it may not be deleted with these credentials.
        :raises ArchiveError: the store failed; a retry goes on.
        """
        ...

    def signed_address(self, name: str, seconds: int) -> str | None:
        """An address at which anybody can read the object for so long; None where this store, or these credentials,
        give none. Whether there is such an object is not looked at."""
        ...

    def local_copy(self, name: str) -> AbstractContextManager[str]:
        """A path under which the content can be read from local disk while the context lasts."""
        ...

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below ``prefix``, in order of name; metadata may be left out."""
        ...

    def check(self) -> None:
        """Make sure, by a trial that leaves nothing behind, that the place exists and can be written; before paying.

        :raises ConfigurationError: it does not exist, or cannot be written; the message says what is missing.
        :raises ArchiveError: it cannot be written now; a retry costs nothing.
        """
        ...
