"""The shelf: clips of all archives in one SQLite file, so that a page asks neither the bucket nor much memory.

It can be thrown away at any time: receipts are the truth, and it is filled from them again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from airflow_provider_sora.gallery.choices import choices_of
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.search import Page, Search, where_of
from airflow_provider_sora.gallery.trail import Standing

#: Raised when what is kept changes: a file of another version is emptied.
_VERSION = 4
#: Counting what can be filtered by takes longer than all else of a page, and is the same for everybody of a role.
CHOICES_SECONDS, _MOST_CHOICES = 10.0, 100
_TABLES = """
CREATE TABLE clip (
    archive TEXT NOT NULL, folder TEXT NOT NULL, video_id TEXT NOT NULL, origin TEXT NOT NULL, dag_id TEXT NOT NULL,
    run_id TEXT NOT NULL, task_id TEXT NOT NULL, map_index INTEGER NOT NULL, subject TEXT, model TEXT NOT NULL,
    archived_at TEXT NOT NULL, words TEXT NOT NULL, document TEXT NOT NULL, review TEXT NOT NULL,
    decisions INTEGER NOT NULL, cost REAL, PRIMARY KEY (archive, folder)
) WITHOUT ROWID;
CREATE INDEX clip_by_time ON clip (archived_at DESC, archive, folder);
CREATE INDEX clip_by_dag ON clip (dag_id, archived_at DESC, cost);
CREATE INDEX clip_by_task ON clip (dag_id, run_id, task_id, map_index);
CREATE INDEX clip_by_origin ON clip (dag_id, origin);
CREATE INDEX clip_by_review ON clip (review, archived_at DESC);
CREATE INDEX clip_by_subject ON clip (subject, archived_at DESC);
CREATE TABLE label (archive TEXT NOT NULL, folder TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (archive, folder, name)) WITHOUT ROWID;
CREATE INDEX label_by_value ON label (name, value);
CREATE TABLE unread (archive TEXT NOT NULL, folder TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (archive, folder));
"""


class Shelf:
    """Clips in a file. Safe among threads, and among the API server's processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self._choices: dict[tuple[object, ...], tuple[float, dict[str, list[str]]]] = {}
        with self._open() as database:
            if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                _empty(database)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is None:
            database = sqlite3.connect(self._path, timeout=30)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = OFF")  # what a power cut takes is read again
            self._local.database = database
        with database:
            yield database

    # -- filling

    def put(self, clips: Iterable[Clip]) -> None:
        """Keep these clips, in the place of what was known of them."""
        with self._open() as database:
            for clip in clips:
                place = (clip.archive, clip.folder)
                row = (
                    *place, clip.video_id, clip.origin, clip.dag_id, clip.run_id, clip.task_id, clip.map_index,
                    None if clip.subject is None else json.dumps(clip.subject), clip.model, clip.archived_at,
                    clip.words,
                    json.dumps(asdict(clip), ensure_ascii=False),
                    clip.review, 0, clip.cost,
                )  # fmt: skip
                database.execute(f"INSERT OR REPLACE INTO clip VALUES ({', '.join('?' * len(row))})", row)
                database.execute("DELETE FROM label WHERE archive = ? AND folder = ?", place)
                database.executemany(
                    "INSERT INTO label VALUES (?, ?, ?, ?)", [(*place, *label) for label in clip.labels.items()]
                )
                database.execute("DELETE FROM unread WHERE archive = ? AND folder = ?", place)

    def put_standing(self, archive: str, folder: str, standing: Standing) -> None:
        """Keep how a known clip stands with people."""
        with self._open() as database:
            database.execute(
                "UPDATE clip SET review = ?, decisions = ? WHERE archive = ? AND folder = ?",
                (standing.state, standing.decisions, archive, folder),
            )

    def put_unread(self, archive: str, folder: str, reason: str) -> None:
        """A receipt is there and cannot be read; it is told, and not read again and again."""
        with self._open() as database:
            database.execute("INSERT OR REPLACE INTO unread VALUES (?, ?, ?)", (archive, folder, reason))

    def drop(self, archive: str, folders: Iterable[str]) -> None:
        """These are in the archive no more."""
        with self._open() as database:
            for folder in folders:
                for table in ("clip", "label", "unread"):
                    database.execute(f"DELETE FROM {table} WHERE archive = ? AND folder = ?", (archive, folder))

    def folders(self, archive: str, below: str = "") -> set[str]:
        """What is known of an archive, readable or not."""
        with self._open() as database:
            found: set[str] = set()
            for table in ("clip", "unread"):
                rows = database.execute(
                    f"SELECT folder FROM {table} WHERE archive = ? AND substr(folder, 1, ?) = ?",
                    (archive, len(below), below),
                )
                found.update(row[0] for row in rows)
            return found

    def decided(self, archive: str, below: str = "") -> dict[str, int]:
        """How many decisions are known, by folder, of the clips that have any."""
        with self._open() as database:
            rows = database.execute(
                "SELECT folder, decisions FROM clip WHERE archive = ? AND substr(folder, 1, ?) = ? AND decisions > 0",
                (archive, len(below), below),
            )
            return dict(rows.fetchall())

    def keep_archives(self, archives: Sequence[str]) -> None:
        """Forget archives that the deployment names no more."""
        marks = ", ".join("?" * len(archives))
        with self._open() as database:
            for table in ("clip", "label", "unread"):
                database.execute(f"DELETE FROM {table} WHERE archive NOT IN ({marks})", tuple(archives))

    # -- looking

    def clip(self, archive: str, folder: str) -> Clip | None:
        """One clip by its address."""
        with self._open() as database:
            row = database.execute(
                f"SELECT {_CLIP} FROM clip WHERE archive = ? AND folder = ?", (archive, folder)
            ).fetchone()
        return None if row is None else _clip(row)

    def find(self, search: Search) -> Page:
        """A page of clips, newest first."""
        where = where_of(search)
        with self._open() as database:
            counted = f"SELECT count(*), total(cost), count(*) - count(cost) FROM clip WHERE {where}"
            in_all = database.execute(counted, where.values).fetchone()
            if search.after:
                at, _, place = search.after.partition(" ")
                where.add("(archived_at, archive || ' ' || folder) < (?, ?)", at, place)
            # Which clips, before what they are: sorting ten thousand whole receipts takes five times as long.
            keys = f"SELECT archive, folder FROM clip WHERE {where} {_NEWEST} LIMIT ?"
            rows = database.execute(
                f"SELECT {_CLIP}, archived_at, archive, folder FROM clip WHERE (archive, folder) IN ({keys}) {_NEWEST}",
                [*where.values, search.limit + 1],
            ).fetchall()
        last = rows[search.limit - 1] if len(rows) > search.limit else None
        return Page(
            tuple(_clip(row) for row in rows[: search.limit]),
            " ".join(last[-3:]) if last else "",
            *in_all,
        )

    def family(self, clip: Clip, dags: Collection[str]) -> tuple[Clip, ...]:
        """The clip, what it was made from and what was made from that, oldest first, as far as ``dags`` made them: a
        change or a final is made by the DAG that asked for the decision, and not by that of its original."""
        wanted = sorted({*dags, clip.dag_id})
        places = ", ".join("?" * len(wanted))
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_CLIP} FROM clip WHERE origin = ? AND dag_id IN ({places}) ORDER BY archived_at, folder",
                (clip.origin, *wanted),
            ).fetchall()
        return tuple(_clip(row) for row in rows)

    def current(self, subjects: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
        """For each subject the origin of its newest family: that one is current, the others are superseded."""
        found = {}
        with self._open() as database:
            for subject in set(subjects):
                row = database.execute(
                    "SELECT origin FROM clip WHERE subject = ? AND origin = video_id "
                    "ORDER BY archived_at DESC, folder DESC",
                    (json.dumps(subject),),
                ).fetchone()
                if row is not None:
                    found[subject] = row[0]
        return found

    def current_clips(self, archive: str, dag_ids: Sequence[str]) -> tuple[Clip, ...]:
        """All clips of an archive that are current and say what they show, the newest first."""
        where = where_of(Search(dag_ids, current=True))
        where.add("archive = ? AND subject IS NOT NULL", archive)
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_CLIP} FROM clip WHERE {where} ORDER BY archived_at DESC, folder DESC", where.values
            ).fetchall()
        return tuple(_clip(row) for row in rows)

    def choices(self, dag_ids: Sequence[str], limit: int = 50) -> dict[str, list[str]]:
        """What clips of these DAGs can be filtered by, see :func:`~.choices.choices_of`; ten seconds old at most."""
        known = self._choices.get(key := (*dag_ids, limit))
        if known is None or time.monotonic() - known[0] > CHOICES_SECONDS:
            with self._open() as database:
                known = time.monotonic(), choices_of(database, dag_ids, limit)
            if len(self._choices) >= _MOST_CHOICES:
                self._choices.clear()
            self._choices[key] = known
        return known[1]

    def dag_ids(self) -> set[str]:
        """The DAGs that made what is here."""
        with self._open() as database:
            return {row[0] for row in database.execute("SELECT DISTINCT dag_id FROM clip")}

    def unread(self, archive: str) -> list[tuple[str, str]]:
        """Folder and reason of each receipt that cannot be read."""
        with self._open() as database:
            return database.execute(
                "SELECT folder, reason FROM unread WHERE archive = ? ORDER BY folder", (archive,)
            ).fetchall()


def _empty(database: sqlite3.Connection) -> None:
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        database.execute(f'DROP TABLE "{name}"')
    database.executescript(f"{_TABLES} PRAGMA user_version = {_VERSION};")


_NEWEST = "ORDER BY archived_at DESC, archive || ' ' || folder DESC"
#: The columns that :func:`_clip` reads.
_CLIP = "document, review"


def _clip(row: Sequence[str]) -> Clip:
    document, review, *_ = row
    known = {one.name for one in fields(Clip)}
    values = {name: value for name, value in json.loads(document).items() if name in known}
    return Clip(**{**values, "parents": tuple(values["parents"]), "review": review})
