"""Stores behind ObjectStoragePath: memory, and S3 against moto: ``make test-s3`` brings what that needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, CorruptObjectError, ForeignObjectError
from airflow_provider_sora.pages.index.building import write_index
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.place import open_place, read_trail
from airflow_provider_sora.review.promotion import promote, withdraw_copy
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.fsspec import companions
from airflow_provider_sora.stores.fsspec.companions import write_side
from airflow_provider_sora.stores.fsspec.object_storage import ObjectStorageStore
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.integration.archive.test_copy_and_range import check_copy_and_range
from tests.integration.review.clips import decide
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4
from tests.support.object_stores import moto

CLIP = sample_mp4()
LARGE = grown(CLIP, 12 << 20)
RECORD = VideoRecord("video_1", base_url="http://render:1/v1", status="completed", labels={"brand": "ナ"})


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def s3(
    s3_server: str, client: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> tuple[str, ArchiveOptions]:
    name = f"bucket-{abs(hash(request.node.name))}"
    client.create_bucket(Bucket=name)
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
        protocol = "hdfs"
        store: dict[str, Any] = {}

        def _open(self, path: str, mode: str = "rb", autocommit: bool = True, **kwargs: Any) -> Any:
            if mode == "xb" and not autocommit:
                return DeferredFile(self, path)
            return super()._open(path, mode, **kwargs)

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return "/" + str(path).split("://")[-1].strip("/")

    attach("hdfs", fs=DeferredFileSystem())
    return f"hdfs://bucket-{abs(hash(request.node.name))}/clips", ArchiveOptions()


@pytest.fixture
def client(s3_server: str) -> Any:
    """Amazon's own client, to look at what was stored without our code."""
    import boto3

    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=s3_server, **keys)


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


@pytest.mark.parametrize("data", [CLIP, LARGE], ids=["one request", "parts"])
def test_metadata_fits_what_s3_takes(s3: tuple[str, ArchiveOptions], client: Any, data: bytes) -> None:
    uri, options = s3
    labels = {
        "brand": "ナイキ",
        "title": "夜" * 250,  # 2250 bytes once encoded, more than all metadata together may have
        "desk": "news",
        "a:b, c": "no header name",
        "品番": "no header name either",
        "url": "https://news.example/a?id=1&section=2",
        **{f"k{number}": "v" * 90 for number in range(20)},
    }
    record = RECORD.changed(labels=labels, parent_id="p" * 200, completed_at="2026-11-22T01:02:00+00:00")
    result = archive_video(MemorySource(data), record, destination=uri, options=options)
    assert result.receipt["labels"] == labels
    for name in ("video.mp4", "thumbnail.webp", "receipt.json"):
        head = client.head_object(Bucket=uri.split("/")[2], Key=f"clips/video_1/{name}")
        kept = head["Metadata"]
        assert sum(len(f"x-amz-meta-{key}{value}") for key, value in kept.items()) <= 2048
        assert kept["source-id"] == "video_1" and kept["parent-id"] == "p" * 200 and kept["label-desk"] == "news"
        assert unquote(kept["label-brand"]) == "ナイキ" and kept["label-url"] == labels["url"]
        assert "label-k0" in kept and not {"label-title", "label-k19"} & set(kept)
    assert head["ContentType"] == "application/json" and head["CacheControl"] == "private, max-age=0, no-transform"
    assert archive_video(MemorySource(data), record, destination=uri, options=options).bytes_stored == 0


def test_a_tampered_object_is_found(s3: tuple[str, ArchiveOptions], client: Any) -> None:
    uri, options = s3
    archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    client.put_object(Bucket=uri.split("/")[2], Key="clips/video_1/video.mp4", Body=CLIP[:-1] + b"x")
    problems = [finding.problem or "" for finding in verify(uri, options)]
    assert any("was replaced: generation" in problem for problem in problems)


def test_a_class_is_asked_for_and_what_s3_has_not_is_refused(s3: tuple[str, ArchiveOptions], client: Any) -> None:
    uri, options = s3
    archive_video(
        MemorySource(CLIP), RECORD, destination=uri, options=replace(options, storage_class="STANDARD_IA", stills=False)
    )
    head = client.head_object(Bucket=uri.split("/")[2], Key="clips/video_1/video.mp4")
    assert head["StorageClass"] == "STANDARD_IA"
    with pytest.raises(ConfigurationError, match="would ignore kms_key_name"):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=replace(options, kms_key_name="k"))


def test_a_page_elsewhere_in_the_bucket_shows_the_video_with_its_picture(place: tuple[str, ArchiveOptions]) -> None:
    uri, options = place
    folder = f"{uri}/0900-北国で 初雪"
    result = archive_video(MemorySource(CLIP), RECORD, destination=folder, options=options)
    written = write_index(f"{uri}/_runs/1", options=options, videos=[result.record.to_xcom()])
    (entry,) = written.index["videos"]
    assert entry["links"]["video"].startswith("../../0900-%E5%8C%97")
    page = open_store(f"{uri}/_runs/1", options).read_bytes("index.html").decode()
    assert 'poster="data:image/webp;base64,' in page


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


def test_the_place_is_checked(s3: tuple[str, ArchiveOptions], client: Any) -> None:
    uri, options = s3
    open_store(uri, options).check()
    bucket = uri.split("/")[2]
    assert client.list_objects_v2(Bucket=bucket).get("Contents") is None
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads") is None, "the trial upload was dropped"
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_store("s3://no-such-bucket-here/p", options).check()


