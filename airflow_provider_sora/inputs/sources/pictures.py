"""Where a reference picture comes from: one function per kind of address, each with a size cap."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.inputs.sources import allowed
from airflow_provider_sora.masking.addresses import called_by, shown, too_large
from airflow_provider_sora.paid import said

#: The usual form of an uploaded file's id; ids of another form are written ``file_id:ID``.
_FILE_ID = re.compile(r"^file[-_][A-Za-z0-9_-]+$")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_KINDS = "a path, file://, gs:// or another object store, https://, a data URL, or an uploaded file's id"


def uploaded_file_id(source: str) -> str | None:
    """The id, if ``source`` names a file uploaded to the server before; None for everything else."""
    if source.startswith("file_id:"):
        file_id = source.removeprefix("file_id:").strip()
        if not file_id:
            raise InvalidRequestError("input_reference is 'file_id:' without an id.", step="write file_id:ID.")
        return file_id
    return source if _FILE_ID.match(source) else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One picture that is asked for, and its errors.

    :param what: what the user called it, the argument's name.
    """

    source: str
    what: str
    max_bytes: int

    @property
    def called(self) -> str:
        return called_by(self.what, self.source)

    def refuse(self, problem: str, reason: str | None = None) -> InvalidRequestError:
        step, values = f"allowed is {_KINDS}.", {"photo": shown(self.source)}
        return InvalidRequestError(f"{self.called} {problem}.", step=step, reason=reason, values=values)

    def too_large(self, have: int | None = None) -> InvalidRequestError:
        return too_large(self.source, self.max_bytes, have, what=self.what)


def fetch(
    source: str,
    *,
    max_bytes: int,
    timeout: float,
    conn_id: str | None,
    allow_private_hosts: bool,
    what: str = "input_reference",
    clients: dict[str | None, Any] | None = None,
) -> bytes:
    """The bytes behind ``source``, at most ``max_bytes`` of them.

    :param what: what the user called it, for errors: the argument's name.
    :param clients: for ``gs://``, see :func:`~airflow_provider_sora.inputs.sources.bucket.fetch_object`.
    :raises InvalidRequestError: missing, forbidden, too large, or no address that can be read.
    :raises ServerFaultError: the host or store failed for the moment; safe to repeat.
    """
    wanted = _Wanted(source, what, max_bytes)
    if source[:5].lower() == "data:":
        return _from_data_url(wanted)
    found = _SCHEME.match(source)
    scheme = found[1].lower() if found else ""
    if scheme in ("", "file", "local"):
        return _from_file(wanted)
    limits: dict[str, Any] = {"what": what, "max_bytes": max_bytes, "timeout": timeout}
    if scheme in ("http", "https"):
        from airflow_provider_sora.inputs.sources.web import fetch_web

        return fetch_web(source, allow_private_hosts=allow_private_hosts, **limits)
    if scheme in ("gs", "gcs"):
        from airflow_provider_sora.inputs.sources.bucket import fetch_object

        return fetch_object(source, conn_id=conn_id, clients=clients, **limits)
    return _from_object_store(wanted, conn_id)


def _from_data_url(wanted: _Wanted) -> bytes:
    head, comma, body = wanted.source[5:].partition(",")
    if not comma:
        raise wanted.refuse("is a data URL without a comma, so it holds no data")
    if len(body) > wanted.max_bytes * 3:  # even percent-encoded it cannot be within the cap
        raise wanted.too_large()
    data = unquote_to_bytes(body)
    if head.lower().endswith(";base64"):
        compact = b"".join(data.split()).translate(bytes.maketrans(b"-_", b"+/"))
        try:
            data = base64.b64decode(compact + b"=" * (-len(compact) % 4), validate=True)
        except binascii.Error as error:
            raise wanted.refuse(f"is a data URL whose base64 cannot be read ({error})") from error
    if len(data) > wanted.max_bytes:
        raise wanted.too_large(len(data))
    return data


def _from_file(wanted: _Wanted) -> bytes:
    try:
        path = allowed.checked_path(allowed.local_path(wanted.source) or wanted.source, said=wanted.called)
    except ValueError as error:
        raise wanted.refuse(f"is no file:// address: {error}") from error
    try:
        # Non-blocking, so that a named pipe cannot hold the task; anything but a plain file is refused below.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        kind = "missing" if isinstance(error, FileNotFoundError) else None
        kind = "forbidden" if isinstance(error, PermissionError) else kind
        raise wanted.refuse(f"cannot be opened on this worker: {reason}", kind) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise wanted.refuse("is not a plain file")
    with open(descriptor, "rb") as stream:
        if status.st_size > wanted.max_bytes:
            raise wanted.too_large(status.st_size)
        data = stream.read(wanted.max_bytes + 1)
    if len(data) > wanted.max_bytes:
        raise wanted.too_large()
    return data


def _from_object_store(wanted: _Wanted, conn_id: str | None) -> bytes:
    from airflow.sdk import ObjectStoragePath

    if "::" in wanted.source:
        # fsspec reads such an address from whatever its last part names, which may be a file of this worker.
        raise wanted.refuse("is an address within another address")
    try:
        path: Any = ObjectStoragePath(wanted.source, conn_id=conn_id)
        with path.open("rb") as stream:
            data: bytes = stream.read(wanted.max_bytes + 1)
    except FileNotFoundError as error:
        raise wanted.refuse("does not exist", "missing") from error
    except PermissionError as error:
        raise wanted.refuse("may not be read with this connection", "forbidden") from error
    except (ImportError, ValueError) as error:  # unknown scheme, or its provider is not installed
        raise wanted.refuse(f"cannot be read by this Airflow: {error}") from error
    except Exception as error:  # each store's library has failures of its own
        raise ServerFaultError(
            f"{wanted.called} could not be read: {type(error).__name__}.",
            cost=said(),
            step="a retry reads it again.",
            reason="waits",
            values={"photo": shown(wanted.source)},
        ) from error
    if len(data) > wanted.max_bytes:
        raise wanted.too_large()
    return data
