"""The real google-cloud-storage client against the strict emulator."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import google.auth.exceptions
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, ContentError, ForeignObjectError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.google import gcs
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.strict_gcs import StrictGcs
from tests.support.content import MemorySource
from tests.support.fault_proxy import fault_proxy
from tests.support.media import grown, sample_mp4

CLIP = sample_mp4()
LARGE = grown(CLIP, 20 << 20)
RECORD = VideoRecord(
    "video_1",
    base_url="http://render:1/v1",
    parent_id="video_0",
    status="completed",
    completed_at="2026-11-22T01:02:00+00:00",
    labels={"brand": "ナイキ", "desk": "news"},
)
NO_STILLS = ArchiveOptions(stills=False)


def client() -> storage.Client:
    return storage.Client(project="t", credentials=AnonymousCredentials())


@pytest.mark.parametrize("data", [CLIP, LARGE], ids=["one request", "a session"])
def test_a_video_and_all_about_it_lies_in_the_bucket(gcs_bucket: str, data: bytes) -> None:
    result = archive_video(MemorySource(data), RECORD, destination=f"gs://{gcs_bucket}/news/2026")
    blobs = {blob.name: blob for blob in client().list_blobs(gcs_bucket)}
    assert sorted(blobs) == [
        f"news/2026/video_1/{name}" for name in ("receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4")
    ]
    video = client().bucket(gcs_bucket).get_blob("news/2026/video_1/video.mp4")
    assert blobs[video.name].download_as_bytes() == data
    assert video.content_type == "video/mp4"
    assert video.cache_control == "private, max-age=0, no-transform"
    assert video.content_disposition == 'attachment; filename="video_1.mp4"'
    assert video.custom_time.isoformat() == RECORD.completed_at
    assert video.metadata["source-id"] == "video_1"
    assert video.metadata["source-server"] == "render:1"
    assert video.metadata["parent-id"] == "video_0"
    assert video.metadata["label-desk"] == "news"
    assert video.metadata["label-brand"].isascii()
    entry = result.receipt["objects"]["video"]
    assert (entry["generation"], entry["crc32c"]) == (str(video.generation), video.crc32c)
    assert result.record.uri == f"gs://{gcs_bucket}/news/2026/video_1/video.mp4"


def test_a_second_call_moves_nothing(gcs_bucket: str) -> None:
    source = MemorySource(LARGE)
    first = archive_video(source, RECORD, destination=f"gs://{gcs_bucket}")
    again = archive_video(source, RECORD, destination=f"gs://{gcs_bucket}")
    assert (again.bytes_stored, again.bytes_fetched) == (0, 0)
    assert again.receipt == first.receipt


def test_a_kept_video_without_receipt_is_finished_from_the_bucket(gcs_bucket: str) -> None:
    source = MemorySource(LARGE)
    first = archive_video(source, RECORD, destination=f"gs://{gcs_bucket}")
    bucket = client().bucket(gcs_bucket)
    for name in ("receipt.json", "spritesheet.jpg"):
        bucket.blob(f"video_1/{name}").delete()
    again = archive_video(source, RECORD, destination=f"gs://{gcs_bucket}")
    assert again.bytes_fetched == 0
    assert again.receipt["objects"]["video"] == first.receipt["objects"]["video"]


def test_a_foreign_object_is_never_touched(gcs_bucket: str) -> None:
    blob = client().bucket(gcs_bucket).blob("video_1/video.mp4")
    blob.upload_from_string(b"somebody's")
    before = blob.generation
    with pytest.raises(ForeignObjectError, match="no second render"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"gs://{gcs_bucket}")
    blob.reload()
    assert blob.generation == before


def test_a_foreign_object_that_appears_meanwhile_is_kept(gcs_bucket: str) -> None:
    class Late(MemorySource):
        def open_content(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            client().bucket(gcs_bucket).blob("video_1/video.mp4").upload_from_string(b"somebody's")
            return super().open_content(*args, **kwargs)

    with pytest.raises(ForeignObjectError):
        archive_video(Late(LARGE), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    assert client().bucket(gcs_bucket).blob("video_1/video.mp4").download_as_bytes() == b"somebody's"


def test_two_workers_at_once_leave_one_generation(gcs_bucket: str, gcs_server: StrictGcs) -> None:
    def one(_: int) -> tuple[str, str]:
        result = archive_video(MemorySource(LARGE), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
        video = result.receipt["objects"]["video"]
        return video["generation"], video["sha256"]

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(one, range(3)))) == 1
    made = {name: times for (bucket, name), times in gcs_server.storage.made.items() if bucket == gcs_bucket}
    assert made == {"video_1/video.mp4": 1, "video_1/receipt.json": 1}


def test_a_cut_video_leaves_nothing(gcs_bucket: str) -> None:
    for source in (MemorySource(LARGE[:-10]), MemorySource(LARGE[:-10], announce=False), MemorySource(LARGE, lie=-5)):
        with pytest.raises(ContentError):
            archive_video(source, RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    assert list(client().list_blobs(gcs_bucket)) == []


def test_without_a_length_the_video_is_stored_whole(gcs_bucket: str) -> None:
    archive_video(MemorySource(LARGE, announce=False), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    assert client().bucket(gcs_bucket).blob("video_1/video.mp4").download_as_bytes() == LARGE


KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"


@pytest.mark.parametrize("data", [CLIP, LARGE], ids=["one request", "a session"])
def test_key_class_and_payer_are_asked_for(
    gcs_bucket: str, gcs_server: StrictGcs, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    options = ArchiveOptions(storage_class="NEARLINE", cache_control="no-store", kms_key_name=KEY, user_project="payer")
    with fault_proxy(gcs_server.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        archive_video(MemorySource(data), RECORD, destination=f"gs://{gcs_bucket}", options=options)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    starts = [seen for seen in proxy.seen if seen.method == "POST" and "upload_id=" not in seen.path]
    assert len(starts) == 4, "video, two stills and the receipt"
    assert all(f"kmsKeyName={quote(KEY, safe='')}" in seen.path for seen in starts)
    # The library looks at the bucket by itself, for its own telemetry, and names no payer there.
    ours = [seen for seen in proxy.seen if "/o" in seen.path]
    assert len(ours) > len(starts) and all("userProject=payer" in seen.path for seen in ours)
    for blob in client().list_blobs(gcs_bucket):
        assert (blob.storage_class, blob.cache_control) == ("NEARLINE", "no-store")


def test_a_video_replaced_by_another_of_its_size_is_not_called_archived(gcs_bucket: str) -> None:
    archive_video(MemorySource(LARGE), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    client().bucket(gcs_bucket).blob("video_1/video.mp4").upload_from_string(bytes(len(LARGE)))
    with pytest.raises(ArchiveError, match="is another file now"):
        archive_video(MemorySource(LARGE), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)


def test_a_time_that_is_none_is_no_custom_time(gcs_bucket: str) -> None:
    record = RECORD.changed(completed_at="some time ago")
    archive_video(MemorySource(CLIP), record, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    video = client().bucket(gcs_bucket).get_blob("video_1/video.mp4")
    assert (video.custom_time, video.metadata["completed-at"]) == (None, "some time ago")


@pytest.mark.parametrize("status", [429, 503])
def test_an_outage_of_googles_identity_service_is_no_verdict_on_the_credentials(
    gcs_bucket: str, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")

    class Down(AnonymousCredentials):
        """What impersonated credentials raise when the service that signs for them answers 429 or 503."""

        def before_request(self, *args: object, **kwargs: object) -> None:
            raise google.auth.exceptions.RefreshError("Unable to acquire impersonated credentials", str(status))

    monkeypatch.setattr(gcs, "storage_client", lambda options: storage.Client(project="t", credentials=Down()))
    with pytest.raises(ArchiveError, match=str(status)) as caught:
        archive_video(MemorySource(CLIP), RECORD, destination=f"gs://{gcs_bucket}", options=NO_STILLS)
    assert not caught.value.never_retry


def test_a_missing_bucket_is_named_before_anything_is_fetched(gcs_bucket: str) -> None:
    for data in (CLIP, LARGE):
        with pytest.raises(ConfigurationError, match="'no-such-bucket' does not exist"):
            archive_video(MemorySource(data), RECORD, destination="gs://no-such-bucket/p", options=NO_STILLS)
    with pytest.raises(ConfigurationError, match="'no-such-bucket' does not exist"):
        open_store("gs://no-such-bucket/p").check()
    open_store(f"gs://{gcs_bucket}/p").check()


def test_a_tampered_object_is_found_however_well_it_was_forged(
    gcs_bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"gs://{gcs_bucket}/clips"
    archive_video(MemorySource(CLIP), RECORD, destination=place)
    assert main(["verify", place]) == 0
    assert "1 videos, 4 objects" in capsys.readouterr().out
    bucket = client().bucket(gcs_bucket)
    kept = bucket.get_blob("clips/video_1/video.mp4")
    forged = bucket.blob(kept.name)
    forged.metadata = kept.metadata
    forged.upload_from_string(CLIP[:-1] + bytes([CLIP[-1] ^ 1]), content_type="video/mp4")
    replaced = f"was replaced: generation {forged.generation}, the receipt says {kept.generation}"
    assert _problems(place, capsys) == [replaced]
    _forge(bucket, "generation", str(forged.generation))
    assert _problems(place, capsys) == [f"crc32c is {forged.crc32c}, the receipt says {kept.crc32c}"]
    _forge(bucket, "crc32c", forged.crc32c)
    assert main(["verify", place, "--quick"]) == 0, "all that the store states matches now; reading does not"
    capsys.readouterr()
    assert _problems(place, capsys)[0].startswith("was changed: sha256 is ")


def _problems(place: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["verify", place]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD")]
    assert all(line.startswith(f"BAD  {place}/video_1/video.mp4: ") for line in lines)
    return [line.partition("video.mp4: ")[2] for line in lines]


def _forge(bucket: storage.Bucket, key: str, value: str) -> None:
    """Put another value for the video into its receipt."""
    blob = bucket.blob("clips/video_1/receipt.json")
    receipt = json.loads(blob.download_as_bytes())
    receipt["objects"]["video"][key] = value
    blob.upload_from_string(json.dumps(receipt), content_type="application/json")


def test_a_video_under_another_id_is_found_by_its_metadata(gcs_bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"gs://{gcs_bucket}"
    archive_video(MemorySource(CLIP), RECORD, destination=place, options=NO_STILLS)
    blob = client().bucket(gcs_bucket).get_blob("video_1/video.mp4")
    blob.metadata = {**blob.metadata, "source-id": "video_2"}
    blob.patch()
    assert main(["verify", place, "--quick"]) == 1
    assert "video_id: says 'video_1', the video's metadata 'video_2'" in capsys.readouterr().out


def test_only_what_was_seen_is_replaced(gcs_bucket: str) -> None:
    store = open_store(f"gs://{gcs_bucket}/p")
    first = store.replace("index.json", b"1", content_type="application/json", expected=None)
    store.replace("index.json", b"2", content_type="application/json", expected=first)
    for expected in (None, first):
        with pytest.raises(NameTakenError):
            store.replace("index.json", b"3", content_type="application/json", expected=expected)
    assert store.read_bytes("index.json") == b"2"
    assert [found.name for found in store.list()] == ["index.json"]


def test_the_trial_asks_for_an_upload_and_leaves_neither_object_nor_session(
    gcs_server: StrictGcs, gcs_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import requests

    sent: list[tuple[str, str, int]] = []
    send = requests.Session.request

    def noted(session: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
        answer = send(session, method, url, **more)
        sent.append((method, url.partition("?")[0].removeprefix(gcs_server.url), answer.status_code))
        return answer

    monkeypatch.setattr(requests.Session, "request", noted)
    open_store(f"gs://{gcs_bucket}/p").check()
    # The library may look at the bucket from a thread of its own at the same time.
    begun, dropped = [call for call in sent if call[1] != f"/storage/v1/b/{gcs_bucket}"][-2:]
    assert begun == ("POST", f"/upload/storage/v1/b/{gcs_bucket}/o", 200)
    assert dropped[0] == "DELETE"
    assert dropped[2] == 499, "Cloud Storage's word for a session that is cancelled"
    assert list(open_store(f"gs://{gcs_bucket}").list()) == []


@pytest.mark.parametrize(("status", "error"), [(403, ConfigurationError), (503, ArchiveError)])
def test_a_store_that_takes_no_upload_is_found_before_paying(
    gcs_bucket: str, status: int, error: type[ArchiveError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permissions are all granted, as they are where a key for encryption is missing or a perimeter closes."""
    import requests

    send = requests.Session.request

    def closed(session: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
        answer = send(session, method, url, **more)
        if "uploadType=resumable" in url:
            answer.status_code, answer._content = status, b'{"error": {"message": "no"}}'
        return answer

    monkeypatch.setattr(requests.Session, "request", closed)
    with pytest.raises(error) as caught:
        open_store(f"gs://{gcs_bucket}/p", ArchiveOptions(retry_seconds=0.5)).check()
    assert "paid for" not in str(caught.value)
    assert type(caught.value.never_retry) is bool
    assert caught.value.never_retry == (status == 403)
    assert "upload_id" not in str(caught.value)
