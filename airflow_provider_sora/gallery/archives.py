"""The archives whose clips are shown: prefixes that the deployment names in ``[sora] archives``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from airflow_provider_sora.stores.destination import Destination, parse_destination
from airflow_provider_sora.stores.options import ArchiveOptions

SECTION, OPTION = "sora", "archives"
#: Bytes read at a time: what one person who watches costs the API server's memory.
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Archive:
    """One place with clips.

    :param id: eight hex digits that name it in addresses; the same wherever it stands in the list.
    :param conn_id: Airflow connection with the credentials; None for the store's own default.
    """

    id: str
    destination: Destination
    conn_id: str | None = None

    @property
    def uri(self) -> str:
        return self.destination.uri

    @property
    def options(self) -> ArchiveOptions:
        """How its store is opened."""
        if self.destination.scheme == "gs":
            return ArchiveOptions(gcp_conn_id=self.conn_id, chunk_size=BLOCK)
        return ArchiveOptions(storage_conn_id=self.conn_id, chunk_size=BLOCK)


def read_archives(text: str) -> tuple[Archive, ...]:
    """The archives in the option's text, each once.

    :param text: prefixes apart by commas or lines; a connection stands before the bucket, as in
        ``s3://aws_default@bucket/clips``.
    :raises ConfigurationError: one is no prefix of a store.
    """
    found: dict[str, Archive] = {}
    for part in re.split(r"[,\n]", text):
        if address := part.strip():
            archive = _archive(address)
            found.setdefault(archive.id, archive)
    return tuple(found.values())


def configured_archives() -> tuple[Archive, ...]:
    """Those of this deployment; none where it names none.

    :raises ConfigurationError: one is no prefix of a store.
    """
    from airflow.configuration import conf

    return read_archives(conf.get(SECTION, OPTION, fallback="") or "")


def _archive(address: str) -> Archive:
    scheme, found, rest = address.partition("://")
    place, slash, path = rest.partition("/")
    conn_id, at, bucket = place.rpartition("@")
    destination = parse_destination(f"{scheme}{found}{bucket}{slash}{path}" if at else address)
    digest = hashlib.sha256(destination.uri.encode()).hexdigest()[:8]
    return Archive(digest, destination, conn_id or None)
