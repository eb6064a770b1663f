from __future__ import annotations

import errno
import fcntl
import os
import resource
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.exceptions import (
    ArchiveError,
    ConfigurationError,
    ContentError,
    CorruptObjectError,
    ForeignObjectError,
)
from airflow_provider_sora.media import stills
from airflow_provider_sora.pages.index.building import write_index
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.folders import files, local
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4, sample_picture

RECORD = VideoRecord(
    "video_1", base_url="http://render:1/v1", status="completed", completed_at="2026-11-22T01:02:00+00:00"
)
CLIP = sample_mp4()
NO_STILLS = ArchiveOptions(stills=False)


def visible(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".meta.json"))


def test_a_second_call_moves_nothing(tmp_path: Path) -> None:
    source = MemorySource(CLIP)
    first = archive_video(source, RECORD, destination=f"file://{tmp_path}/clips")
    again = archive_video(source, RECORD, destination=f"file://{tmp_path}/clips")
    assert visible(tmp_path) == ["receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4"]
    assert first.bytes_fetched == len(CLIP)
    assert (again.bytes_stored, again.bytes_fetched) == (0, 0)
    assert again.receipt == first.receipt
    assert again.record == first.record
    assert (tmp_path / "clips/video_1/video.mp4").read_bytes() == CLIP
    assert len([v for v, _ in source.opened if v is None]) == 1


def test_the_servers_own_stills_are_kept_and_a_whole_video_is_no_still(tmp_path: Path) -> None:
    webp = sample_picture()
    source = MemorySource(CLIP, pictures={"thumbnail": ("image/webp", webp), "spritesheet": ("video/mp4", CLIP)})
    objects = archive_video(source, RECORD, destination=f"file://{tmp_path}").receipt["objects"]
    assert (tmp_path / "video_1/thumbnail.webp").read_bytes() == webp
    assert objects["thumbnail"]["origin"] == "server"
    assert objects["spritesheet"]["origin"] == "made_from_video"


@pytest.mark.parametrize("lost", ["receipt.json", "thumbnail.webp"])
def test_an_interrupted_archive_is_finished_without_a_second_download(tmp_path: Path, lost: str) -> None:
    source = MemorySource(CLIP)
    first = archive_video(source, RECORD, destination=f"file://{tmp_path}")
    (tmp_path / "video_1/receipt.json").unlink()
    (tmp_path / "video_1" / lost).unlink(missing_ok=True)
    again = archive_video(source, RECORD, destination=f"file://{tmp_path}")
    assert again.bytes_fetched == 0
    assert again.receipt["objects"]["video"] == first.receipt["objects"]["video"]
    assert again.media == first.media


def test_a_foreign_file_is_never_touched(tmp_path: Path) -> None:
    target = tmp_path / "video_1/video.mp4"
    target.parent.mkdir()
    target.write_bytes(b"somebody's")
    with pytest.raises(ForeignObjectError, match="was not stored by this provider"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}")
    assert target.read_bytes() == b"somebody's"


def test_the_same_id_from_another_server_is_foreign(tmp_path: Path) -> None:
    archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}")
    other = RECORD.changed(base_url="http://other:1/v1")
    with pytest.raises(ForeignObjectError, match="render:1"):
        archive_video(MemorySource(CLIP), other, destination=f"file://{tmp_path}")


def test_a_receipt_whose_video_is_gone_is_told(tmp_path: Path) -> None:
    archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}")
    (tmp_path / "video_1/video.mp4").unlink()
    with pytest.raises(ArchiveError, match="is gone"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}")


@pytest.mark.parametrize("announce", [True, False])
def test_a_cut_video_leaves_nothing(tmp_path: Path, announce: bool) -> None:
    with pytest.raises(ContentError):
        archive_video(MemorySource(CLIP[:-10], announce=announce), RECORD, destination=f"file://{tmp_path}")
    assert visible(tmp_path) == []


def test_without_a_length_the_video_is_stored_whole(tmp_path: Path) -> None:
    archive_video(MemorySource(CLIP, announce=False), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    assert (tmp_path / "video_1/video.mp4").read_bytes() == CLIP


def test_many_writers_leave_one_file(tmp_path: Path) -> None:
    data = grown(CLIP, 2_000_000)

    def one(_: int) -> str:
        result = archive_video(MemorySource(data), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
        return result.receipt["objects"]["video"]["sha256"]

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(one, range(6)))) == 1
    assert visible(tmp_path) == ["receipt.json", "video.mp4"]


