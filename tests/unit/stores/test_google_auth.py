from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.contract import StoreFaultError
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.google import google_auth
from airflow_provider_sora.stores.google.errors import told
from airflow_provider_sora.stores.google.google_auth import accounts_of, impersonated, storage_client
from airflow_provider_sora.stores.options import ArchiveOptions


def service_account_key() -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "client_email": "archiver@p.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        "private_key": pem.decode(),
        "private_key_id": "1",
        "project_id": "p",
    }


@pytest.fixture(autouse=True)
def no_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)


def test_the_workers_own_key_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = service_account_key()
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    client = storage_client(ArchiveOptions())
    assert client.project == "p"
    assert client._credentials.service_account_email == key["client_email"]
    client = storage_client(ArchiveOptions(impersonation_chain="a@p, target@p"))
    assert client._credentials.service_account_email == "target@p"
    with pytest.raises(ConfigurationError, match="no service account"):
        storage_client(ArchiveOptions(impersonation_chain=" , "))


def test_a_broken_key_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    for text in ('{"private_key": "SECRET', '{"type": "service_account", "private_key": "SECRET"}'):
        path.write_text(text)
        with pytest.raises(ConfigurationError, match="application default credentials") as caught:
            storage_client(ArchiveOptions())
        assert "SECRET" not in str(caught.value)


def test_without_credentials_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**kwargs: Any) -> None:
        raise google.auth.exceptions.DefaultCredentialsError("none")

    monkeypatch.setattr(google.auth, "default", nothing)
    with pytest.raises(ConfigurationError, match="application-default login"):
        storage_client(ArchiveOptions())


def test_a_connection_needs_the_google_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "airflow.providers.google", None)  # whether it is installed here or not
    with pytest.raises(ConfigurationError, match=r"gcp_conn_id 'gcp'.*pip install 'airflow-provider-sora\[google\]'"):
        storage_client(ArchiveOptions(gcp_conn_id="gcp"))


def test_impersonation_goes_through_the_chain() -> None:
    for chain in ("a@p, b@p,target@p", ["a@p", "b@p", "target@p"]):
        found = impersonated(AnonymousCredentials(), accounts_of(chain))
        assert (found._target_principal, list(found._delegates)) == ("target@p", ["a@p", "b@p"])


def test_the_google_providers_hook_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hook:
        def __init__(self, gcp_conn_id: str, impersonation_chain: Any) -> None:
            self.given = (gcp_conn_id, impersonation_chain)

        def get_conn(self) -> Any:
            return self.given

    monkeypatch.setattr(google_auth, "_gcs_hook", lambda conn_id: Hook)
    given: Any = storage_client(ArchiveOptions(gcp_conn_id="gcp", impersonation_chain="a@p, target@p"))
    assert given == ("gcp", ["a@p", "target@p"]), "the hook takes a text as one account, commas included"
    given = storage_client(ArchiveOptions(gcp_conn_id="gcp"))
    assert given == ("gcp", None)


def test_the_emulator_needs_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    assert isinstance(storage_client(ArchiveOptions(gcp_conn_id="gcp"))._credentials, AnonymousCredentials)


def hook_that(fails_at: str, error: Exception) -> Any:
    class Hook:
        def __init__(self, **_: Any) -> None:
            if fails_at == "reading":
                raise error

        def get_conn(self) -> Any:
            raise error

    return lambda conn_id: Hook


@pytest.mark.parametrize(
    "error", [FileNotFoundError("/keys/SECRET.json"), ValueError("bad key SECRET"), KeyError("private_key")]
)
def test_a_broken_connection_is_named_without_its_key(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_auth, "_gcs_hook", hook_that("logging in", error))
    with pytest.raises(
        ConfigurationError, match=f"gcp_conn_id='gcp': {type(error).__name__}. Nothing was stored"
    ) as seen:
        storage_client(ArchiveOptions(gcp_conn_id="gcp"))
    assert "SECRET" not in str(seen.value) and seen.value.never_retry


def test_a_connection_that_airflow_has_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowNotFoundException

    monkeypatch.setattr(google_auth, "_gcs_hook", hook_that("reading", AirflowNotFoundException("gcp isn't defined")))
    with pytest.raises(ConfigurationError, match=r"gcp isn't defined\. Nothing was stored"):
        storage_client(ArchiveOptions(gcp_conn_id="gcp"))


@pytest.mark.parametrize("fails_at", ["reading", "logging in"])
def test_what_may_pass_is_tried_again(fails_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's own API server that does not answer, or the service of Google's where the key lies."""
    error: Exception = OSError("gone") if fails_at == "reading" else google.auth.exceptions.TransportError("gone")
    monkeypatch.setattr(google_auth, "_gcs_hook", hook_that(fails_at, error))
    with pytest.raises(StoreFaultError, match=r"gcp.*a retry asks again") as seen:
        storage_client(ArchiveOptions(gcp_conn_id="gcp"))
    assert not seen.value.never_retry


@pytest.mark.parametrize("shown", ["https://storage.googleapis.com/upload/b/o", "/upload/b/o"])
def test_the_address_of_an_upload_is_a_key_and_not_told(shown: str) -> None:
    from requests.exceptions import ConnectionError as Refused

    error = Refused(f"Max retries exceeded with url: {shown}?uploadType=resumable&upload_id=SECRET (Caused by reset)")
    with pytest.raises(StoreFaultError) as seen, told(parse_destination("gs://b/clips"), "store", "video.mp4"):
        raise error
    assert f"with url: {shown} (Caused by reset)" in str(seen.value)
