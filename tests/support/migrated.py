"""An Airflow database on SQLite, migrated once for a run of the tests and all its workers, then copied."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from testbed.airflow_env import airflow_environment
from testbed.ports import LOOPBACK

#: Names the folder that the workers of a run share; tests/conftest.py makes it.
SHARED = "SORA_TESTS_SHARED"


def migrate(env: Mapping[str, str], python: str = sys.executable) -> None:
    """``airflow db migrate``: eight seconds of computing."""
    done = subprocess.run([python, "-m", "airflow", "db", "migrate"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def copy_migrated(database: Path) -> None:
    """Put a new, migrated database at ``database``, where there is none yet."""
    shared = Path(os.environ[SHARED])
    template = shared / "migrated" / "airflow.db"
    with (shared / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            home = shared / "migrating"
            home.mkdir()
            nowhere = f"http://{LOOPBACK}:1"
            migrate(airflow_environment(home, sora_url=f"{nowhere}/v1", storage_url=nowhere))
            home.rename(template.parent)
    # Not a copy of the file: what was written last may lie in the log beside it.
    with closing(sqlite3.connect(template)) as origin, closing(sqlite3.connect(database)) as copy:
        # A file without tables may be there: whoever looked for a connection has opened it.
        assert not tables(copy), f"{database} is in use"
        origin.backup(copy)


def tables(opened: sqlite3.Connection) -> set[str]:
    return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def forget_claims() -> None:
    """Delete what tasks of this process's Airflow have claimed: of a renewed server those jobs never were, and a search
    for a lost job at its address must not go by them."""
    database = Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"
    if database.exists():
        with closing(sqlite3.connect(database, timeout=60)) as opened, opened:
            if "xcom" in tables(opened):
                opened.execute("DELETE FROM xcom WHERE key = 'sora_claim'")
