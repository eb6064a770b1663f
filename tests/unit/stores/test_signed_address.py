"""A store's short-lived addresses: there where credentials can sign, None where they cannot, never an error."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from airflow_provider_sora.stores.open import open_store


def test_cloud_storage_signs_with_a_key_that_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = tmp_path / "account.json"
    account.write_text(
        json.dumps(
            {
                "type": "service_account", "project_id": "p", "private_key": key.decode(), "private_key_id": "1",
                "client_email": "reader@p.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )  # fmt: skip
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    address = open_store("gs://clips/shop").signed_address("video_1/video.mp4", 300)
    assert address is not None
    parts, query = urlsplit(address), parse_qs(urlsplit(address).query)
    assert (parts.netloc, parts.path) == ("storage.googleapis.com", "/clips/shop/video_1/video.mp4")
    assert query["X-Goog-Expires"] == ["300"] and len(query["X-Goog-Signature"][0]) == 512
    assert query["X-Goog-Credential"][0].startswith("reader@p.iam.gserviceaccount.com/")


def test_credentials_that_cannot_sign_give_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    assert open_store("gs://clips/shop").signed_address("video_1/video.mp4", 300) is None


def test_a_folder_gives_none(tmp_path: Path) -> None:
    assert open_store(f"file://{tmp_path}").signed_address("video_1/video.mp4", 300) is None


def test_a_file_system_that_cannot_sign_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    from airflow_provider_sora.stores.fsspec import object_storage

    monkeypatch.setattr(object_storage, "file_system", lambda destination, conn_id: MemoryFileSystem())
    assert open_store("s3://clips/shop").signed_address("video_1/video.mp4", 300) is None
