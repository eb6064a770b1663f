"""A server of one's own authority: its file is honoured, and a wrong one is said before anything is sent."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from airflow_provider_sora.exceptions import ConfigurationError, ServerUnreachableError
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.dialects import OPENAI
from airflow_provider_sora.protocol.session import VideosSession
from tests.integration.protocol.peer import Peer, Reply


def ask(url: str, verify: str | None) -> None:
    settings = ConnectionSettings(base_url=url, key="key-123456", verify=verify)
    VideosSession(settings, OPENAI, VideosClient(settings)).get_video("video_1")


def test_a_wrong_authority_file_is_named(tmp_path: Path, peer: Peer) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError, match="verify"):
            ask(peer.url, str(path))
    assert peer.seen == []


def test_a_server_without_tls_is_not_reached(peer: Peer) -> None:
    with pytest.raises(ServerUnreachableError):
        ask(peer.url.replace("http:", "https:"), None)


def own_certificate(folder: Path) -> Path:
    """A certificate that signs itself, for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_ones_own_authority_is_honoured_and_needed(tmp_path: Path) -> None:
    path = own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with Peer(context) as peer:
        peer.on("GET", "/v1/videos/video_1", Reply(200, {"id": "video_1", "status": "queued"}))
        ask(peer.url, str(path))
        with pytest.raises(ServerUnreachableError, match="certificate verify failed"):
            ask(peer.url, None)
        assert len(peer.seen) == 1
