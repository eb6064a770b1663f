"""Read a picture from Cloud Storage, with the same credentials as the archive; the google provider is not needed."""

from __future__ import annotations

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, ServerFaultError
from airflow_provider_sora.reference.sources import shown, too_large


def fetch_object(source: str, *, max_bytes: int, timeout: float, conn_id: str | None) -> bytes:
    """The bytes of ``gs://[conn_id@]bucket/name``.

    :raises InvalidRequestError: no such object, no right to read it, too large, or no usable credentials.
    :raises ServerFaultError: Cloud Storage failed for the moment; safe to repeat.
    """
    from google.api_core.exceptions import Forbidden, NotFound, Unauthorized
    from google.cloud.storage.retry import DEFAULT_RETRY

    from airflow_provider_sora.archive.google_auth import storage_client
    from airflow_provider_sora.archive.options import ArchiveOptions

    place, _, name = source.partition("://")[2].partition("/")
    named, _, bucket = place.rpartition("@")
    if not bucket or not name:
        raise InvalidRequestError(
            f"input_reference {shown(source)!r} must name a bucket and an object: gs://bucket/object. Nothing was paid."
        )
    call = {"timeout": timeout, "retry": DEFAULT_RETRY.with_timeout(timeout)}
    try:
        client = storage_client(ArchiveOptions(gcp_conn_id=conn_id or named or None))
        home = client.bucket(bucket)
        blob = home.get_blob(name, **call)
        if blob is None:
            raise InvalidRequestError(f"input_reference {shown(source)!r} does not exist. Nothing was paid.")
        if (blob.size or 0) > max_bytes:
            raise too_large(source, max_bytes, blob.size)
        # By name, not by the link in the answer, which not every server writes with all characters escaped.
        data: bytes = home.blob(name).download_as_bytes(if_generation_match=blob.generation, **call)
        return data
    except ConfigurationError as error:
        raise ConfigurationError(f"input_reference {shown(source)!r}: {error.message} Nothing was paid.") from error
    except InvalidRequestError:
        raise
    except (Forbidden, Unauthorized, NotFound) as error:
        raise InvalidRequestError(
            f"input_reference {shown(source)!r} may not be read with these credentials, or has just gone "
            f"(HTTP {error.code}). Nothing was paid. Grant roles/storage.objectViewer on the bucket.",
            status_code=error.code,
        ) from error
    except Exception as error:  # transport, token and checksum errors come from four libraries
        raise ServerFaultError(
            f"input_reference {shown(source)!r} could not be read: {type(error).__name__}. "
            "Nothing was paid. A retry reads it again."
        ) from error
