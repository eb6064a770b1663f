"""Read an input from Cloud Storage, with the same credentials as the archive; the google provider is not needed."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, ServerFaultError
from airflow_provider_sora.masking.addresses import called_by, shown, too_large
from airflow_provider_sora.paid import said


def connection_in(source: str) -> str | None:
    """The connection that ``gs://conn_id@bucket/name`` names."""
    return source.partition("://")[2].partition("/")[0].rpartition("@")[0] or None


def fetch_object(
    source: str,
    *,
    what: str,
    max_bytes: int,
    timeout: float,
    conn_id: str | None,
    clients: dict[str | None, Any] | None = None,
) -> bytes:
    """The bytes of ``gs://[conn_id@]bucket/name``.

    :param what: what the user called it, for errors: an argument's name, or nothing.
    :param clients: clients by connection, kept here from one call to the next: each costs a login. Several threads may
        share them.
    :raises InvalidRequestError: no such object, no right to read it, too large, or no usable credentials.
    :raises ServerFaultError: Cloud Storage failed for the moment; safe to repeat.
    """
    from google.api_core.exceptions import Forbidden, NotFound, Unauthorized
    from google.cloud.storage.retry import DEFAULT_RETRY

    from airflow_provider_sora.stores.google.google_auth import storage_client
    from airflow_provider_sora.stores.options import ArchiveOptions

    called, values = called_by(what, source), {"photo": shown(source)}
    place, _, name = source.partition("://")[2].partition("/")
    bucket = place.rpartition("@")[2]
    if not bucket or not name:
        raise InvalidRequestError(f"{called} must name a bucket and an object: gs://bucket/object.")
    named, clients = conn_id or connection_in(source), {} if clients is None else clients
    call = {"timeout": timeout, "retry": DEFAULT_RETRY.with_timeout(timeout)}
    try:
        if named not in clients:
            clients[named] = storage_client(ArchiveOptions(gcp_conn_id=named))
        home = clients[named].bucket(bucket)
        blob = home.get_blob(name, **call)
        if blob is None:
            raise InvalidRequestError(f"{called} does not exist.", reason="missing", values=values)
        if (blob.size or 0) > max_bytes:
            raise too_large(source, max_bytes, blob.size, what=what)
        # By name, not by the link in the answer, which not every server writes with all characters escaped.
        data: bytes = home.blob(name).download_as_bytes(if_generation_match=blob.generation, **call)
        return data
    except ConfigurationError as error:
        raise ConfigurationError(f"{called}: {error.happened}", step=error.step) from error
    except InvalidRequestError:
        raise
    except (Forbidden, Unauthorized, NotFound) as error:
        raise InvalidRequestError(
            f"{called} may not be read with these credentials, or has just gone (HTTP {error.code}).",
            reason="forbidden",
            values=values,
            step="grant roles/storage.objectViewer on the bucket.",
            status_code=error.code,
        ) from error
    except Exception as error:  # transport, token and checksum errors come from four libraries
        raise ServerFaultError(
            f"{called} could not be read: {type(error).__name__}.",
            cost=said(),
            step="a retry reads it again.",
            reason="waits",
            values=values,
        ) from error
