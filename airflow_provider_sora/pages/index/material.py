"""What an index is made from: receipts and thumbnails, wherever in the bucket they lie."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.archive.receipts import Found, all_receipts
from airflow_provider_sora.exceptions import ArchiveError, ContentError
from airflow_provider_sora.stores.destination import Destination, parse_destination, split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions

#: Thumbnails are put into the page itself until they reach this many bytes; later ones are linked.
EMBED_LIMIT = 8 << 20


class Nearby:
    """Reads objects by URI. One store serves the index's whole bucket, for a client costs a login each."""

    def __init__(self, store: ObjectStore, options: ArchiveOptions | None) -> None:
        self.store = store
        self._options = options
        self._bucket: ObjectStore | None = None

    def is_in_bucket(self, uri: str) -> bool:
        """Whether an object lies in the index's own bucket (for ``file``: on this machine)."""
        here, there = self.store.destination, parse_destination(uri)
        return (here.scheme, here.bucket) == (there.scheme, there.bucket)

    def read(self, uri: str) -> bytes:
        """The object's content.

        :raises ArchiveError: it is not there, or its store failed.
        """
        folder, name = split_object_uri(uri)
        if not self.is_in_bucket(uri):
            return open_store(folder, self._options).read_bytes(name)
        if self._bucket is None:
            here = self.store.destination
            root = Destination(here.scheme, here.bucket, "/" if here.scheme == "file" else "")
            self._bucket = open_store(root.uri, self._options)
        return self._bucket.read_bytes(parse_destination(uri).prefix.lstrip("/"))


def all_below(store: ObjectStore) -> Found:
    """Every receipt below the index, oldest first."""
    found = all_receipts(store)
    found.receipts.sort(key=lambda receipt: str(receipt["times"]["completed_at"] or receipt["times"]["archived_at"]))
    return found


def named(videos: Iterable[Mapping[str, Any] | str | None], nearby: Nearby) -> Found:
    """The receipts of archive tasks' outputs, or of receipts' URIs, each once, in the order given.

    :raises ArchiveError: one is not there, or its store failed.
    """
    found = Found()
    uris = (video.get("receipt_uri") if isinstance(video, Mapping) else video for video in videos)
    for uri in dict.fromkeys(uri for uri in uris if uri):
        try:
            found.receipts.append(read_receipt(nearby.read(uri), uri))
        except ContentError as error:
            found.problems.append((uri, str(error)))
    return found


def thumbnails(entries: Iterable[Mapping[str, Any]], nearby: Nearby) -> dict[str, str]:
    """Thumbnails as data URLs, by video id, until the page would grow too large.

    :param entries: an index's videos; a picture is looked for beside its video, in the index's own bucket only.
    """
    found: dict[str, str] = {}
    used = 0
    for entry in entries:
        folder, _ = split_object_uri(entry["uri"])
        its_own = posixpath.basename(folder) == naming.folder_name(entry["video_id"])
        links = entry["links"]
        if not links[naming.VIDEO] or not links[naming.THUMBNAIL] or not its_own or not nearby.is_in_bucket(folder):
            continue
        try:
            data = nearby.read(f"{folder}/{naming.FILE_NAMES[naming.THUMBNAIL]}")
        except ArchiveError:
            continue  # the link stays, and the page shows the video without its picture
        if used + len(data) > EMBED_LIMIT:
            if used > EMBED_LIMIT // 2:
                break  # what is left would mostly be read in vain, and thousands of videos may come
            continue  # one large picture does not keep the others out
        used += len(data)
        found[entry["video_id"]] = f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"
    return found
