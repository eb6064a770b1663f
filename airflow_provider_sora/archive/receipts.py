"""Find the receipts under a prefix, or the one of a single video; those that cannot be read are told, not dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.exceptions import ArchiveError, ContentError
from airflow_provider_sora.stores.contract import StoreFaultError
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions

_RECEIPT_NAME = naming.FILE_NAMES[naming.RECEIPT]


@dataclass(slots=True)
class Found:
    """What lies under a prefix.

    :param receipts: in order of their names.
    :param problems: URI and reason of every receipt that is damaged, of a later schema version, or cannot be read.
    """

    receipts: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def all_receipts(store: ObjectStore) -> Found:
    """Every receipt below the store's prefix.

    :raises ConfigurationError: the place or the credentials are wrong.
    :raises ArchiveError: the store failed.
    """
    found = Found()
    for name, receipt in find_receipts(store):
        if isinstance(receipt, ContentError):
            found.problems.append((store.destination.join(name), str(receipt)))
        else:
            found.receipts.append(receipt)
    return found


def find_receipts(
    store: ObjectStore, *, since: datetime | None = None, copies: bool = False
) -> Iterator[tuple[str, dict[str, Any] | ContentError]]:
    """Name and content of every receipt below the store's prefix; one that cannot be read comes as its error.

    :param copies: those of approved copies, too, which tell of a clip that is found elsewhere already.
    :param since: leave those unread that the store wrote before; all are read where it does not tell.
    """
    for found in store.list():
        if found.name.rpartition("/")[2] != _RECEIPT_NAME:
            continue
        if since is not None and found.written_at is not None and found.written_at < since:
            continue
        try:
            receipt = read_receipt(store.read_bytes(found.name), found.uri)
            if copies or not is_copy(found.name, receipt):
                yield found.name, receipt
        except StoreFaultError:
            raise  # the store fails, and would fail for the next one too
        except ArchiveError as error:
            yield found.name, error if isinstance(error, ContentError) else ContentError(str(error))


def is_copy(name: str, receipt: dict[str, Any]) -> bool:
    """Whether a receipt lies beside an approved copy: its own words say that the video was archived elsewhere."""
    folder = name.rpartition("/")[0]
    video = receipt["objects"].get(naming.VIDEO) or {}
    return naming.is_approved_copy(name) and not str(video.get("uri")).endswith(f"/{folder}/{video.get('name')}")


def store_of(uri: str, options: ArchiveOptions | None = None) -> ObjectStore:
    """The store for a prefix, or for the folder of the object that ``uri`` names."""
    prefix, name = split_object_uri(uri)
    if any(naming.is_file_name(asset, name) for asset in naming.FILE_NAMES):
        return open_store(prefix, options)
    return open_store(uri, options)
