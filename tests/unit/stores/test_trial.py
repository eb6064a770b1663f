"""Before paying, a place is tried by writing: root's rights, a read-only and a full disk fool every other question."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.stores.open import open_store

_CHECK = """
import sys
from airflow_provider_sora.stores.open import open_store
try:
    open_store(sys.argv[1]).check()
except Exception as error:
    print(type(error).__name__, error)
else:
    print("can be written")
"""


def on_a_disk(options: str, folder: Path) -> str:
    """What the check says of a disk of its own, mounted for this one process, in which it is root."""
    script = f'mount -t tmpfs -o {options} disk "$1" && exec "$2" -c "$3" "file://$1/clips"'
    argv = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(folder), sys.executable, _CHECK]
    if not shutil.which("unshare"):
        pytest.skip("unshare(1) is not installed: no disk of the test's own can be mounted")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"this system lets nobody mount a disk in a namespace of its own: {done.stderr.strip()}")
    return done.stdout.strip() or done.stderr


def test_a_read_only_disk_is_found_though_root_asks(tmp_path: Path) -> None:
    said = on_a_disk("ro", tmp_path)
    assert said.startswith("ConfigurationError")
    assert "Read-only file system" in said
    assert "Nothing was stored. Nothing was paid. Next:" in said


def test_a_full_disk_is_found_and_may_be_empty_later(tmp_path: Path) -> None:
    said = on_a_disk("size=64k", tmp_path)
    assert said.startswith("ArchiveError")
    assert "No space left" in said
    assert "Nothing was stored. Nothing was paid. Next: make room" in said
    assert on_a_disk("size=4m", tmp_path) == "can be written"


def test_a_place_that_only_looks_like_a_folder_is_found() -> None:
    assert os.access("/proc", os.W_OK | os.X_OK) or os.geteuid(), "root is told that it may write there"
    with pytest.raises(ConfigurationError, match=r"Nothing was stored. Nothing was paid\. Next:") as caught:
        open_store("file:///proc/clips").check()
    assert caught.value.never_retry


def test_a_trial_leaves_nothing_however_many_try_at_once(tmp_path: Path) -> None:
    place = open_store(f"file://{tmp_path}/not/yet")
    failed: list[BaseException] = []

    def attempt() -> None:
        try:
            place.check()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert list(tmp_path.rglob("*")) == []


def test_an_io_error_is_not_called_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(ArchiveError, match="now") as caught:
        open_store(f"file://{tmp_path}").check()
    assert not caught.value.never_retry
