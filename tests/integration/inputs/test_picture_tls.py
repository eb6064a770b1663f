"""HTTPS: the connection goes to the checked address, and the certificate must be the named host's."""

from __future__ import annotations

import datetime
import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image

from airflow_provider_sora.exceptions import ServerFaultError
from airflow_provider_sora.inputs.pictures import load_reference

_BUFFER = io.BytesIO()
Image.new("RGB", (64, 36), (1, 90, 120)).save(_BUFFER, "PNG")
PNG = _BUFFER.getvalue()


def write_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_path, key_path


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    certificate, key = write_certificate(tmp_path_factory.mktemp("tls"), "picture.test")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["Host"].startswith("picture.test:") else 421)
            self.send_header("Content-Length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_picture_comes_over_tls(port: int) -> None:
    made = load_reference(f"https://picture.test:{port}/a.png", size="64x36", allow_private_hosts=True, timeout=10)
    assert made.data == PNG


def test_another_hosts_certificate_is_refused(port: int) -> None:
    with pytest.raises(ServerFaultError, match="CERTIFICATE_VERIFY_FAILED"):
        load_reference(f"https://other.test:{port}/a.png", size="64x36", allow_private_hosts=True, timeout=10)


def test_a_host_that_never_ends_its_handshake_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ServerFaultError, match=r"no whole answer within 0\.3 s"):
            load_reference(f"https://picture.test:{port}/a.png", size=None, allow_private_hosts=True, timeout=0.3)


def test_a_handshake_that_drips_is_cut_as_a_whole() -> None:
    """Each byte comes well within the time that one read may take; all of them would take hours."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            peer, _ = server.accept()
            with peer:
                try:
                    peer.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03")
                    while not stop.wait(0.05):
                        peer.sendall(b"\x00")
                except OSError:
                    return  # the client has gone

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(ServerFaultError, match=r"no whole answer within 0\.5 s"):
            load_reference(
                f"https://picture.test:{server.getsockname()[1]}/a.png",
                size=None,
                allow_private_hosts=True,
                timeout=0.5,
            )
        stop.set()
    assert time.monotonic() - began < 20
