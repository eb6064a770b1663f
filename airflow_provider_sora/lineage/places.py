"""What a place is called in lineage: a namespace and a name, as OpenLineage's rules for names have it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from airflow_provider_sora.masking.addresses import shown


@dataclass(frozen=True, slots=True)
class Place:
    """``gs://bucket/clips/a`` is ``clips/a`` in ``gs://bucket``; ``file:///data/a`` is ``/data/a`` in ``file``."""

    namespace: str
    name: str


def place_of(address: str) -> Place | None:
    """The place of an object, file or page; None where the address names none.

    An Airflow connection before the bucket (``s3://aws_default@bucket``), user, password and query are no part of it.
    """
    text = shown(address.strip())
    if text.startswith("/"):
        return Place("file", text)
    parts = urlsplit(text)
    scheme = {"gcs": "gs", "local": "file"}.get(parts.scheme, parts.scheme)
    if scheme == "file":
        return Place("file", parts.path) if parts.path.strip("/") else None
    if not scheme or not parts.netloc:
        return None
    if scheme in ("http", "https"):
        return Place(f"{scheme}://{parts.netloc}", parts.path or "/")
    return Place(f"{scheme}://{parts.netloc}", parts.path.strip("/")) if parts.path.strip("/") else None


def job_place(base_url: str, video_id: str) -> Place:
    """A job of a server: what was made there, until it is archived and as long as the server keeps it."""
    return Place(shown(base_url).rstrip("/"), f"videos/{video_id}")


def asset_uri(uri: str) -> str:
    """An object's address as the URI of an asset of Airflow: the connection that one reads it by is no part of it.

    Providers of Airflow check the URIs of their schemes (``gs``, ``s3``), and drop none of it.
    """
    scheme, separator, rest = uri.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"
