"""The stores as users have them, each behind a proxy that fails by rule: moto for S3, Azurite for Azure, the strict
Cloud Storage, and a small disk. ``make test-s3`` and ``make test-azure`` bring what theirs need."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.ports import free_port
from testbed.strict_gcs import StrictGcs
from tests.support import strict_s3
from tests.support.fault_proxy import FaultProxy, Seen, fault_proxy

_numbers = itertools.count(1)
#: Of every Azurite, as Microsoft's documentation gives it.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass
class Place:
    """A fresh bucket in one kind of store.

    :param found: all that lies there, hidden objects too, by name; asked without the provider's own code.
    :param part: requests that carry a piece of a large video; ``last``: the one that makes it appear; ``receipt``: the
        one that makes the receipt appear.
    """

    kind: str
    destination: str
    options: ArchiveOptions
    found: Callable[[], dict[str, bytes]]
    proxy: FaultProxy | None = None
    part: Callable[[Seen], bool] = lambda seen: False
    last: Callable[[Seen], bool] = lambda seen: False
    receipt: Callable[[Seen], bool] = lambda seen: False
    environment: dict[str, str] = field(default_factory=dict)


def needed(variable: str, why: str, *modules: str) -> None:
    """Skip where what a store needs is not installed; where ``variable`` says that it is, fail."""
    for module in modules:
        if os.environ.get(variable):
            importlib.import_module(module)
        else:
            pytest.importorskip(module, reason=why)


@contextlib.contextmanager
def moto() -> Iterator[str]:
    needed("SORA_S3", "make test-s3 brings what S3 needs", "s3fs", "moto.server", "airflow.providers.amazon")
    from moto.server import ThreadedMotoServer

    strict_s3.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextlib.contextmanager
def azurite() -> Iterator[str]:
    """Microsoft's emulator in a process of its own, in memory."""
    why = "make test-azure brings what Azure needs"
    needed("SORA_AZURE", why, "adlfs", "airflow.providers.microsoft.azure.fs.adls")
    folder = os.environ.get("SORA_AZURE", "")
    program = Path(folder) / "node_modules/.bin/azurite-blob"
    if not program.exists():
        pytest.skip(why)
    port = free_port()
    command = [str(program), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent"]
    with subprocess.Popen([*command, "--disableTelemetry", "--skipApiVersionCheck"]) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None and time.monotonic() < until, "Azurite did not start"
        time.sleep(0.1)


@contextlib.contextmanager
def s3_place(server: str, name: str) -> Iterator[Place]:
    import boto3

    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=server, **keys)
    client.create_bucket(Bucket=name)

    def found() -> dict[str, bytes]:
        listed = client.list_objects_v2(Bucket=name).get("Contents") or []
        return {one["Key"]: client.get_object(Bucket=name, Key=one["Key"])["Body"].read() for one in listed}

    def complete(seen: Seen, end: str) -> bool:
        return seen.method == "POST" and f"{end}?uploadId=" in seen.path

    with fault_proxy(server) as proxy:
        connection = {
            "conn_type": "aws", "login": "a", "password": "b",
            "extra": {
                "endpoint_url": proxy.url, "region_name": "us-east-1",
                "config_kwargs": {"retries": {"total_max_attempts": 2}, "read_timeout": 10},
            },
        }  # fmt: skip
        yield Place(
            "s3", f"s3://{name}/clips", ArchiveOptions(storage_conn_id=name), found, proxy,
            part=lambda seen: seen.method == "PUT" and "partNumber=" in seen.path and "/video.mp4" in seen.path,
            last=lambda seen: complete(seen, "/video.mp4"),
            receipt=lambda seen: complete(seen, "/receipt.json"),
            environment={f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection)},
        )  # fmt: skip


@contextlib.contextmanager
def azure_place(server: str, name: str) -> Iterator[Place]:
    from azure.storage.blob import ContainerClient

    def connection_string(address: str) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};"
            f"BlobEndpoint={address}/devstoreaccount1;"
        )

    client = ContainerClient.from_connection_string(connection_string(server), name)
    client.create_container()

    def found() -> dict[str, bytes]:
        return {one.name: client.download_blob(one.name).readall() for one in client.list_blobs()}

    def block(seen: Seen) -> bool:
        return seen.method == "PUT" and "comp=block&" in f"{seen.path}&"

    def block_list(seen: Seen, end: str) -> bool:
        return "comp=blocklist" in seen.path and seen.path.partition("?")[0].endswith(end)

    with fault_proxy(server) as proxy:
        connection = {
            "conn_type": "azure_data_lake",
            "extra": {"connection_string": connection_string(proxy.url)},
        }
        yield Place(
            "abfs", f"abfs://{name}/clips", ArchiveOptions(storage_conn_id=name), found, proxy,
            part=block,
            last=lambda seen: block_list(seen, "/video.mp4"),
            receipt=lambda seen: block_list(seen, "/receipt.json"),
            environment={f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection)},
        )  # fmt: skip
    client.close()


@contextlib.contextmanager
def gcs_place(server: StrictGcs, name: str) -> Iterator[Place]:
    server.create_bucket(name)

    def found() -> dict[str, bytes]:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        client = storage.Client(
            project="t", credentials=AnonymousCredentials(), client_options={"api_endpoint": server.url}
        )
        return {one.name: one.download_as_bytes() for one in client.list_blobs(name)}

    with fault_proxy(server.url) as proxy:
        yield Place(
            "gs", f"gs://{name}/clips", ArchiveOptions(retry_seconds=4, read_timeout=3), found, proxy,
            part=lambda seen: seen.is_part,
            last=lambda seen: seen.is_last_part,
            receipt=lambda seen: "uploadType=multipart" in seen.path,
            environment={"STORAGE_EMULATOR_HOST": proxy.url},
        )  # fmt: skip


@contextlib.contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size, in memory; whoever may not mount one is skipped."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "sora-test", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a small disk (mount -t tmpfs)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def disk_place(folder: Path) -> Iterator[Place]:
    def found() -> dict[str, bytes]:
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    with disk(folder, 64):
        yield Place("file", f"file://{folder}/clips", ArchiveOptions(), found)


def fresh_name(kind: str) -> str:
    """Of a bucket and of the connection to it: Airflow keeps a file system by its connection's id."""
    return f"{kind}-{os.getpid()}-{next(_numbers)}"
