"""The fault table: after each fault the object is right or absent, once, and a re-run moves nothing."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.copying import reader
from airflow_provider_sora.exceptions import (
    ArchiveError,
    ContentError,
    CorruptObjectError,
    SoraError,
    VideoExpiredError,
)
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.strict_gcs import StrictGcs
from tests.support.fault_proxy import FaultProxy, Seen, fault_proxy
from tests.support.http_content import Plan, content_server
from tests.support.media import grown, sample_mp4

DATA = grown(sample_mp4(), 18 << 20)
RECORD = VideoRecord(
    "video_1", base_url="http://render:1/v1", status="completed", completed_at="2026-11-22T01:02:00+00:00"
)
OPTIONS = ArchiveOptions(stills=False, retry_seconds=6, read_timeout=2)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_PAUSE", 0.01)


@pytest.fixture
def proxy(gcs_server: StrictGcs, gcs_bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with fault_proxy(gcs_server.url) as running:
        running.made = gcs_server.storage.made
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", running.url)
        yield running


def archive(conn_id: str, bucket: str, options: ArchiveOptions = OPTIONS) -> ArchiveResult:
    return archive_video(SoraHook(conn_id), RECORD, destination=f"gs://{bucket}", options=options)


def names(bucket: str) -> list[str]:
    client = storage.Client(project="t", credentials=AnonymousCredentials())
    return [blob.name for blob in client.list_blobs(bucket, versions=True)]


def generation(bucket: str) -> str:
    client = storage.Client(project="t", credentials=AnonymousCredentials())
    return str(client.bucket(bucket).get_blob("video_1/video.mp4").generation)


def content(bucket: str) -> bytes:
    client = storage.Client(project="t", credentials=AnonymousCredentials())
    return client.bucket(bucket).blob("video_1/video.mp4").download_as_bytes()


def assert_whole_and_done(url: str, bucket: str, plan: Plan, proxy: FaultProxy) -> None:
    """One generation of the right object, and a re-run that moves not a byte of content either way."""
    assert names(bucket) == ["video_1/receipt.json", "video_1/video.mp4"]
    assert content(bucket) == DATA
    assert [proxy.made[bucket, name] for name in names(bucket)] == [1, 1], "written once, not replaced by the same"
    served, uploaded = plan.served, proxy.uploaded
    again = archive(url, bucket)
    assert again.receipt["objects"]["video"]["generation"] == generation(bucket)
    assert (again.bytes_stored, again.bytes_fetched) == (0, 0)
    assert (plan.served, proxy.uploaded) == (served, uploaded)


HEALED: dict[str, Callable[[], Plan]] = {
    "no fault": lambda: Plan(DATA),
    "breaks half-way": lambda: Plan(DATA, break_at=[9_000_000]),
    "breaks three times": lambda: Plan(DATA, break_at=[1, 9_000_000, 9_000_001]),
    "breaks, and ignores ranges": lambda: Plan(DATA, break_at=[9_000_000], ranges=False),
    "stalls": lambda: Plan(DATA, stall_at=[5_000_000]),
    "503 twice": lambda: Plan(DATA, statuses=[503, 502]),
    "breaks, then 503": lambda: Plan(DATA, break_at=[9_000_000], statuses=[]),
    "redirects": lambda: Plan(DATA, redirect=True),
    "tells no length": lambda: Plan(DATA, announce=None),
}


@pytest.mark.parametrize("fault", HEALED)
def test_source_faults_are_healed(fault: str, gcs_bucket: str, proxy: FaultProxy) -> None:
    plan = HEALED[fault]()
    with content_server(plan) as url:
        archive(url, gcs_bucket)
        if plan.ranges and not plan.stall_at:
            # An answer that ends within its first 16 bytes, by which content is told from text, is asked for again.
            assert plan.served < len(DATA) + 3 * 16, "a resumed download fetches nothing twice"
        assert proxy.uploaded < len(DATA) + 10_000, "a fault of the source resends nothing to the store"
        assert_whole_and_done(url, gcs_bucket, plan, proxy)


REFUSED: dict[str, tuple[Callable[[], Plan], type[SoraError]]] = {
    "announces too much": (lambda: Plan(DATA, announce=1000), ContentError),
    "announces too little": (lambda: Plan(DATA, announce=-1000), ContentError),
    "sends HTML": (lambda: Plan(b"<html>sign in</html>", content_type="text/html"), ContentError),
    "sends HTML as a video": (lambda: Plan(b"<html>sign in</html>" * 99), ContentError),
    "sends JSON": (lambda: Plan(b'{"error": 1}', content_type="application/json"), ContentError),
    "sends a cut file of no told length": (lambda: Plan(DATA[:-1], announce=None), ContentError),
    "expired": (lambda: Plan(DATA, expire_after=0), VideoExpiredError),
    "expires midway": (lambda: Plan(DATA, break_at=[9_000_000], expire_after=1), VideoExpiredError),
    "always breaks": (lambda: Plan(DATA, break_at=[9_000_000] * 99), ContentError),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_no_whole_video_leaves_nothing(fault: str, gcs_bucket: str, proxy: FaultProxy) -> None:
    make, error = REFUSED[fault]
    with content_server(make()) as url, pytest.raises(error):
        archive(url, gcs_bucket)
    assert names(gcs_bucket) == []
    good = Plan(DATA)
    with content_server(good) as url:
        archive(url, gcs_bucket)
        assert_whole_and_done(url, gcs_bucket, good, proxy)


def test_an_expired_video_is_not_rendered_again_and_that_is_said(gcs_bucket: str) -> None:
    with content_server(Plan(DATA, expire_after=0)) as url, pytest.raises(VideoExpiredError, match="No second render"):
        archive(url, gcs_bucket)


def starts(seen: Seen) -> bool:
    return "uploadType=resumable" in seen.path and not seen.is_part


def part(seen: Seen) -> bool:
    return seen.is_part


def last_part(seen: Seen) -> bool:
    return seen.is_last_part


def receipt(seen: Seen) -> bool:
    return "uploadType=multipart" in seen.path


SINK: dict[str, tuple[Callable[[Seen], bool], int | str, int]] = {
    "503 at the start": (starts, 503, 2),
    "429 in a chunk": (part, 429, 2),
    "503 in a chunk": (part, 503, 1),
    "503 at the last chunk": (last_part, 503, 1),
    "session gone (410)": (part, 410, 1),
    "session gone (404)": (last_part, 404, 1),
    "reset in a chunk": (part, "reset", 1),
    "reset at the last chunk": (last_part, "reset", 1),
    "stall in a chunk": (part, "stall", 1),
    "lost reply to a chunk": (part, "lose_reply", 1),
    "lost reply to the last chunk": (last_part, "lose_reply", 1),
    "cut reply to the last chunk": (last_part, "cut_reply", 1),
    "corrupted last chunk": (last_part, "corrupt", 1),
    "corrupted first chunk": (part, "corrupt", 1),
    "503 for the receipt": (receipt, 503, 1),
    "lost reply to the receipt": (receipt, "lose_reply", 1),
    "cut reply to the receipt": (receipt, "cut_reply", 1),
}


@pytest.mark.parametrize("fault", SINK)
def test_store_faults_end_in_one_right_object(fault: str, gcs_bucket: str, proxy: FaultProxy) -> None:
    proxy.fault(*SINK[fault])
    plan = Plan(DATA)
    with content_server(plan) as url:
        archive(url, gcs_bucket)
        assert plan.served <= 2 * len(DATA)
        assert_whole_and_done(url, gcs_bucket, plan, proxy)


@pytest.mark.parametrize("action", [503, "reset", "corrupt"])
def test_a_store_that_stays_down_leaves_nothing(action: int | str, gcs_bucket: str, proxy: FaultProxy) -> None:
    proxy.fault(part, action, 10_000)
    plan = Plan(DATA)
    with content_server(plan) as url:
        with pytest.raises(ArchiveError, match="no second render"):
            archive(url, gcs_bucket, ArchiveOptions(stills=False, retry_seconds=1, read_timeout=2))
        proxy.rules.clear()
        assert names(gcs_bucket) == []
        archive(url, gcs_bucket)
        assert_whole_and_done(url, gcs_bucket, plan, proxy)


def deletion(seen: Seen) -> bool:
    return seen.method == "DELETE"


def test_wrong_bytes_that_the_store_took_are_removed_and_sent_again(gcs_bucket: str, proxy: FaultProxy) -> None:
    proxy.fault(last_part, "corrupt_unseen", 1)
    plan = Plan(DATA)
    with content_server(plan) as url:
        archive(url, gcs_bucket)
        assert content(gcs_bucket) == DATA
        assert proxy.made[gcs_bucket, "video_1/video.mp4"] == 2
        assert generation(gcs_bucket) == archive(url, gcs_bucket).receipt["objects"]["video"]["generation"]


def test_wrong_bytes_that_may_not_be_removed_are_never_taken_for_the_video(gcs_bucket: str, proxy: FaultProxy) -> None:
    proxy.fault(last_part, "corrupt_unseen", 1)
    proxy.fault(deletion, 403, 9)  # the recommended roles hold no right to delete
    plan = Plan(DATA)
    with content_server(plan) as url:
        with pytest.raises(CorruptObjectError, match="Remove that object") as caught:
            archive(url, gcs_bucket)
        assert caught.value.never_retry, "a retry would find the object and take it for a finished one"
        assert names(gcs_bucket) == ["video_1/video.mp4"]
        proxy.rules.clear()
        client = storage.Client(project="t", credentials=AnonymousCredentials())
        client.bucket(gcs_bucket).blob("video_1/video.mp4").delete()
        archive(url, gcs_bucket)
        assert content(gcs_bucket) == DATA


def test_the_address_of_an_upload_is_not_told(
    gcs_bucket: str, proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever knows it may finish the upload."""
    proxy.fault(part, "reset", 1)
    proxy.fault(last_part, 410, 9)
    with (
        caplog.at_level(logging.DEBUG),
        content_server(Plan(DATA)) as url,
        pytest.raises(ArchiveError, match="410") as caught,
    ):
        archive(url, gcs_bucket)
    sessions = {seen.path.partition("upload_id=")[2] for seen in proxy.seen if seen.is_part}
    ours = [record for record in caplog.records if not record.name.startswith("gcp_storage_emulator")]
    told = "".join([*traceback.format_exception(caught.value), *(record.getMessage() for record in ours)])
    assert any(record.name == "urllib3.connectionpool" for record in ours)
    assert sessions and not any(session in told for session in sessions)


def test_kill_half_way_leaves_nothing_and_the_next_try_finishes(
    gcs_bucket: str, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.fault(last_part, "stall", 1)
    plan = Plan(DATA)
    script = tmp_path / "one.py"
    script.write_text(
        textwrap.dedent("""
        import sys
        from tests.integration.archive.test_faults import archive
        archive(sys.argv[1], sys.argv[2])
        """)
    )
    with content_server(plan) as url:
        root = Path(__file__).parents[3]
        environment = {**os.environ, "PYTHONPATH": str(root), "STORAGE_EMULATOR_HOST": proxy.url}
        process = subprocess.Popen([sys.executable, str(script), url, gcs_bucket], cwd=root, env=environment)
        try:
            deadline = time.monotonic() + 60
            while not any(seen.is_last_part for seen in proxy.seen):
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert names(gcs_bucket) == []
        archive(url, gcs_bucket)
        assert_whole_and_done(url, gcs_bucket, plan, proxy)
