"""A Cloud Storage client with the credentials the user named, with or without Airflow's google provider."""

from __future__ import annotations

import json
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

    :raises ConfigurationError: when no usable credentials are found; nothing was stored.
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
        hook_class = _gcs_hook()
        if hook_class is not None:
            hook = hook_class(gcp_conn_id=options.gcp_conn_id, impersonation_chain=chain or None)
            return hook.get_conn()
    extra = _connection_extra(options.gcp_conn_id) if options.gcp_conn_id else {}
    credentials, project = _credentials(extra, options.gcp_conn_id)
    chain = chain or accounts_of(_field(extra, "impersonation_chain"))
    if chain:
        credentials = impersonated(credentials, chain)
    return storage.Client(project=_field(extra, "project") or project or "unused", credentials=credentials)


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


def _gcs_hook() -> Any:
    try:
        from airflow.providers.google.cloud.hooks.gcs import GCSHook
    except ImportError:
        return None
    return GCSHook


def _connection_extra(conn_id: str) -> dict[str, Any]:
    from airflow.sdk import BaseHook

    extra = BaseHook.get_connection(conn_id).extra_dejson
    return extra if isinstance(extra, dict) else {}


def _field(extra: Mapping[str, Any], name: str) -> Any:
    return extra.get(name) or extra.get(f"extra__google_cloud_platform__{name}")


def _from_info(info: dict[str, Any]) -> tuple[Any, str | None]:
    """Credentials from a key, a workload identity description or a user's own login, as the file's type says."""
    import google.auth

    if info.get("type") == "service_account":
        from google.oauth2 import service_account

        found = service_account.Credentials.from_service_account_info(info, scopes=_SCOPES)
        return found, info.get("project_id")
    with warnings.catch_warnings():
        # It warns of descriptions from strangers; a connection's own is the administrator's.
        warnings.simplefilter("ignore", DeprecationWarning)
        return google.auth.load_credentials_from_dict(info, scopes=_SCOPES)


def _credentials(extra: Mapping[str, Any], conn_id: str | None) -> tuple[Any, str | None]:
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        keyfile = _field(extra, "keyfile_dict")
        path = _field(extra, "key_path") or _field(extra, "credential_config_file")
        if keyfile:
            info = json.loads(keyfile) if isinstance(keyfile, str) else dict(keyfile)
            return _from_info(info)
        if path:
            return _from_info(json.loads(Path(path).read_text("utf-8")))
        return google.auth.default(scopes=_SCOPES)
    except (GoogleAuthError, OSError, ValueError, TypeError) as error:
        where = f"connection {conn_id!r}" if conn_id else "application default credentials"
        # The error's own text may quote the key, so only its kind is told.
        raise ConfigurationError(
            f"No usable Google credentials from {where} ({type(error).__name__}). Nothing was stored. "
            "Set key_path or keyfile_dict in that connection, run `gcloud auth application-default login`, "
            "or attach a service account to the worker."
        ) from None
