"""A catalogue's photos: their bytes for the fingerprint, and whether they will do before they are paid for."""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ServerFaultError, SoraError
from airflow_provider_sora.inputs.sources.bucket import connection_in
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.words.reasons import Reason, of_photo

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.submission import Reference

log = logging.getLogger(__name__)

#: The largest photo that is read, in bytes.
MAX_PHOTO_BYTES = 20 * 1024 * 1024
#: How many photos are read at a time; so many may be in memory at once.
READERS = 8
#: How many bytes of photos that will be looked at again are kept on the worker's disk until the choice is made. A
#: photo for which there is no room is read again when its turn comes.
MAX_KEPT_BYTES = 512 * 1024 * 1024
#: Seconds for one photo.
_TIMEOUT = 30.0


class PhotoDesk:
    """Reads photos for one run, each once. A catalogue comes from outside: its addresses may not lead into private
    networks.

    :param what: what errors call a photo.
    """

    def __init__(self, run: PlannedRun, *, what: str = "photo") -> None:
        self._run = run
        self._what = what
        self._clients: dict[str | None, Any] = {}
        self._keep: Callable[[str, str], bool] = lambda photo, sha256: False
        self._kept: dict[str, Path] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._room, self._lock = MAX_KEPT_BYTES, threading.Lock()

    def sha256(
        self, photos: Iterable[str], *, keep: Callable[[str, str], bool] = lambda photo, sha256: False
    ) -> dict[str, str | SoraError]:
        """Hex digest of each photo as it lies in its store, or what kept it from being read.

        Not of the fitted picture: that one changes with the version of the imaging library, and then a whole catalogue
        would be paid for again. Ten thousand photos on slow web hosts or in Cloud Storage are read in minutes,
        ``READERS`` at a time.

        :param keep: told a photo and its digest, whether it will be looked at again, and so is not read twice.
        :raises ServerFaultError: not one could be read, and for one of them at least the next try may end otherwise; a
            host that is down must not look like a day without anything to make. Nothing was paid.
        """
        from concurrent.futures import ThreadPoolExecutor

        wanted, self._keep = list(dict.fromkeys(photos)), keep
        # The first photo of each connection logs in, in the task's own thread, and the others go with its client.
        first = {connection_in(photo): photo for photo in reversed(wanted) if _is_in_cloud_storage(photo)}
        found = {photo: self._digest(photo) for photo in first.values()}
        together = [photo for photo in wanted if photo not in found and not self._asks_airflow(photo)]
        with ThreadPoolExecutor(READERS) as readers:
            found |= zip(together, readers.map(self._digest, together), strict=True)
        found = {photo: found.get(photo) or self._digest(photo) for photo in wanted}
        errors = [digest for digest in found.values() if isinstance(digest, SoraError)]
        passing = next((error for error in errors if not error.never_retry), None)
        if passing is not None and len(errors) == len(found):
            raise ServerFaultError(
                f"Not one of the catalogue's {len(found)} photos can be read for the moment. Nothing was chosen or "
                f"paid; a retry reads them again. One of them: {passing}"
            ) from passing
        return found

    def _asks_airflow(self, photo: str) -> bool:
        """Whether reading it looks up a connection, which ``dag.test()`` can do for one thread only."""
        if _is_in_cloud_storage(photo):
            return connection_in(photo) not in self._clients
        scheme, _, rest = photo.partition("://")
        return bool(rest) and scheme.lower() not in ("https", "http")

    def _digest(self, photo: str) -> str | SoraError:
        try:
            data = self._read(photo)
        except SoraError as error:
            return error
        digest = hashlib.sha256(data).hexdigest()
        if "://" in photo and self._keep(photo, digest):
            self._put_aside(photo, digest, data)
        return digest

    def _put_aside(self, photo: str, digest: str, data: bytes) -> None:
        with self._lock:
            if len(data) > self._room:
                return
            self._room -= len(data)
            # It goes with this object.
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="sora-photos-")
        path = Path(self._folder.name) / digest
        path.write_bytes(data)
        self._kept[photo] = path

    def look(self, photo: str) -> str | None:
        """How a photo looks, as ``inputs.pictures.looks`` sees it; None if it cannot be seen."""
        from airflow_provider_sora.inputs.pictures.looks import look_of

        try:
            return look_of(self._read(photo))
        except SoraError as error:
            log.info("How a photo looks is not known: %s", error)
            return None

    def _read(self, photo: str) -> bytes:
        if photo in self._kept:
            return self._kept[photo].read_bytes()
        from airflow_provider_sora.inputs.sources.pictures import fetch

        return fetch(
            photo,
            max_bytes=MAX_PHOTO_BYTES,
            timeout=_TIMEOUT,
            conn_id=None,
            allow_private_hosts=False,
            clients=self._clients,
            what=self._what,
        )

    def fitted(self, photo: str, size: str | None, pad_color: str) -> Reference:
        """The photo as its clip starts from it.

        :raises SoraError: it cannot be.
        """
        from airflow_provider_sora.inputs.pictures import load_reference

        return load_reference(
            photo, data=self._read(photo), size=size, fit="contain", pad_color=pad_color, what=self._what
        )

    def refuse(self, item: PlannedItem) -> Reason | None:
        """Fit the photo of an item as its clip will; the reason if that cannot be done, else None.

        In a dry run the fitted picture is stored beside the run's index, for people to look at.
        """
        from airflow_provider_sora.stores.contract import NameTakenError

        photo, size = item.clip.more["photo"], item.clip.size
        try:
            fitted = self.fitted(photo, size, item.clip.more["pad_color"])
        except SoraError as error:
            return of_photo(error)
        if self._run.dry_run and fitted.data is not None:
            name = f"{self._run.paths.run}/{picture_name(item.key)}"
            try:
                self._run.store.store.put_bytes(
                    name, fitted.data, content_type=fitted.content_type or "image/png", metadata={}
                )
            except NameTakenError:
                log.info("%s is there already.", name)
        return None


def _is_in_cloud_storage(photo: str) -> bool:
    return photo.partition("://")[0].lower() in ("gs", "gcs")


def picture_name(key: str) -> str:
    """Where a dry run keeps an item's fitted picture, relative to its run's folder."""
    return f"pictures/{key}"
