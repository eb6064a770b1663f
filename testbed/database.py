"""Airflow's database for ``make up``: PostgreSQL where it is installed, else SQLite with few writers.

SQLite takes one writer at a time: with four processes and a task's process for each run, writers wait for each other
until one gives up with "database is locked". PostgreSQL gets a data folder of its own, listens on loopback alone, and
never runs as root, which it refuses.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.ports import LOOPBACK
from testbed.processes import StepError

#: As Debian's packages lay them out; elsewhere the commands are on the path.
_DEBIAN = Path("/usr/lib/postgresql")
_USER = "airflow"
_DRIVERS = ("psycopg2", "asyncpg")

#: Settings with which SQLite's writers are few: two tasks at a time, and processes that look less often.
FEW_WRITERS = {
    "AIRFLOW__CORE__PARALLELISM": "2",
    "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "2",
    "AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "4",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "15",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """An installed PostgreSQL.

    :param programs: the folder of ``postgres`` and ``initdb``.
    :param user: whom it runs as; None for whoever runs this.
    """

    programs: Path
    user: str | None

    def argv(self, data: Path, port: int) -> list[str]:
        """The server: on loopback alone, without a socket in a folder that others see."""
        settings = {"listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": "", "max_connections": 200}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(data), *given]

    def create(self, data: Path, password: str) -> None:
        """Make the data folder, once.

        :raises StepError: ``initdb`` failed; says what it said.
        """
        if (data / "PG_VERSION").exists():
            return
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True, mode=0o700)
        told = data.with_suffix(".password")
        with open(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(password)
        for path in (data, told):
            if self.user is not None:
                shutil.chown(path, self.user)
        words = [
            "--auth=scram-sha-256",
            f"--username={_USER}",
            f"--pwfile={told}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        argv = [str(self.programs / "initdb"), "-D", str(data), *words]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, user=self.user, cwd="/")
        finally:
            told.unlink()
        if done.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise StepError(f"PostgreSQL's data folder could not be made:\n{(done.stdout + done.stderr)[-1000:]}")


def installed(folder: Path) -> tuple[Postgres | None, str]:
    """PostgreSQL, if it can keep its data below ``folder``; else None and the reason."""
    if missing := [name for name in _DRIVERS if importlib.util.find_spec(name) is None]:
        return None, f"{' and '.join(missing)} not installed (make venv installs them)"
    programs = _programs()
    if programs is None:
        return None, "PostgreSQL is not installed (Debian: apt install postgresql)"
    if os.geteuid():
        return Postgres(programs, None), ""
    user = next((name for name in ("postgres", "nobody") if _exists(name)), None)
    if user is None:
        return None, "PostgreSQL does not run as root, and there is no user postgres or nobody"
    folder.mkdir(parents=True, exist_ok=True)
    reached = subprocess.run(["test", "-x", str(folder)], user=user, cwd="/", capture_output=True)
    if reached.returncode:
        return None, f"PostgreSQL does not run as root, and its user {user} cannot reach {folder}"
    return Postgres(programs, user), ""


def settings_for(password: str, port: int | None) -> Mapping[str, str]:
    """Airflow's settings for the database: PostgreSQL on ``port``, or SQLite."""
    if port is None:
        return FEW_WRITERS
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address(password, port)}


def address(password: str, port: int) -> str:
    """PostgreSQL on ``port``, for SQLAlchemy."""
    return f"postgresql+psycopg2://{_USER}:{password}@{LOOPBACK}:{port}/postgres"


def _programs() -> Path | None:
    newest = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])) if _DEBIAN.is_dir() else []
    found = newest[-1] if newest else shutil.which("initdb")
    folder = None if found is None else Path(found).resolve().parent
    return folder if folder is not None and (folder / "postgres").exists() else None


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