@pytest.mark.parametrize("synced", [0, 1], ids=["video", "what lies beside it"])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: int) -> None:
    room = iter(range(synced))

    def full(handle: int) -> None:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ArchiveError, match="disk is full"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [(errno.ENOSPC, ArchiveError, "the disk is full"), (errno.EACCES, ConfigurationError, "Not allowed to write")],
)
def test_a_page_that_cannot_be_replaced_is_told_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception], said: str
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    write_index(f"file://{tmp_path}", title="before")
    monkeypatch.setattr(files.os, "fsync", refuse)
    with pytest.raises(error, match=f"{said}.*It is as it was, and no video or receipt"):
        write_index(f"file://{tmp_path}", title="after")
    assert "before" in (tmp_path / "index.html").read_text()
    assert visible(tmp_path) == ["index.html", "index.json"]


def test_without_hard_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*args: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", no_links)
    store = open_store(f"file://{tmp_path}")
    store.put_bytes("a/b.txt", b"one", content_type="text/plain", metadata={"k": "v"})
    with pytest.raises(NameTakenError):
        store.put_bytes("a/b.txt", b"two", content_type="text/plain", metadata={})
    found = store.look("a/b.txt")
    assert found is not None
    assert (store.read_bytes("a/b.txt"), found.metadata) == (b"one", {"k": "v"})


def test_a_power_cut_loses_no_proof_of_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    monkeypatch.setattr(files.os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 4
    assert all(path.stat().st_ino in synced for path in written)


def test_only_what_was_seen_is_replaced(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    first = store.replace("index.json", b"1", content_type="application/json", expected=None)
    store.replace("index.json", b"2", content_type="application/json", expected=first)
    for expected in (None, first):
        with pytest.raises(NameTakenError):
            store.replace("index.json", b"3", content_type="application/json", expected=expected)
    assert store.read_bytes("index.json") == b"2"


def test_what_a_killed_writer_left_is_cleared_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    dead, alive = tmp_path / ".a.txt.aa.part", tmp_path / ".b.txt.bb.part"
    for part in (dead, alive):
        part.write_bytes(b"x")
    with alive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        open_store(f"file://{tmp_path}").put_bytes("b.txt", b"one", content_type="text/plain", metadata={})
    assert visible(tmp_path) == [alive.name, "b.txt"]


def test_without_locks_age_decides_what_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(files.fcntl, "flock", no_locks)
    old, young = tmp_path / ".b.txt.aa.part", tmp_path / ".b.txt.bb.part"
    for part in (old, young):
        part.write_bytes(b"x")
    os.utime(old, (1, 1))
    open_store(f"file://{tmp_path}").put_bytes("b.txt", b"one", content_type="text/plain", metadata={})
    assert (old.exists(), young.exists()) == (False, True)


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """A real failure of the file system: a limit on the size of files, met in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, hard))
    try:
        with pytest.raises(ArchiveError, match="Could not write") as caught:
            archive_video(MemorySource(grown(CLIP, 8 << 20)), RECORD, destination=f"file://{tmp_path}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(caught.value.__cause__, OSError)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def interrupted_before_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As after a kill between the hidden companion and the file itself; returns the path that is still free."""

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(local, "publish", killed)
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    return tmp_path / "video_1/video.mp4"


def test_somebody_elses_file_is_not_ours_because_of_what_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = interrupted_before_the_link(tmp_path, monkeypatch)
    target.write_bytes(grown(CLIP, len(CLIP) + 100))
    with pytest.raises(ForeignObjectError):
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    changed = bytearray(CLIP)
    changed[-1] ^= 0xFF
    target.write_bytes(changed)
    with pytest.raises(CorruptObjectError, match="Remove that object"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    target.unlink()
    archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    assert target.read_bytes() == CLIP


def test_a_damaged_receipt_of_the_parent_stops_no_child(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    destination = f"file://{tmp_path}"
    archive_video(MemorySource(CLIP), RECORD, destination=destination, options=NO_STILLS)
    (tmp_path / "video_1/receipt.json").write_text("{")
    child = RECORD.changed(video_id="video_2", parent_id="video_1")
    result = archive_video(MemorySource(CLIP), child, destination=destination, options=NO_STILLS)
    assert result.receipt["parent_chain"] == ["video_1"]
    assert "names the parent only" in caplog.text


def test_no_room_for_a_temporary_copy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not-there"))
    with pytest.raises(ArchiveError, match="TMPDIR"):
        archive_video(MemorySource(CLIP, announce=False), RECORD, destination=f"file://{tmp_path}", options=NO_STILLS)
    assert visible(tmp_path) == []


def test_without_pyav_the_video_is_not_copied_for_stills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(local.LocalStore, "local_copy", lambda store, name: copied.append(name))
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(stills, "_warned", False)
    for name in ("a", "b"):
        result = archive_video(MemorySource(CLIP), RECORD, destination=f"file://{tmp_path / name}")
        assert result.receipt["objects"]["thumbnail"] is None
    assert copied == []
    assert caplog.text.count("PyAV is not installed") == 1


def test_the_place_is_checked_beforehand(tmp_path: Path) -> None:
    open_store(f"file://{tmp_path}/not/yet").check()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        open_store(f"file://{tmp_path}/file/below").check()
