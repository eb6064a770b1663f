"""The fault table, the same rows on every kind of store: after a fault the clip is there, whole and once, or nothing
is; what was paid for is never lost, and the next try finishes. ``make test-s3`` and ``make test-azure`` bring theirs.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.copying import reader
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, ContentError, ForeignObjectError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.record import VideoRecord
from testbed.strict_gcs import StrictGcs
from tests.support.content import MemorySource
from tests.support.http_content import Plan, content_server
from tests.support.media import grown, sample_mp4
from tests.support.object_stores import (
    Place,
    azure_place,
    azurite,
    disk,
    disk_place,
    fresh_name,
    gcs_place,
    moto,
    s3_place,
)

DATA = grown(sample_mp4(), 18 << 20)
RECORD = VideoRecord("video_1", base_url="http://render:1/v1", status="completed", labels={"brand": "ナ"})
VIDEO, RECEIPT = "clips/video_1/video.mp4", "clips/video_1/receipt.json"
KINDS = ("gs", "s3", "abfs", "file")
REMOTE = KINDS[:3]


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[str], Any]]:
    """One server of a kind for the whole table, started when its first row needs it."""
    makers: dict[str, Callable[[], Any]] = {"gs": StrictGcs, "s3": moto, "abfs": azurite}
    running: dict[str, Any] = {}
    with ExitStack() as stack:

        def server(kind: str) -> Any:
            if kind not in running:
                running[kind] = stack.enter_context(makers[kind]())
            return running[kind]

        yield server


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest,
    servers: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Place]:
    kind: str = request.param
    monkeypatch.setattr(reader, "_PAUSE", 0.01)
    makers: dict[str, Any] = {"gs": gcs_place, "s3": s3_place, "abfs": azure_place}
    opened = disk_place(tmp_path / "disk") if kind == "file" else makers[kind](servers(kind), fresh_name(kind))
    if kind == "abfs":
        from azure.storage.blob._shared.policies_async import ExponentialRetry

        # Its pauses, 15 s and more, are not what is looked at here.
        monkeypatch.setattr(ExponentialRetry, "get_backoff_time", lambda self, settings: 0.05)
    with opened as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        made.options = replace(made.options, stills=False)
        yield made


remote = pytest.mark.parametrize("place", REMOTE, indirect=True)


def archive(place: Place, source: Any = None) -> ArchiveResult:
    return archive_video(source or MemorySource(DATA), RECORD, destination=place.destination, options=place.options)


def visible(place: Place) -> dict[str, bytes]:
    return {name: data for name, data in place.found().items() if not name.rpartition("/")[2].startswith(".")}


def companions(place: Place) -> list[str]:
    return sorted(name for name in place.found() if name.rpartition("/")[2].startswith("."))


def assert_whole_once_and_done(place: Place) -> None:
    """The right video with its receipt and nothing else; another try fetches and stores not a byte."""
    found = visible(place)
    assert sorted(found) == [RECEIPT, VIDEO]
    assert found[VIDEO] == DATA
    assert companions(place) == ([f"clips/video_1/.{n}.meta.json" for n in ("receipt.json", "video.mp4")]
                                 if place.kind == "file" else [])  # fmt: skip
    source = MemorySource(DATA)
    again = archive(place, source)
    assert (again.bytes_stored, again.bytes_fetched, source.opened) == (0, 0, [])
    assert [finding.problem for finding in verify(place.destination, place.options)] == [None, None]


def test_without_a_fault(place: Place) -> None:
    archive(place)
    assert_whole_once_and_done(place)


def test_the_download_breaks(place: Place) -> None:
    source = MemorySource(DATA, breaks=[9_000_000, 9_000_001])
    archive(place, source)
    assert [offset for _, offset in source.opened] == [0, 9_000_000, 9_000_001]
    assert_whole_once_and_done(place)


def test_the_download_never_ends(place: Place) -> None:
    with pytest.raises(ContentError, match="no second render"):
        archive(place, MemorySource(DATA, breaks=[9_000_000] * 99))
    assert place.found() == {}, "hidden objects count too"
    archive(place)
    assert_whole_once_and_done(place)


@remote
@pytest.mark.parametrize("where", ["part", "last", "receipt"])
@pytest.mark.parametrize("action", ["reset", 503, "lose_reply"])
def test_one_request_fails(action: int | str, where: str, place: Place) -> None:
    assert place.proxy is not None
    place.proxy.fault(getattr(place, where), action)
    source = MemorySource(DATA)
    archive(place, source)
    assert place.proxy.rules[0].times == 0, "the fault was met"
    assert len(source.opened) <= 2
    assert_whole_once_and_done(place)


@pytest.mark.parametrize("place", ["s3", "abfs"], indirect=True)
@pytest.mark.parametrize("where", ["last", "receipt"])
def test_the_store_is_busy_with_another_write_of_that_name(where: str, place: Place) -> None:
    """409: S3 says so while two uploads end at the same moment, and neither need have won."""
    assert place.proxy is not None
    place.proxy.fault(getattr(place, where), 409)
    archive(place)
    assert place.proxy.rules[0].times == 0, "the fault was met"
    assert_whole_once_and_done(place)


@remote
@pytest.mark.parametrize("action", ["reset", 503])
def test_the_store_stays_down(action: int | str, place: Place) -> None:
    assert place.proxy is not None
    place.proxy.fault(place.part, action, 10_000)
    with pytest.raises(ArchiveError, match="no second render") as caught:
        archive(place)
    assert not caught.value.never_retry
    place.proxy.rules.clear()
    assert place.found() == {}
    archive(place)
    assert_whole_once_and_done(place)


@remote
def test_the_store_refuses(place: Place) -> None:
    assert place.proxy is not None
    place.proxy.fault(place.part, 403, 10_000)
    with pytest.raises(ConfigurationError, match=r"Not allowed to store .*no second render"):
        archive(place)
    place.proxy.rules.clear()
    assert place.found() == {}
    archive(place)
    assert_whole_once_and_done(place)


def test_the_name_is_somebody_elses(place: Place) -> None:
    from airflow_provider_sora.stores.open import open_store

    theirs = b"somebody's"
    store = open_store(place.destination, place.options)
    store.put_bytes("video_1/video.mp4", theirs, content_type="video/mp4", metadata={})
    with pytest.raises(ForeignObjectError, match="no second render"):
        archive(place)
    assert visible(place) == {VIDEO: theirs}


def test_two_workers_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(2, timeout=60)
    finish, calls = reader.ContentReader._finish, itertools.count()

    def together(self: Any) -> None:
        """Both have sent all but their last bytes when either goes on."""
        if next(calls) < 2:
            barrier.wait()
        finish(self)

    monkeypatch.setattr(reader.ContentReader, "_finish", together)
    with ThreadPoolExecutor(2) as pool:
        results = [done.result() for done in [pool.submit(archive, place), pool.submit(archive, place)]]
    monkeypatch.undo()
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    assert results[0].receipt == results[1].receipt, "one of them wrote it, the other read it"
    if place.proxy is not None:
        ended = sorted(seen.status for seen in place.proxy.seen if place.last(seen))
        assert len(ended) == 2 and ended[0] in (200, 201) and ended[1] in (409, 412), "one of the two was taken"
    assert_whole_once_and_done(place)


KILLED = """
import json, os, sys
from tests.integration.archive.test_fault_table import RECORD
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.stores.options import ArchiveOptions
archive_video(SoraHook(sys.argv[1]), RECORD, destination=sys.argv[2],
              options=ArchiveOptions(stills=False, storage_conn_id=sys.argv[3] or None))
