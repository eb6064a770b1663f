"""A Cloud Storage client with the credentials the user named.

Connections of Google are read by Airflow's google provider and nobody else; without it there are application default
credentials, which need none, and service accounts to act as, which is one call of the client's own library.
"""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.stores.contract import StoreFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.cloud.storage import Client

    from airflow_provider_sora.stores.options import ArchiveOptions

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class _NoSessions(logging.Filter):
    """At DEBUG the client's libraries log the address of an upload, and whoever has that may finish the upload."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "upload_id=" not in record.getMessage()


_NO_SESSIONS = _NoSessions()


def storage_client(options: ArchiveOptions) -> Client:
    """Build a client; ``STORAGE_EMULATOR_HOST`` is honoured and needs no credentials.

    :raises ConfigurationError: no usable credentials are found, or a connection is named that is not there, is
        broken, or that nothing here can read; nothing was stored.
    :raises StoreFaultError: the connection's key lies with a service of Google's that fails; nothing was stored.
    """
    from google.cloud import storage

    for name in ("urllib3.connectionpool", "google.api_core.retry"):
        logging.getLogger(name).addFilter(_NO_SESSIONS)
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        from google.auth.credentials import AnonymousCredentials

        return storage.Client(
            project=os.environ.get("GOOGLE_CLOUD_PROJECT", "emulator"), credentials=AnonymousCredentials()
        )
    chain = accounts_of(options.impersonation_chain)
    if options.gcp_conn_id:
        hook = _gcs_hook(options.gcp_conn_id)
        with _connection_told(options.gcp_conn_id):
            client: Client = _read(hook, options.gcp_conn_id, chain or None).get_conn()
        return client
    credentials, project = _default_credentials()
    if chain:
        credentials = impersonated(credentials, chain)
    return storage.Client(project=project or "unused", credentials=credentials)


def accounts_of(chain: str | Sequence[str] | None) -> list[str]:
    """The accounts of a chain, the one to act as last; a text may hold several, by commas."""
    parts = chain.split(",") if isinstance(chain, str) else chain or ()
    accounts = [part.strip() for part in parts if part.strip()]
    if chain and not accounts:
        raise ConfigurationError("impersonation_chain names no service account. Nothing was stored.")
    return accounts


def impersonated(credentials: Any, accounts: Sequence[str]) -> Any:
    """Credentials of the last account, obtained through the accounts before it."""
    from google.auth import impersonated_credentials

    return impersonated_credentials.Credentials(
        source_credentials=credentials,
        target_principal=accounts[-1],
        delegates=list(accounts[:-1]) or None,
        target_scopes=list(_SCOPES),
    )


def _gcs_hook(conn_id: str) -> Any:
    try:
        from airflow.providers.google.cloud.hooks.gcs import GCSHook
    except ImportError as error:
        raise ConfigurationError(
            f"gcp_conn_id {conn_id!r} names a connection of Airflow's google provider, which this worker lacks "
            f"({error}). Nothing was stored.",
            step=(
                "pip install 'airflow-provider-sora[google]' there, or leave "
                "gcp_conn_id out and give the worker application default credentials (GOOGLE_APPLICATION_CREDENTIALS, "
                "or a service account attached to it); impersonation_chain works with those too."
            ),
        ) from error
    return GCSHook


def _read(hook: Any, conn_id: str, chain: list[str] | None) -> Any:
    """The provider's hook, which reads the connection from Airflow."""
    from airflow.exceptions import AirflowException

    try:
        return hook(gcp_conn_id=conn_id, impersonation_chain=chain)
    except AirflowException:
        raise
    except Exception as error:
        raise StoreFaultError(
            f"Could not read the connection gcp_conn_id={conn_id!r}: {type(error).__name__}. Nothing was stored; a "
            "retry asks again."
        ) from error


@contextlib.contextmanager
def _connection_told(conn_id: str) -> Iterator[None]:
    """Turn what the provider raises while it reads a connection into ours. What the key's own library says may quote
    the key, so of that only the kind is told; the provider's sentences name settings."""
    from airflow.exceptions import AirflowException
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import RefreshError, TransportError
    from requests.exceptions import RequestException

    told = f"Could not log in to Google with the connection gcp_conn_id={conn_id!r}"
    try:
        yield
    except SoraError:
        raise
    except (GoogleAPICallError, RetryError, RefreshError, TransportError, RequestException) as error:
        # A key that lies with Secret Manager is fetched here, and that may be down.
        raise StoreFaultError(f"{told}: {type(error).__name__}. Nothing was stored; a retry asks again.") from None
    except Exception as error:  # noqa: BLE001 - a key's faults come as whatever the parser of that part raises
        said = f"{error}" if isinstance(error, AirflowException) else type(error).__name__
        raise ConfigurationError(
            f"{told}: {said.rstrip('.')}. Nothing was stored.",
            step=(
                "correct that connection: one of keyfile_dict, key_path, key_secret_name or credential_config_file, or "
                "none of them for application default credentials."
            ),
        ) from None


def _default_credentials() -> tuple[Any, str | None]:
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        return google.auth.default(scopes=_SCOPES)
    except (GoogleAuthError, OSError, ValueError, TypeError) as error:
        # The error's own text may quote a key, so only its kind is told.
        raise ConfigurationError(
            f"No usable application default credentials of Google ({type(error).__name__}). Nothing was stored.",
            step=(
                "set GOOGLE_APPLICATION_CREDENTIALS, run `gcloud auth application-default login`, attach a service "
                "account to the worker, or name a connection with gcp_conn_id."
            ),
        ) from None
