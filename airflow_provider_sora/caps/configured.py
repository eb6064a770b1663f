"""The caps of this deployment and the place of their book, as its configuration says them."""

from __future__ import annotations

from datetime import tzinfo

from airflow_provider_sora.arguments import as_zone
from airflow_provider_sora.caps.account_book import Book
from airflow_provider_sora.caps.limits import OPTION, Cap, read_caps
from airflow_provider_sora.exceptions import ConfigurationError

SECTION = "sora"


def configured_caps() -> tuple[Cap, ...]:
    """None where the deployment has no caps.

    :raises ConfigurationError: they cannot be read; nothing was paid.
    """
    from airflow.sdk import conf

    return read_caps(conf.get(SECTION, "caps", fallback="") or "")


def configured_book() -> Book | None:
    """The book, where there are caps; its store is opened, and nothing is read.

    :raises ConfigurationError: caps are set and their place is not, or either cannot be read; nothing was paid.
    """
    caps = configured_caps()
    if not caps:
        return None
    from airflow.sdk import conf

    place = (conf.get(SECTION, "caps_book", fallback="") or "").strip()
    if not place:
        raise ConfigurationError(
            f"{OPTION} is set, but not where its book is kept.",
            step="set [sora] caps_book to a prefix that all workers can write, as gs://google_default@bucket/caps.",
        )
    return open_book(place, caps, _zone(conf.get("core", "default_timezone", fallback="utc") or "utc"))


def _zone(name: str) -> tzinfo:
    from pendulum.tz.local_timezone import get_local_timezone

    # The word with which Airflow means the machine's own.
    return get_local_timezone() if name == "system" else as_zone("[core] default_timezone", name)


def open_book(place: str, caps: tuple[Cap, ...], zone: tzinfo) -> Book:
    """:param place: a prefix; a connection with the credentials may stand before the bucket.
    :param zone: whose months and days count.
    """
    from airflow_provider_sora.stores.open import open_store
    from airflow_provider_sora.stores.options import ArchiveOptions

    scheme, separator, rest = place.partition("://")
    head, slash, path = rest.partition("/")
    conn_id, _, bucket = head.rpartition("@")
    google = scheme.lower() in ("gs", "gcs")
    options = ArchiveOptions(gcp_conn_id=conn_id or None) if google else ArchiveOptions(storage_conn_id=conn_id or None)
    return Book(open_store(f"{scheme}{separator}{bucket}{slash}{path}", options), caps, zone)
