"""Which clips earlier runs have archived: for pages and manifests that lead to them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.runs.remembered.json_store import JsonStore, open_json_store
from airflow_provider_sora.runs.remembered.made import Made, Markers

if TYPE_CHECKING:
    from airflow_provider_sora.runs.paths import RunPaths
    from airflow_provider_sora.stores.options import ArchiveOptions

#: A catalogue's products may all be unchanged: a page leads to so many of their clips, eight being looked up at once.
MOST = 500
_AT_ONCE = 8
log = logging.getLogger(__name__)


def places_of(markers: Iterable[str], paths: RunPaths, options: ArchiveOptions | None) -> dict[str, str]:
    """Addresses of the archived clips' videos, by marker, see :func:`made_of`; of the first ``MOST``."""
    wanted = list(dict.fromkeys(markers))[:MOST]
    return {marker: made.uri for marker, made in made_of(wanted, paths, options).items() if made.uri}


def made_of(markers: Iterable[str], paths: RunPaths, options: ArchiveOptions | None) -> dict[str, Made]:
    """The archived clips, by marker. Costs two small reads for each.

    What cannot be read is left out: a page without a link is better than none.
    """
    wanted = list(dict.fromkeys(markers))
    local = threading.local()

    def look(marker: str) -> Made | None:
        store: JsonStore | None = getattr(local, "store", None)
        if store is None:
            store = local.store = open_json_store(paths.prefix, options)
        try:
            return Markers(store, paths).clip(marker)
        except ArchiveError as error:
            log.warning("The page will not lead to the clip of %s: %s", marker, error)
            return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {marker: made for marker, made in zip(wanted, pool.map(look, wanted), strict=True) if made}
