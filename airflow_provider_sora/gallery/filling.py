"""Fills the shelf from the archives: what is new is read, what is gone is dropped, and nobody waits for it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.gallery.archives import Archive
from airflow_provider_sora.gallery.clips import Clip, clip_of
from airflow_provider_sora.gallery.trail import Standing, read_standing, standing_of
from airflow_provider_sora.review.place import trail_in
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.gallery.shelf import Shelf
    from airflow_provider_sora.review.decisions import Trail
    from airflow_provider_sora.stores.contract import ObjectStore

log = logging.getLogger(__name__)

_RECEIPT = naming.FILE_NAMES[naming.RECEIPT]
#: Receipts read at once: a bucket answers each in tens of milliseconds, whatever else it does.
_AT_ONCE = 16
_BATCH = 64
#: Days that a cheap look goes back, today's among them.
_DAYS = 2


def fill(archive: Archive, shelf: Shelf, *, below: str = "") -> int:
    """Bring an archive, or what lies ``below`` a prefix of it, up to date; returns how many clips are new.

    What is known is not read again: a receipt never changes.

    :raises ConfigurationError: the place or the credentials are wrong.
    :raises ArchiveError: the store failed; what was read until then is kept.
    """
    store = open_store(archive.uri, archive.options)
    there, cleaned, decisions = set[str](), set[str](), Counter[str]()
    for found in store.list(below):
        folder, _, name = found.name.rpartition("/")
        if name == _RECEIPT and not naming.is_approved_copy(found.name):
            there.add(folder)
        elif name == naming.CLEANED_FILE:
            cleaned.add(folder)  # its video was deleted on purpose: there is nothing to look at
        elif naming.is_decision(name):
            decisions[folder] += 1
    there -= cleaned
    for folder in cleaned:
        decisions.pop(folder, None)
    known = shelf.folders(archive.id, below)
    shelf.drop(archive.id, known - there)
    # The newest first: folders carry their date, and that is what people look for.
    new = _read(archive, shelf, sorted(there - known, reverse=True))
    _judge(archive, shelf, below, decisions)
    return new


def recent(dag_ids: Iterable[str], today: date) -> Iterator[str]:
    """Where the product's own DAGs put what they make in these days: a look there is cheap, one at all is not.

    :param today: by UTC; tomorrow is looked at too, since a run's zone may be ahead.
    """
    for dag_id in dag_ids:
        for back in range(-1, _DAYS):
            yield f"unreviewed/{dag_id}/{today - timedelta(days=back):%Y/%m/%d}/"


def look_again(archive: Archive, shelf: Shelf, folder: str) -> Trail:
    """A clip's decisions as they are now; the shelf learns of them, too.

    :raises ContentError: one of them cannot be read.
    :raises ArchiveError: the store failed.
    """
    trail = trail_in(open_store(archive.uri, archive.options), folder)
    shelf.put_standing(archive.id, folder, standing_of(trail))
    return trail


def _judge(archive: Archive, shelf: Shelf, below: str, decisions: Mapping[str, int]) -> None:
    """Read the decisions of clips that have others than before; none is ever changed, and most clips have few."""
    known = shelf.decided(archive.id, below)
    changed = sorted(folder for folder in known.keys() | decisions if known.get(folder, 0) != decisions.get(folder, 0))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sora-gallery") as pool:
        stores = _Stores(archive)
        found = pool.map(lambda folder: stores.standing(folder, decisions.get(folder, 0)), changed)
        for folder, standing in zip(changed, found, strict=True):
            shelf.put_standing(archive.id, folder, standing)


def _read(archive: Archive, shelf: Shelf, folders: list[str]) -> int:
    read = 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sora-gallery") as pool:
        stores = _Stores(archive)
        for begin in range(0, len(folders), _BATCH):
            batch = folders[begin : begin + _BATCH]
            clips = []
            for folder, found in zip(batch, pool.map(stores.read, batch), strict=True):
                if isinstance(found, ContentError):
                    log.warning("A receipt in %s cannot be read: %s", archive.uri, found)
                    shelf.put_unread(archive.id, folder, str(found))
                else:
                    clips.append(found)
            shelf.put(clips)
            read += len(clips)
    return read


class _Stores:
    """Opens a store for each thread that reads: one is used by one thread at a time."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._local = threading.local()

    def read(self, folder: str) -> Clip | ContentError:
        store, name = self._opened(), f"{folder}/{_RECEIPT}"
        try:
            return clip_of(self._archive.id, folder, read_receipt(store.read_bytes(name), store.destination.join(name)))
        except ContentError as error:
            return error

    def standing(self, folder: str, decisions: int) -> Standing:
        return read_standing(self._opened(), folder, decisions)

    def _opened(self) -> ObjectStore:
        store: ObjectStore | None = getattr(self._local, "store", None)
        if store is None:
            store = self._local.store = open_store(self._archive.uri, self._archive.options)
        return store
