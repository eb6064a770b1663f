"""What keeps ``make up`` alive: a database that takes many writers, and a keeper that starts again what dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools import up
from testbed import cluster, keep, stack
from testbed.database import FEW_WRITERS, installed, settings_for
from testbed.keep import DEATHS, Keeper
from testbed.ports import free_port, is_free
from testbed.processes import note, noted, stop_noted
from testbed.stack import Ports, Service

SLEEPER = Service(
    "sleeper", (sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"), os.environ
)


def keep_until(keeper: Keeper, again: int) -> int:
    """Let it look until so many were started again; how many were."""
    found, deadline = 0, time.monotonic() + 30
    while found < again and time.monotonic() < deadline:
        found += len(keeper.look())
        time.sleep(0.02)
    return found


@pytest.mark.slow
def test_what_dies_is_said_and_started_again_with_longer_and_longer_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "_PAUSE", 0.1)
    child = SLEEPER.start(tmp_path)
    note(child, tmp_path)
    keeper = Keeper(tmp_path, [SLEEPER])
    try:
        assert keeper.look() == [], "it lives"
        pids = [child.process.pid]
        for _ in range(3):
            os.kill(pids[-1], signal.SIGKILL)
            if pids[-1] == child.process.pid:
                child.process.wait()
            assert keep_until(keeper, 1) == 1
            pids.append(noted(tmp_path)["sleeper"])
        assert len(set(pids)) == 4
        assert keeper._pauses["sleeper"] == pytest.approx(0.4), "each death that follows a start waits twice as long"
        told = (tmp_path / DEATHS).read_text()
        assert told.count("sleeper has died") == told.count("sleeper was started again") == 3
        deadline = time.monotonic() + 10
        while (tmp_path / "logs/sleeper.log").read_text().count("up") < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (tmp_path / "logs/sleeper.log").read_text().count("up") >= 1, "the log of the dead is kept"
    finally:
        stop_noted(tmp_path, grace=0.1)


def test_a_keeper_ends_before_what_it_would_start_again(tmp_path: Path) -> None:
    """A keeper of its own process, which looks far more often than the signals take."""
    script = (
        "import os, sys, time; from pathlib import Path\n"
        "from testbed.keep import Keeper; from testbed.stack import Service; from testbed import keep\n"
        "keep._PAUSE = 0.01\n"
        "folder = Path(sys.argv[1])\n"
        "sleeper = Service('sleeper', (sys.executable, '-c', 'import time; time.sleep(600)'), os.environ)\n"
        "keeper = Keeper(folder, [sleeper])\n"
        "while True:\n    keeper.look(); time.sleep(0.01)\n"
    )
    note(Service("keeper", (sys.executable, "-c", script, str(tmp_path)), os.environ).start(tmp_path), tmp_path)
    deadline = time.monotonic() + 30
    while "sleeper" not in noted(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(stop_noted(tmp_path, grace=5, first="keeper")) == {"keeper", "sleeper"}
    time.sleep(0.3)
    assert noted(tmp_path) == {}


def test_a_second_make_up_says_where_it_is_and_how_to_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "UP", tmp_path)
    stack.settings_of(tmp_path)
    stack.remember(Ports(airflow=8391, database=5000), tmp_path)
    for name in ("scheduler", "keeper"):
        note(Service(name, SLEEPER.argv, os.environ).start(tmp_path), tmp_path)
    (tmp_path / DEATHS).write_text("2026-11-26 scheduler has died\n")
    try:
        assert up.main([]) == 0
    finally:
        stop_noted(tmp_path, grace=0.1)
    said = capsys.readouterr().out
    password = json.loads((tmp_path / "settings.json").read_text())["password"]
    assert f"http://127.0.0.1:8391   user admin   password {password}" in said
    assert "up already (keeper, scheduler)" in said
    assert "scheduler has died" in said
    assert (tmp_path / "settings.json").stat().st_mode & 0o077 == 0


def test_an_installation_from_before_gets_a_password_for_its_database(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"password": "kept"}')
    assert stack.settings_of(tmp_path)["password"] == "kept"
    assert stack.settings_of(tmp_path)["database_password"] == stack.settings_of(tmp_path)["database_password"]


def test_without_postgresql_writers_are_few() -> None:
    assert settings_for("p", None) == FEW_WRITERS
    assert settings_for("p", 5432)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg2://airflow:p@")


@pytest.mark.slow
def test_postgresql_is_made_once_listens_on_loopback_and_wants_its_password(tmp_path: Path) -> None:
    for above in (tmp_path, *tmp_path.parents):  # pytest's folders are their owner's alone, and root is not who runs it
        if above.stat().st_uid == os.geteuid() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    postgres, reason = installed(tmp_path)
    if postgres is None:
        pytest.skip(f"make up uses SQLite here: {reason}")
    import psycopg2

    data, port = tmp_path / "postgres", free_port()
    postgres.create(data, "secret")
    made = (data / "PG_VERSION").stat().st_mtime_ns
    postgres.create(data, "another")
    assert (data / "PG_VERSION").stat().st_mtime_ns == made
    assert list(tmp_path.glob("*.password")) == []
    server = Service("database", tuple(postgres.argv(data, port)), os.environ, user=postgres.user).start(tmp_path)
    try:
        deadline = time.monotonic() + 30
        while is_free(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        login = {"host": "127.0.0.1", "port": port, "user": "airflow", "dbname": "postgres"}
        while True:
            try:
                psycopg2.connect(password="secret", **login).close()
                break
            except psycopg2.OperationalError as error:
                assert "starting up" in str(error), error
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(password="wrong", **login)
        import psutil

        process = psutil.Process(server.process.pid)
        assert process.uids().effective != 0
        assert {found.laddr.ip for found in process.net_connections() if found.status == "LISTEN"} == {"127.0.0.1"}
    finally:
        server.stop()
    assert subprocess.run(["test", "-d", str(data)]).returncode == 0


def test_a_cluster_names_what_is_missing_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "UP", tmp_path)
    monkeypatch.setattr(cluster.shutil, "which", lambda name: None)
    assert up.main(["--celery"]) == 2
    assert "Redis is not installed (Debian: apt install redis-server)" in capsys.readouterr().err
    assert noted(tmp_path) == {}


def test_the_brokers_password_is_in_no_command(tmp_path: Path) -> None:
    argv = cluster.broker_argv(tmp_path, 6390, "hidden-word")
    assert "hidden-word" not in " ".join(argv)
    told = Path(argv[-1])
    assert told.stat().st_mode & 0o077 == 0
    assert {"bind 127.0.0.1", "requirepass hidden-word", "appendonly yes"} <= set(told.read_text().splitlines())
