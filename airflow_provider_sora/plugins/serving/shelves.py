"""The API server's shelf of clips: filled by one thread of one process, read by all."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.gallery.archives import Archive, configured_archives
from airflow_provider_sora.gallery.filling import fill, recent
from airflow_provider_sora.gallery.shelf import Shelf

log = logging.getLogger(__name__)

#: Seconds between two looks, of which most are at what known DAGs made today.
LOOK_SECONDS = 30.0
#: Looks at everything take this share of the time at most, and come after so many seconds at the latest: of a small
#: archive every look sees all, and a large one is not listed again and again, which its owner pays for.
WHOLE_SHARE = 1 / 300
WHOLE_SECONDS = 1800.0


def whole_again_after(took: float) -> float:
    """Seconds until everything is looked at again, by how many it took the last time."""
    return min(took / WHOLE_SHARE, WHOLE_SECONDS)


class Shelves:
    """The shelf, the archives it is filled from, and what went wrong with them last."""

    def __init__(self, archives: tuple[Archive, ...], path: Path) -> None:
        self.archives = {archive.id: archive for archive in archives}
        self.shelf = Shelf(path)
        self.problems: dict[str, str] = {}
        self.filled_once = False
        self._lock_path = path.with_suffix(".lock")
        self._wake = threading.Event()
        self._whole_due = time.monotonic()

    def start(self) -> None:
        """Keep the shelf up to date from now on, in a thread that ends with the process."""
        threading.Thread(target=self._keep, name="sora-gallery", daemon=True).start()

    def look_now(self) -> None:
        """Have the shelf brought up to date soon, without waiting for it."""
        self._wake.set()

    def look(self) -> None:
        """Bring the shelf up to date, unless another process is at it."""
        with _sole(self._lock_path) as alone:
            if alone:
                whole = (began := time.monotonic()) >= self._whole_due
                self._fill(whole=whole)
                if whole:
                    self._whole_due = (ended := time.monotonic()) + whole_again_after(ended - began)
        self.filled_once = True

    def _keep(self) -> None:
        while True:
            self.look()
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()

    def _fill(self, *, whole: bool) -> None:
        if whole:
            self.shelf.keep_archives(list(self.archives))
        places = [""] if whole else list(recent(sorted(self.shelf.dag_ids()), datetime.now(UTC).date()))
        for archive in self.archives.values():
            try:
                for below in places:
                    fill(archive, self.shelf, below=below)
                self.problems.pop(archive.id, None)
            except SoraError as error:
                self.problems[archive.id] = str(error)
                log.warning("The gallery cannot read %s: %s", archive.uri, error)
            except Exception:
                # One archive's fault must not end the thread that serves the others.
                self.problems[archive.id] = "it cannot be read; see the API server's log"
                log.exception("The gallery cannot read %s", archive.uri)


@cache
def shelves() -> Shelves:
    """This process's shelf, opened at the first request.

    :raises ConfigurationError: ``[sora] archives`` names what is no store.
    """
    found = Shelves(configured_archives(), _home() / "gallery.sqlite")
    found.start()
    return found


def _home() -> Path:
    from airflow.configuration import AIRFLOW_HOME

    return Path(AIRFLOW_HOME) / "sora"


@contextmanager
def _sole(path: Path) -> Iterator[bool]:
    """Whether this process alone fills the shelf now; a lock that a dead process held is free."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)
