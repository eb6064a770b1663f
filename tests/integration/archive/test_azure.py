"""``abfs://`` by Airflow's own provider and adlfs, against Azurite: ``make test-azure`` brings all three."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.pages.index.building import write_index
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.place import open_place
from airflow_provider_sora.review.promotion import promote, withdraw_copy
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.fsspec.companions import write_side
from airflow_provider_sora.stores.open import open_store
from tests.integration.archive.test_copy_and_range import check_copy_and_range
from tests.integration.review.clips import decide
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4
from tests.support.object_stores import AZURITE_KEY, Place, azure_place, azurite, fresh_name

CLIP = sample_mp4()
LARGE = grown(CLIP, 12 << 20)
LABELS = {"brand": "ナイキ", "desk": "news", "shop-id": "7", "url": "https://news.example/a?id=1", "long": "夜" * 250}
RECORD = VideoRecord(
    "video_1", base_url="http://render:1/v1", parent_id="video_0", status="completed", labels=LABELS,
    completed_at="2026-11-22T01:02:00+00:00",
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with azurite() as address:
        yield address


@pytest.fixture
def place(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with azure_place(server, fresh_name("abfs")) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def client(place: Place, server: str) -> Iterator[Any]:
    """Microsoft's own client, to look at what was stored without our code."""
    from azure.storage.blob import ContainerClient

    address, name = f"{server}/devstoreaccount1", place.destination.split("/")[2]
    with ContainerClient(address, name, credential=AZURITE_KEY) as found:
        yield found


@pytest.mark.parametrize("data", [CLIP, LARGE], ids=["one block", "blocks"])
def test_a_video_and_all_about_it_lies_there(place: Place, client: Any, data: bytes) -> None:
    archive_video(MemorySource(data), RECORD, destination=place.destination, options=place.options)
    assert sorted(blob.name for blob in client.list_blobs()) == [
        f"clips/video_1/{name}" for name in ("receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4")
    ]
    found = client.get_blob_client("clips/video_1/video.mp4").get_blob_properties()
    assert found.content_settings.content_type == "video/mp4"
    kept = found.metadata
    assert (kept["source_id"], kept["asset"], kept["parent_id"]) == ("video_1", "video", "video_0")
    assert (kept["label_desk"], kept["completed_at"]) == ("news", RECORD.completed_at)
    assert "label_shop-id" not in kept, "no identifier; the receipt has it"
    seen = open_store(place.destination, place.options).look("video_1/video.mp4")
    assert seen is not None and seen.written_at is not None and seen.content_type == "video/mp4"
    wanted = object_metadata(RECORD, "video")
    assert {name: seen.metadata[name] for name in wanted if name != "label-shop-id"} == {
        name: text for name, text in wanted.items() if name != "label-shop-id"
    }
    assert [finding.problem for finding in verify(place.destination, place.options)] == [None] * 4
    write_index(place.destination, options=place.options, title="one")
    write_index(place.destination, options=place.options, title="two")
    assert b"<h1>two</h1>" in open_store(place.destination, place.options).read_bytes("index.html")


def test_labels_that_azure_has_no_room_for_are_left_out(place: Place, client: Any) -> None:
    labels = {f"k{number}": "v" * 90 for number in range(200)}
    record = RECORD.changed(labels=labels)
    options = replace(place.options, stills=False)
    archive_video(MemorySource(CLIP), record, destination=place.destination, options=options)
    kept = client.get_blob_client("clips/video_1/video.mp4").get_blob_properties().metadata
    assert "label_k0" in kept and "label_k199" not in kept
    assert sum(len(name) + len(text) for name, text in kept.items()) <= 8 << 10


def test_a_part_of_an_object_and_a_copy_within_the_store(place: Place) -> None:
    check_copy_and_range(open_store(place.destination, place.options))


def test_a_copy_meets_a_name_that_was_taken_at_the_last_moment(place: Place, client: Any) -> None:
    store: Any = open_store(place.destination, place.options)
    store.put_bytes("a.txt", b"mine", content_type="text/plain", metadata={"source-id": "v"})
    client.upload_blob("clips/b.txt", b"theirs")
    store._fs.exists = lambda path: False  # as it was a moment before
    try:
        with pytest.raises(NameTakenError):
            store.copy("a.txt", "b.txt", content_type="text/plain", metadata={"source-id": "v"})
    finally:
        del store._fs.exists
    assert store.read_bytes("b.txt") == b"theirs"


def test_an_approved_clip_is_copied_and_taken_back(place: Place) -> None:
    root = place.destination.removesuffix("/clips")
    result = archive_video(
        MemorySource(CLIP), RECORD, destination=f"{root}/unreviewed/d/2026/11/26/0900-x", options=place.options
    )
    kept = open_place(str(result.record.receipt_uri), place.options)
    count = promote(kept, decide(kept, "approved")).copied
    assert count == len(list(open_store(root, place.options).list("approved/"))) == 5
    assert {finding.problem for finding in verify(root, place.options)} == {None}
    assert withdraw_copy(kept, decide(kept, "withdrawn", why="licence")) == count
    assert list(open_store(root, place.options).list("approved/")) == []


def test_what_earlier_versions_kept_beside_a_blob_is_read(place: Place, client: Any) -> None:
    store: Any = open_store(place.destination, place.options)
    client.upload_blob("clips/video_1/video.mp4", CLIP)
    side = {"content_type": "video/mp4", "metadata": object_metadata(RECORD, "video"), "size": len(CLIP)}
    write_side(store._fs, store._path("video_1/video.mp4"), side)
    options = replace(place.options, stills=False)
    source = MemorySource(CLIP)
    archive_video(source, RECORD, destination=place.destination, options=options)
    assert source.opened == [], "it is known as ours and not fetched again"
    store.delete("video_1/video.mp4")
    assert [blob.name for blob in client.list_blobs()] == ["clips/video_1/receipt.json"], "the hidden one went with it"


def test_the_place_is_checked(place: Place, client: Any) -> None:
    open_store(place.destination, place.options).check()
    assert list(client.list_blobs()) == []
    with pytest.raises(ConfigurationError, match="does not exist"):
        open_store("abfs://no-such-container/p", place.options).check()


def test_a_key_that_is_refused_is_the_connections_fault(
    place: Place, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "bm90IHRoZSBrZXk="
    text = f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={wrong};"
    extra = {"connection_string": f"{text}BlobEndpoint={server}/devstoreaccount1;"}
    monkeypatch.setenv("AIRFLOW_CONN_WRONG_KEY", json.dumps({"conn_type": "azure_data_lake", "extra": extra}))
    options = replace(place.options, storage_conn_id="wrong_key")
    with pytest.raises(ConfigurationError, match="HTTP 403") as caught:
        archive_video(MemorySource(CLIP), RECORD, destination=place.destination, options=options)
    assert wrong not in str(caught.value)


def test_a_signed_address_is_read_by_anybody(place: Place) -> None:
    store = open_store(place.destination, place.options)
    store.put_bytes("a.txt", b"shown", content_type="text/plain", metadata={})
    address = store.signed_address("a.txt", 60)
    assert address is not None and "sig=" in address
    with urlopen(address, timeout=10) as answer:
        assert answer.read() == b"shown"