def test_a_trial_leaves_nothing_in_other_stores(memory: tuple[str, ArchiveOptions]) -> None:
    uri, options = memory
    store = open_store(uri, options)
    files = store._fs  # type: ignore[attr-defined]
    files.makedirs(uri.split("/")[2])
    store.check()
    assert files.find(uri.partition("://")[2]) == []

    def closed(path: str, data: bytes) -> None:
        raise PermissionError("no")

    store._fs.pipe_file = closed  # type: ignore[attr-defined]
    try:
        with pytest.raises(ConfigurationError, match="write a trial object"):
            store.check()
    finally:
        del store._fs.pipe_file  # type: ignore[attr-defined]


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
    proof = {"metadata": object_metadata(RECORD, "video"), "size": len(CLIP), "crc32c": "AAAAAA=="}
    path = uri.partition("://")[2] + "/video_1/video.mp4"
    write_side(files, path, proof)
    files.pipe_file(path, LARGE)
    with pytest.raises(ForeignObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    files.pipe_file(path, CLIP)
    with pytest.raises(CorruptObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)


def test_the_slower_of_two_workers_leaves_the_other_ones_proof_of_origin(
    memory: tuple[str, ArchiveOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, options = memory
    options = replace(options, stills=False)
    commit = companions.commit_with_side
    faster: list[ArchiveResult] = []

    def late(fs: Any, path: str, *args: Any) -> None:
        if path.endswith("receipt.json"):
            monkeypatch.setattr(companions, "commit_with_side", commit)
            source, run = MemorySource(CLIP), {"dag_id": "a longer receipt"}
            faster.append(archive_video(source, RECORD, destination=uri, options=options, run=run))
        commit(fs, path, *args)

    monkeypatch.setattr(companions, "commit_with_side", late)
    slower = archive_video(MemorySource(CLIP), RECORD, destination=uri, options=options)
    assert slower.receipt == faster[0].receipt
    assert [finding.problem for finding in verify(uri, options)] == [None, None]


@pytest.mark.parametrize("kind", ["s3", "memory"])
def test_a_part_of_an_object_and_a_copy_within_the_store(kind: str, request: pytest.FixtureRequest) -> None:
    destination, options = request.getfixturevalue(kind)
    check_copy_and_range(open_store(destination, options))


@pytest.mark.parametrize("kind", ["s3", "memory"])
def test_an_approved_clip_is_copied_taken_back_and_copied_again(kind: str, request: pytest.FixtureRequest) -> None:
    destination, options = request.getfixturevalue(kind)
    root = destination.removesuffix("/clips")
    result = archive_video(
        MemorySource(CLIP), RECORD, destination=f"{root}/unreviewed/d/2026/11/26/0900-x", options=options
    )
    place = open_place(str(result.record.receipt_uri), options)
    store = open_store(root, options)
    for round in (0, 1):
        trail = decide(place, "approved")
        count = promote(place, trail).copied
        assert (
            count
            == len(list(store.list("approved/")))
            == 2 + sum(place.receipt["objects"][still] is not None for still in ("thumbnail", "spritesheet")) + 1
        ), round
        assert promote(place, read_trail(place)).copied == 0
        assert {finding.problem for finding in verify(root, options)} == {None}
        assert withdraw_copy(place, decide(place, "withdrawn", why="licence")) == count
        assert list(store.list("approved/")) == []
    assert [decision.state for decision in read_trail(place).decisions] == ["approved", "withdrawn"] * 2


class Killed(BaseException):
    """Ends a process where it stands: nothing of ours catches it, and nothing after it runs."""


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("step", range(6), ids=["decision", "video", "thumbnail", "spritesheet", "receipt", "note"])
@pytest.mark.parametrize("kind", ["s3", "memory"])
def test_an_approval_that_dies_at_a_step_is_finished_by_the_next_try(
    kind: str, step: int, behind: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination, options = request.getfixturevalue(kind)
    root = destination.removesuffix("/clips")
    result = archive_video(
        MemorySource(CLIP), RECORD, destination=f"{root}/unreviewed/d/2026/11/26/0900-x", options=options
    )
    receipt = str(result.record.receipt_uri)
    left = [step]

    def dying(call: Any) -> Any:
        def run(*args: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == -1 and not behind:
                raise Killed
            found = call(*args, **more)
            if left[0] == -1:
                raise Killed
            return found

        return run

    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(ObjectStorageStore, "copy", dying(ObjectStorageStore.copy))
        broken.setattr(ObjectStorageStore, "put_bytes", dying(ObjectStorageStore.put_bytes))
        place = open_place(receipt, options)
        promote(place, decide(place, "approved"))
    store = open_store(root, options)
    there = {one.name: one for one in store.list("approved/")}
    assert len(there) == max(0, step - 1 + behind), "what was not reached is not there"

    again = open_place(receipt, options)
    trail = read_trail(again)
    trail = trail if trail.state else decide(again, "approved")
    assert promote(again, trail).copied == 5 - len(there)
    found = {one.name: one for one in store.list("approved/")}
    assert len(found) == 5 and [one.state for one in read_trail(again).decisions] == ["approved"]
    assert all(found[name].generation == one.generation for name, one in there.items()), "written once each"
    assert store.read_bytes(next(name for name in found if name.endswith("video.mp4"))) == CLIP
    assert {finding.problem for finding in verify(root, options)} == {None}
