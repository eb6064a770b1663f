"""Processes are stopped by their own ids, with what they started, and nobody else's."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from devtools.up import check_ports
from testbed.ports import free_port, is_free, wait_for
from testbed.processes import Child, StepError, note, noted, start, stop_noted, stopped_at_the_end

# Ignores a polite request, and has a child that does too.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print("up", flush=True)
time.sleep(600)
"""


def stubborn(folder: Path, name: str = "stubborn") -> tuple[Child, list[psutil.Process]]:
    child = start(name, [sys.executable, "-c", STUBBORN], log=folder / f"{name}.log", env=os.environ)
    while child.log.read_text().count("up") < 2:
        time.sleep(0.01)
    return child, [psutil.Process(child.process.pid), *psutil.Process(child.process.pid).children()]


def all_ended(processes: list[psutil.Process]) -> bool:
    for _ in range(500):
        # An orphan stays a zombie until somebody reaps it; it runs no more.
        if not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
            return True
        time.sleep(0.01)
    return False


def test_a_stubborn_family_is_ended(tmp_path: Path) -> None:
    child, family = stubborn(tmp_path)
    assert len(family) == 2
    child.stop(grace=0.1)
    assert all_ended(family) and not child.alive()


@pytest.mark.parametrize("how", [ValueError, KeyboardInterrupt, signal.SIGTERM])
def test_everything_ends_however_the_block_ends(tmp_path: Path, how: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Child.stop, "__defaults__", (0.1,))
    family: list[psutil.Process] = []
    with pytest.raises((ValueError, KeyboardInterrupt)), stopped_at_the_end() as children:
        child, family = stubborn(tmp_path)
        children.append(child)
        if how is signal.SIGTERM:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        else:
            raise how  # type: ignore[misc]
    assert all_ended(family)


def test_a_noted_process_is_found_and_stopped_by_a_later_command(tmp_path: Path) -> None:
    child, family = stubborn(tmp_path)
    note(child, tmp_path / "notes")
    assert noted(tmp_path / "notes") == {"stubborn": child.process.pid}
    assert stop_noted(tmp_path / "notes", grace=0.1) == ["stubborn"]
    child.process.wait()
    assert all_ended(family) and noted(tmp_path / "notes") == {}


def test_somebody_elses_process_of_the_same_id_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "old.pid").write_text(json.dumps({"pid": os.getpid(), "started": 12345.0}))
    assert stop_noted(tmp_path) == []
    assert list(tmp_path.glob("*.pid")) == []


def test_what_a_killed_leader_left_behind_ends_with_its_note(tmp_path: Path) -> None:
    child, family = stubborn(tmp_path)
    note(child, tmp_path / "notes")
    child.process.kill()
    child.process.wait()
    assert family[1].is_running() and family[1].status() != psutil.STATUS_ZOMBIE
    assert noted(tmp_path / "notes") == {}
    assert all_ended(family)


def test_what_a_leader_left_behind_that_nobody_has_reaped_ends_too(tmp_path: Path) -> None:
    child, family = stubborn(tmp_path)
    note(child, tmp_path / "notes")
    child.process.kill()
    while psutil.Process(child.process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert noted(tmp_path / "notes") == {}
    child.process.wait()
    assert all_ended(family)


def test_a_group_whose_leaders_id_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    child, family = stubborn(tmp_path)
    (tmp_path / "old.pid").write_text(json.dumps({"pid": child.process.pid, "started": 12345.0}))
    assert noted(tmp_path) == {} and list(tmp_path.glob("*.pid")) == []
    time.sleep(0.2)
    assert child.alive() and all(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)
    child.stop(grace=0.1)


def test_a_process_that_does_not_end_in_time_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Child.stop, "__defaults__", (0.1,))
    child, family = stubborn(tmp_path, "slow")
    with pytest.raises(StepError, match=r"slow did not end within 0\.1 s"):
        child.wait(0.1)
    assert all_ended(family)


def test_a_busy_port_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(StepError, match=rf"Port {port} \(airflow\) of 127.0.0.1 is in use"):
            check_ports({"airflow": port})
    assert is_free(free_port())


def test_waiting_ends_with_the_server(tmp_path: Path) -> None:
    child = start("gone", [sys.executable, "-c", "pass"], log=tmp_path / "log", env=os.environ)
    assert not wait_for(f"http://127.0.0.1:{free_port()}/", child.alive, timeout=60)
