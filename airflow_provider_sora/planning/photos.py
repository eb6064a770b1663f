"""A catalogue's photos: their bytes for the fingerprint, and whether they will do before they are paid for."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.planning.inputs import PlannedRun

log = logging.getLogger(__name__)

#: The largest photo that is read, in bytes.
MAX_PHOTO_BYTES = 20 * 1024 * 1024


class PhotoDesk:
    """Reads photos for one run. A catalogue comes from outside: its addresses may not lead into private networks."""

    def __init__(self, run: PlannedRun, *, timeout: float = 30.0, conn_id: str | None = None) -> None:
        self._run = run
        self._timeout = timeout
        self._conn_id = conn_id
        self._digests: dict[str, str] = {}

    def sha256(self, photo: str) -> str:
        """Hex digest of the photo as it lies in its store. Not of the fitted picture: that one changes with the
        version of the imaging library, and then a whole catalogue would be paid for again.

        :raises InvalidRequestError: it is missing, too large, or may not be read.
        :raises ServerFaultError: its host failed for the moment.
        """
        if photo not in self._digests:
            from airflow_provider_sora.reference.sources import fetch

            data = fetch(
                photo,
                max_bytes=MAX_PHOTO_BYTES,
                timeout=self._timeout,
                conn_id=self._conn_id,
                allow_private_hosts=False,
            )
            self._digests[photo] = hashlib.sha256(data).hexdigest()
        return self._digests[photo]

    def refuse(self, item: Mapping[str, Any]) -> str | None:
        """Fit the photo of an item as its clip will; the reason if that cannot be done, else None.

        In a dry run the fitted picture is stored beside the run's index, for people to look at.
        """
        from airflow_provider_sora.archive.store import NameTakenError
        from airflow_provider_sora.reference import load_reference

        clip = item["clip"]
        try:
            fitted = load_reference(
                clip["photo"],
                size=clip["size"],
                fit="contain",
                pad_color=clip["pad_color"],
                max_bytes=MAX_PHOTO_BYTES,
                timeout=self._timeout,
                conn_id=self._conn_id,
            )
        except InvalidRequestError as error:
            return str(error)
        if self._run.dry_run and fitted.data is not None:
            name = f"{self._run.paths.run}/{picture_name(item)}"
            try:
                self._run.store.store.put_bytes(
                    name, fitted.data, content_type=fitted.content_type or "image/png", metadata={}
                )
            except NameTakenError:
                log.info("%s is there already.", name)
        return None


def picture_name(item: Mapping[str, Any]) -> str:
    """Where a dry run keeps an item's fitted picture, relative to its run's folder."""
    return f"pictures/{item['key']}"
