"""A party whose guests are private: their table, the campaign about them, and a search for them everywhere."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.integration.dags.conftest import Bench

SECRET = "f" * 64
#: What stands in private cells. Short ones too, which no masker of secrets looks for.
GUESTS = [
    {"guest": "kanari-4711@guests.example", "name": "Zaphkiel Qworndon", "note": "otters & marzipan", "city": "Lisbon"},
    {"guest": "kanari-4712@guests.example", "name": "Qözu", "note": "kites, 92 of them", "city": "Lisbon"},
]
PIECES = (
    "kanari-4711",
    "kanari-4712",
    "Zaphkiel",
    "Qworndon",
    "otters",
    "marzipan",
    "Qözu",
    "Q\\u00f6zu",
    "92 of them",
)
CAMPAIGN = {
    "campaign": "greeting",
    "template": "A paper card on a table in {city} greets {name}, who loves {note}. {light} light. Static camera.",
    "axes": {"light": ["morning"]},
    "key_column": "guest",
    "title_column": None,
    "photo_column": None,
    "private_columns": ["guest", "name", "note"],
}


def write_table(bench: Bench, guests: list[dict[str, str]] = GUESTS) -> None:
    rows = [",".join(f'"{cell}"' for cell in guest.values()) for guest in guests]
    (bench.folder / "include" / "guests.csv").write_text("\n".join(["guest,name,note,city", *rows]), "utf-8")


def run(bench: Bench, **params: Any) -> Any:
    return bench.run("campaign", **{**CAMPAIGN, "table": str(bench.folder / "include" / "guests.csv"), **params})


def everything(bench: Bench, captured: str) -> Iterator[tuple[str, str]]:
    """All that was written anywhere but on the server: where, and the text."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    client = storage.Client(project="test", credentials=AnonymousCredentials())
    for blob in client.list_blobs(bench.bucket):
        yield (
            f"bucket: {blob.name}",
            f"{blob.name} {blob.metadata} " + blob.download_as_bytes().decode("utf-8", "replace"),
        )
    home = Path(os.environ["AIRFLOW_HOME"])
    for path in home.rglob("*"):
        if path.is_file() and path.suffix == ".db":
            with sqlite3.connect(path) as database:
                for line in database.iterdump():
                    yield f"database: {line[:60]}", line
        elif path.is_file():
            yield f"file: {path}", f"{path} " + path.read_bytes().decode("utf-8", "replace")
    yield "output and log", captured


def leaks(bench: Bench, captured: str) -> list[tuple[str, str]]:
    return [
        (where, piece)
        for where, text in everything(bench, captured)
        for piece in PIECES
        if piece in text and "guests.csv" not in where
    ]


def frames(bench: Bench, video_id: str) -> list[bytes]:
    """The decoded pictures of an archived clip."""
    import av
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    client = storage.Client(project="test", credentials=AnonymousCredentials())
    (name,) = [name for name in bench.names("/video.mp4") if video_id in name]
    data = client.bucket(bench.bucket).blob(name).download_as_bytes()
    with av.open(io.BytesIO(data)) as film:
        assert not any(piece in str(film.metadata) for piece in PIECES)
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in film.decode(video=0)]
