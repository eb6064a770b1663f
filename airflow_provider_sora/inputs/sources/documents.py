"""The bytes of a feed or catalogue, from wherever it is: one cap on size, one clear error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.inputs.sources import allowed
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.paid import said

#: The largest feed or catalogue that is read, in bytes.
MAX_BYTES = 32 * 1024 * 1024
#: How long a web host may take for all of it, in seconds: one that drips is never silent, and would hold up every run.
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Document:
    """What was read.

    :param charset: the encoding that a web server named, as it named it.
    :param address: where it lay on the web in the end, redirects followed.
    :param etag: and ``modified``: what the web server said to ask with the next time.
    :param unchanged: the web server said that nothing has changed since; there is no data.
    """

    data: bytes
    charset: str | None = None
    address: str | None = None
    etag: str | None = None
    modified: str | None = None
    unchanged: bool = False


def read_source(
    source: str,
    *,
    max_bytes: int = MAX_BYTES,
    timeout: float = 30.0,
    gcp_conn_id: str | None = None,
    anywhere: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Document:
    """Read a path, ``file://``, ``http(s)://``, ``gs://`` or any other URL that Airflow's ObjectStoragePath knows.

    :param timeout: seconds that a web host or Cloud Storage may stay silent.
    :param gcp_conn_id: Google Cloud connection for ``gs://``; another store's stands in its URL: ``s3://conn@bucket/…``.
    :param anywhere: read any file of this machine. Only for a command that a person runs, who may read it anyway; a run
        reads what :func:`~airflow_provider_sora.inputs.sources.allowed.checked_path` lets it.
    :param headers: of the request to a web host; a conditional one may find the document unchanged.
    :raises InvalidRequestError: missing, not readable, not to be read, empty or larger than ``max_bytes``; nothing was
        paid.
    :raises ServerFaultError: a web host or store failed for the moment; safe to repeat.
    """
    source = os.fspath(source).strip()
    scheme = source.split("://", 1)[0].lower() if "://" in source else ""
    if not source:
        raise InvalidRequestError("No source was given.", step="name a path or a URL.")
    path = local_path(source)
    if path is not None:
        document = Document(_from_path(source, path, max_bytes, anywhere))
    elif scheme in ("http", "https"):
        document = _from_web(source, max_bytes, timeout, headers or {})
    elif scheme in ("gs", "gcs"):
        document = Document(_from_bucket(source, max_bytes, timeout, gcp_conn_id))
    else:
        document = Document(_from_store(source, max_bytes))
    if len(document.data) > max_bytes:
        raise InvalidRequestError(f"{shown(source)} is larger than the {max_bytes:,} bytes allowed.", step="split it.")
    if not document.data.strip() and not document.unchanged:
        raise InvalidRequestError(f"{shown(source)} is empty.")
    return document


def local_path(source: str) -> str | None:
    """The path on this worker that ``source`` names, as itself or as ``file://``; None for every other address.

    :raises InvalidRequestError: a ``file://`` address that is none.
    """
    try:
        return allowed.local_path(source)
    except ValueError as error:
        raise _unreadable(source, error) from error


def _unreadable(source: str, reason: object) -> InvalidRequestError:
    return InvalidRequestError(f"{shown(source)} cannot be read: {reason}.", step="check the address.")


def _from_path(source: str, path: str, max_bytes: int, anywhere: bool) -> bytes:
    path = path if anywhere else allowed.checked_path(path, said=shown(source))
    if not os.path.isfile(path):
        raise _unreadable(source, "there is no such file on this worker")
    try:
        with open(path, "rb") as stream:
            return stream.read(max_bytes + 1)
    except OSError as error:
        raise _unreadable(source, error.strerror or error) from error


def _from_web(source: str, max_bytes: int, timeout: float, headers: Mapping[str, str]) -> Document:
    from airflow_provider_sora.web.fetch import Errand, fetch

    errand = Errand(
        what="the source",
        max_bytes=max_bytes,
        timeout=PATIENCE,
        silence=timeout,
        own=allowed.named,
        plain=True,
        hint="If it is a host of your own, have whoever runs this Airflow name its address in [sora] input_paths.",
        headers={"Accept-Encoding": "gzip", **headers},
    )
    found = fetch(source, errand)
    return Document(
        found.data,
        found.charset,
        address=found.url,
        etag=found.headers.get("etag"),
        modified=found.headers.get("last-modified"),
        unchanged=found.status == 304,
    )


def _from_bucket(source: str, max_bytes: int, timeout: float, conn_id: str | None) -> bytes:
    from airflow_provider_sora.inputs.sources.bucket import fetch_object

    return fetch_object(source, what="", max_bytes=max_bytes, timeout=timeout, conn_id=conn_id)


def _from_store(source: str, max_bytes: int) -> bytes:
    from airflow.sdk import ObjectStoragePath

    try:
        with ObjectStoragePath(source).open("rb") as stream:
            data: bytes = stream.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise _unreadable(source, "it does not exist") from error
    except (ImportError, ValueError, PermissionError) as error:
        raise _unreadable(source, error) from error
    except OSError as error:
        raise ServerFaultError(
            f"{shown(source)} could not be read: {type(error).__name__}.", cost=said(), step="a retry reads it again."
        ) from error
    return data
