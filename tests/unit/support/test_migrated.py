"""A migrated database that is copied, and claims that are forgotten in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.migrated import SHARED, copy_migrated, forget_claims


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run's folder with a database in it that somebody still has open, in the mode that Airflow sets."""
    monkeypatch.setenv(SHARED, str(tmp_path))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "migrated").mkdir()
    return tmp_path


def test_what_lies_in_the_log_is_copied_over_a_file_without_tables_and_over_no_other(shared: Path) -> None:
    mine = shared / "home" / "airflow.db"
    with closing(sqlite3.connect(mine)) as early:
        early.execute("PRAGMA journal_mode=WAL")  # as Airflow does where somebody asks it for a connection
    assert mine.stat().st_size
    forget_claims()
    with closing(sqlite3.connect(shared / "migrated" / "airflow.db", isolation_level=None)) as template:
        template.execute("PRAGMA journal_mode=WAL")
        template.execute("CREATE TABLE xcom (key TEXT)")
        template.executemany("INSERT INTO xcom VALUES (?)", [("sora_claim",), ("return_value",)])
        copy_migrated(mine)
    with pytest.raises(AssertionError, match="in use"):
        copy_migrated(mine)
    forget_claims()
    with closing(sqlite3.connect(mine)) as opened:
        assert opened.execute("SELECT key FROM xcom").fetchall() == [("return_value",)]


def test_without_a_database_there_is_nothing_to_forget(shared: Path) -> None:
    forget_claims()
    assert not (shared / "home" / "airflow.db").exists()