"""


def test_the_worker_is_killed_half_way(place: Place, tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text(textwrap.dedent(KILLED))
    plan = Plan(DATA, stall_at=[12_000_000] if place.proxy is None else [])
    if place.proxy is not None:
        place.proxy.fault(place.last, "stall", 1)
    with content_server(plan) as conn_id:
        root = Path(__file__).parents[3]
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path}
        arguments = [conn_id, place.destination, place.options.storage_conn_id or ""]
        process = subprocess.Popen([sys.executable, str(script), *arguments], cwd=root, env=environment)
        try:
            until = time.monotonic() + 120
            while not _half_way(place, plan):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        plan.release.set()
        if place.proxy is not None:
            place.proxy.release.set()
            place.proxy.rules.clear()
        assert visible(place) == {}
        archive_video(SoraHook(conn_id), RECORD, destination=place.destination, options=place.options)
    assert_whole_once_and_done(place)


def _half_way(place: Place, plan: Plan) -> bool:
    if place.proxy is None:
        return any(len(data) > 8 << 20 for data in place.found().values())
    return any(place.last(seen) for seen in place.proxy.seen)


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_the_archives_disk_is_full(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    (folder / "ballast").write_bytes(bytes(50 << 20))
    with pytest.raises(ArchiveError, match=r"the disk is full\. .*no second render") as caught:
        archive(place)
    assert not caught.value.never_retry
    assert sorted(place.found()) == ["ballast"]
    (folder / "ballast").unlink()
    archive(place)
    assert_whole_once_and_done(place)


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_the_archives_disk_turns_read_only(place: Place, tmp_path: Path) -> None:
    """What 403 is elsewhere; a disk with errors is mounted so by the system itself."""
    folder = str(tmp_path / "disk")
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    with pytest.raises(ArchiveError, match="Read-only file system"):
        archive(place)
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
    assert place.found() == {}
    archive(place)
    assert_whole_once_and_done(place)


@remote
def test_the_workers_own_disk_is_full(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy there is made where the server does not say how long a video is."""
    import tempfile

    with disk(tmp_path / "scratch", 4) as scratch:
        monkeypatch.setattr(tempfile, "tempdir", str(scratch))
        with pytest.raises(ArchiveError, match=str(scratch)) as caught:
            archive(place, MemorySource(DATA, announce=False))
        assert not caught.value.never_retry
        assert list(scratch.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert place.found() == {}
    archive(place, MemorySource(DATA, announce=False))
    assert_whole_once_and_done(place)
