"""How a store keeps what is known of an object, and makes the object appear: with it, or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from airflow_provider_sora.stores.fsspec import azure_metadata
from airflow_provider_sora.stores.fsspec.azure_metadata import WithTheBlob
from airflow_provider_sora.stores.fsspec.companions import Beside
from airflow_provider_sora.stores.fsspec.s3_metadata import WithTheObject
from airflow_provider_sora.stores.options import S3_SCHEMES

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions


class MetadataHome(Protocol):
    """``fs`` is an fsspec file system, ``path`` an object's path in it. Its errors pass as they are.

    ``side`` holds ``content_type``, ``metadata``, ``size`` and ``crc32c``.
    """

    #: Whether a file that is open for writing is known to show nothing until it is finished.
    whole_at_close: bool

    def opened_with(self, content_type: str, metadata: Mapping[str, str]) -> dict[str, Any]:
        """What a file is opened with."""
        ...

    def finish(self, fs: Any, path: str, stream: Any, side: Mapping[str, Any]) -> None:
        """Make the object appear, with what is known of it.

        :raises FileExistsError: somebody was faster; nothing of theirs was touched.
        """
        ...

    def read(self, fs: Any, path: str, info: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of an object; empty where nothing is."""
        ...

    def copy(self, fs: Any, source: str, path: str, side: Mapping[str, Any]) -> None:
        """Copy within the store, with other metadata."""
        ...

    def paths(self, path: str) -> list[str]:
        """What is to be deleted with an object, itself first."""
        ...


def metadata_home(scheme: str, options: ArchiveOptions) -> MetadataHome:
    """The way of stores of this scheme."""
    if scheme in S3_SCHEMES:
        return WithTheObject(options)
    return WithTheBlob() if scheme in azure_metadata.SCHEMES else Beside()
