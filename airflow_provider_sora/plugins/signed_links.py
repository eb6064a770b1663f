"""Short-lived addresses of the store itself, where the deployment allows them: ``[sora] signed_links``, in seconds.

The bytes of a video then go from the store to the browser, and not through the API server. Whoever has such an address
can read that one video until it is outdated, so pages never hold one: the plugin's own address leads to a fresh one.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.gallery.archives import SECTION, Archive
from airflow_provider_sora.plugins.shelves import shelves
from airflow_provider_sora.stores.open import open_store

OPTION = "signed_links"
_LONGEST = 3600
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?")


def seconds() -> int:
    """How long an address counts; 0 where there shall be none.

    :raises ConfigurationError: it is no number up to an hour: longer than somebody watches is no short life.
    """
    from airflow.configuration import conf

    text = (conf.get(SECTION, OPTION, fallback="0") or "0").strip()
    if not text.isdecimal() or int(text) > _LONGEST:
        raise ConfigurationError(f"[sora] {OPTION} must be seconds, 0 to {_LONGEST}, not {text[:40]!r}.")
    return int(text)


def origins() -> tuple[str, ...]:
    """From where videos come beside this Airflow, for the pages' policy."""
    if not seconds():
        return ()
    return tuple(sorted({origin for archive in shelves().archives.values() if (origin := _origin(archive))}))


_known: dict[str, str] = {}


def _origin(archive: Archive) -> str:
    if archive.id not in _known:
        try:
            address = open_store(archive.uri, archive.options).signed_address("video.mp4", 1)
        except SoraError:
            return ""  # asked again: its page says what is wrong with it
        parts = urlsplit(address or "")
        well = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc)
        _known[archive.id] = f"{parts.scheme}://{parts.netloc}" if well else ""
    return _known[archive.id]
