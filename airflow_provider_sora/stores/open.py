"""Which store keeps a destination; the only module that knows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_sora.stores.destination import parse_destination

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions


def open_store(destination: str, options: ArchiveOptions | None = None) -> ObjectStore:
    """The store for a destination prefix.

    :raises ConfigurationError: when the destination is no URL, or its scheme has no store here.
    """
    from airflow_provider_sora.stores.options import ArchiveOptions

    parsed = parse_destination(destination)
    options = options or ArchiveOptions()
    if parsed.scheme == "gs":
        from airflow_provider_sora.stores.google.gcs import GcsStore

        return GcsStore(parsed, options)
    if parsed.scheme == "file":
        from airflow_provider_sora.stores.folders.local import LocalStore

        return LocalStore(parsed)
    from airflow_provider_sora.stores.fsspec.object_storage import ObjectStorageStore

    return ObjectStorageStore(parsed, options)
