"""Find the receipts under a prefix, or the one of a single video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.archive.store import open_store
from airflow_provider_sora.exceptions import ContentError

if TYPE_CHECKING:
    from airflow_provider_sora.archive.options import ArchiveOptions
    from airflow_provider_sora.archive.store import ObjectStore

_RECEIPT_NAME = naming.FILE_NAMES[naming.RECEIPT]


def find_receipts(store: ObjectStore) -> Iterator[tuple[str, dict[str, Any] | ContentError]]:
    """Name and content of every receipt below the store's prefix; one that cannot be read comes as its error."""
    for found in store.list():
        if found.name.rpartition("/")[2] != _RECEIPT_NAME:
            continue
        try:
            yield found.name, read_receipt(store.read_bytes(found.name), found.uri)
        except ContentError as error:
            yield found.name, error


def store_of(uri: str, options: ArchiveOptions | None = None) -> ObjectStore:
    """The store for a prefix, or for the folder of the object that ``uri`` names."""
    prefix, name = naming.split_object_uri(uri)
    if name in naming.FILE_NAMES.values():
        return open_store(prefix, options)
    return open_store(uri, options)
