"""Stores behind ObjectStoragePath: S3 against moto where s3fs and the amazon provider are installed, and memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.index import write_index
from airflow_provider_sora.archive.options import ArchiveOptions
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.archive.store import NameTakenError, open_store
from airflow_provider_sora.archive.verify import verify
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, CorruptObjectError, ForeignObjectError
from airflow_provider_sora.record import VideoRecord
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4

CLIP = sample_mp4()
LARGE = grown(CLIP, 12 << 20)
RECORD = VideoRecord("video_1", base_url="http://render:1/v1", status="completed", labels={"brand": "ナ"})


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    for needed in ("s3fs", "moto.server", "airflow.providers.amazon"):
        pytest.importorskip(needed)
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> tuple[str, ArchiveOptions]:
    import boto3

    name = f"bucket-{abs(hash(request.node.name))}"
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=s3_server, **keys).create_bucket(Bucket=name)
    connection = {
        "conn_type": "aws",
        "login": "a",
        "password": "b",
        "extra": {"endpoint_url": s3_server, "region_name": "us-east-1"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_S3_TEST", json.dumps(connection))
    return f"s3://{name}/clips", ArchiveOptions(storage_conn_id="s3_test")


@pytest.fixture
def memory(request: pytest.FixtureRequest) -> tuple[str, ArchiveOptions]:
    """A store of another scheme, that shows a file at its commit and refuses one that is there."""
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFile, MemoryFileSystem

    class DeferredFile(MemoryFile):
        def commit(self) -> None:
            if self.fs.exists(self.path):
                raise FileExistsError(self.path)
            super().commit()

    class DeferredFileSystem(MemoryFileSystem):
        protocol = "abfs"
        store: dict[str, Any] = {}

        def _open(self, path: str, mode: str = "rb", autocommit: bool = True, **kwargs: Any) -> Any:
            if mode == "xb" and not autocommit:
                return DeferredFile(self, path)
            return super()._open(path, mode, **kwargs)

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return "/" + str(path).split("://")[-1].strip("/")

    attach("abfs", fs=DeferredFileSystem())
    return f"abfs://bucket-{abs(hash(request.node.name))}/clips", ArchiveOptions()


@pytest.fixture(params=["s3", "memory"])
def place(request: pytest.FixtureRequest) -> tuple[str, ArchiveOptions]:
    found: tuple[str, ArchiveOptions] = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("data", [CLIP, LARGE], ids=["small", "large"])
def test_a_video_is_stored_once(place: tuple[str, ArchiveOptions], data: bytes) -> None:
    uri, options = place
    source = MemorySource(data, breaks=[len(data) // 2])
    first = archive_video(source, RECORD, destination=uri, options=options)
    again = archive_video(source, RECORD, destination=uri, options=options)
    assert (again.bytes_stored, again.bytes_fetched, again.receipt) == (0, 0, first.receipt)
    store = open_store(uri, options)
    assert [found.name for found in store.list()] == [
        f"video_1/{name}" for name in ("receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4")
    ]
    assert store.read_bytes("video_1/video.mp4") == data
    assert [finding.problem for finding in verify(uri, options)] == [None] * 4


def test_a_broken_video_leaves_nothing(place: tuple[str, ArchiveOptions]) -> None:
    uri, options = place
    with pytest.raises(ContentError):
        archive_video(MemorySource(LARGE[:-10]), RECORD, destination=uri, options=options)
    assert list(open_store(uri, options).list()) == []


def test_a_foreign_object_is_never_touched(place: tuple[str, ArchiveOptions]) -> None:
    uri, options = place
    store = open_store(uri, options)
    store.put_bytes("video_1/video.mp4", b"somebody's", content_type="video/mp4", metadata={})
    with pytest.raises(ForeignObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    assert store.read_bytes("video_1/video.mp4") == b"somebody's"


def test_a_name_that_is_taken_at_the_last_moment_is_kept(place: tuple[str, ArchiveOptions]) -> None:
    uri, options = place
    store: Any = open_store(uri, options)

    class Late:
        sent = False

        def read(self, size: int = -1, /) -> bytes:
            if self.sent:
                return b""
            self.sent = True
            open_store(uri, options).put_bytes("a.txt", b"first", content_type="text/plain", metadata={})
            return b"late!"

        def tell(self) -> int:
            return 0

    with pytest.raises(NameTakenError):
        store.put_stream("a.txt", Late(), size=5, content_type="text/plain", metadata={})
    assert store.read_bytes("a.txt") == b"first"


def test_index_pages_are_replaced(place: tuple[str, ArchiveOptions]) -> None:
    uri, options = place
    archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    write_index(uri, options=options, title="one")
    write_index(uri, options=options, title="two")
    assert b"<h1>two</h1>" in open_store(uri, options).read_bytes("index.html")


def test_the_place_is_checked(s3: tuple[str, ArchiveOptions]) -> None:
    uri, options = s3
    open_store(uri, options).check()
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_store("s3://no-such-bucket-here/p", options).check()


def test_a_store_that_shows_half_files_is_refused() -> None:
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFileSystem

    attach("memory", fs=MemoryFileSystem())
    store = open_store("memory://bucket/clips")
    with pytest.raises(ConfigurationError, match="whole or not at all"):
        store.put_bytes("a.txt", b"x", content_type="text/plain", metadata={})
    assert store.look("a.txt") is None


def test_a_scheme_without_a_store_is_told() -> None:
    with pytest.raises(ConfigurationError, match="No store for nosuch://b"):
        open_store("nosuch://b/p")


def test_a_store_without_metadata_keeps_nothing_hidden_of_what_failed(memory: tuple[str, ArchiveOptions]) -> None:
    uri, options = memory
    with pytest.raises(ContentError):
        archive_video(MemorySource(LARGE[:-10]), RECORD, destination=uri, options=options)
    files = open_store(uri, options)._fs  # type: ignore[attr-defined]
    assert files.find(uri.partition("://")[2]) == []
    # What a crash right before the commit leaves does not make somebody else's file ours.
    store = open_store(uri, options)
    proof = {"metadata": object_metadata(RECORD, "video"), "size": len(CLIP), "crc32c": "AAAAAA=="}
    store._write_side("video_1/video.mp4", proof)  # type: ignore[attr-defined]
    path = uri.partition("://")[2] + "/video_1/video.mp4"
    files.pipe_file(path, LARGE)
    with pytest.raises(ForeignObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    files.pipe_file(path, CLIP)
    with pytest.raises(CorruptObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
