"""The bytes of a feed or catalogue, from wherever it is: one cap on size, one clear error."""

from __future__ import annotations

import os
from urllib.parse import urlsplit
from urllib.request import url2pathname

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError

#: The largest feed or catalogue that is read, in bytes.
MAX_BYTES = 32 * 1024 * 1024


def shown(source: str) -> str:
    """``source`` for messages: no user, password, query or fragment."""
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def read_source(source: str, *, max_bytes: int = MAX_BYTES, timeout: float = 30.0, conn_id: str | None = None) -> bytes:
    """Read a path, ``file://``, ``http(s)://`` or any URL that Airflow's ObjectStoragePath knows (``gs://`` …).

    :param timeout: seconds that a web host may stay silent.
    :param conn_id: Airflow connection for an object store.
    :raises InvalidRequestError: missing, not readable, empty or larger than ``max_bytes``; nothing was paid.
    :raises ServerFaultError: a web host or store failed for the moment; safe to repeat.
    """
    source = os.fspath(source).strip()
    scheme = source.split("://", 1)[0].lower() if "://" in source else ""
    if not source:
        raise InvalidRequestError("No source was given. Nothing was paid. Name a path or a URL.")
    if scheme in ("", "file"):
        data = _from_path(url2pathname(urlsplit(source).path) if scheme else source, source, max_bytes)
    elif scheme in ("http", "https"):
        data = _from_web(source, max_bytes, timeout)
    else:
        data = _from_store(source, max_bytes, conn_id)
    if len(data) > max_bytes:
        raise InvalidRequestError(
            f"{shown(source)} is larger than the {max_bytes:,} bytes allowed. Nothing was paid. Split it."
        )
    if not data.strip():
        raise InvalidRequestError(f"{shown(source)} is empty. Nothing was paid.")
    return data


def _unreadable(source: str, reason: object) -> InvalidRequestError:
    return InvalidRequestError(f"{shown(source)} cannot be read: {reason}. Nothing was paid. Check the address.")


def _from_path(path: str, source: str, max_bytes: int) -> bytes:
    if not os.path.isfile(path):
        raise _unreadable(source, "there is no such file on this worker")
    try:
        with open(path, "rb") as stream:
            return stream.read(max_bytes + 1)
    except OSError as error:
        raise _unreadable(source, error.strerror or error) from error


def _from_web(source: str, max_bytes: int, timeout: float) -> bytes:
    import httpx

    body = bytearray()
    try:
        with httpx.stream("GET", source, timeout=timeout, follow_redirects=True) as answer:
            if answer.status_code >= 500 or answer.status_code == 429:
                raise ServerFaultError(
                    f"{shown(source)} answered HTTP {answer.status_code}. Nothing was paid. A retry reads it again."
                )
            if answer.status_code >= 400:
                raise _unreadable(source, f"its server answered HTTP {answer.status_code}")
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > max_bytes:
                    break
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise _unreadable(source, error) from error
    except httpx.HTTPError as error:
        raise ServerFaultError(
            f"{shown(source)} could not be fetched: {type(error).__name__}. Nothing was paid. A retry reads it again."
        ) from error
    return bytes(body)


def _from_store(source: str, max_bytes: int, conn_id: str | None) -> bytes:
    from airflow.sdk import ObjectStoragePath

    try:
        with ObjectStoragePath(source, conn_id=conn_id).open("rb") as stream:
            data: bytes = stream.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise _unreadable(source, "it does not exist") from error
    except (ImportError, ValueError, PermissionError) as error:
        raise _unreadable(source, error) from error
    except OSError as error:
        raise ServerFaultError(
            f"{shown(source)} could not be read: {type(error).__name__}. Nothing was paid. A retry reads it again."
        ) from error
    return data
