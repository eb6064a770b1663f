"""Airflow's database for tests in which many processes write at once: PostgreSQL, where it is installed."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools import database
from devtools.airflow_env import clean_environment
from devtools.ports import free_port
from devtools.processes import Child, start


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Airflow's settings for a database of its own; none where PostgreSQL is not installed, which means SQLite.

    SQLite has one writer at a time and locks no row: on a busy machine its writers wait for each other until requests
    of half a minute fail, and of two answers at once both may be thanked.
    """
    with tempfile.TemporaryDirectory(prefix="sora-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # it is not run by root, and its user must reach its data
        found, why = database.installed(folder)
        if found is None:
            print(f"NOT ON POSTGRESQL: {why}")
            yield {}
            return
        password, port = secrets.token_hex(16), free_port()
        found.create(folder / "data", password)
        argv = found.argv(folder / "data", port)
        server = start("postgres", argv, log=folder / "postgres.log", env=clean_environment(), user=found.user)
        try:
            _wait_until_it_answers(password, port, server)
            yield dict(database.settings_for(password, port))
        finally:
            server.stop(grace=15)


def _wait_until_it_answers(password: str, port: int, server: Child) -> None:
    import psycopg2

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(database.address(password, port).replace("+psycopg2", "")).close()
            return
        except psycopg2.OperationalError:
            assert server.alive() and time.monotonic() < deadline, server.tail()
            time.sleep(0.3)
