"""A catalogue's photos: read several at a time, and one that fails costs its row alone."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError, SoraError
from airflow_provider_sora.inputs.sources import pictures as sources
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.photos import READERS, PhotoDesk


def test_digests_are_those_of_the_bytes_or_say_what_is_wrong(make_run, tmp_path: Path) -> None:
    photos = [str(tmp_path / f"{n}.png") for n in range(20)]
    for number, photo in enumerate(photos[:-1]):
        Path(photo).write_bytes(b"%d" % number)
    found = PhotoDesk(make_run()).sha256([*photos, photos[0], "file://[x/a.png"])
    assert list(found) == [*photos, "file://[x/a.png"]
    assert [found[photo] for photo in photos[:-1]] == [hashlib.sha256(b"%d" % n).hexdigest() for n in range(19)]
    assert isinstance(found[photos[-1]], InvalidRequestError)
    assert "Nothing was paid" in str(found["file://[x/a.png"])


def test_web_photos_are_read_several_at_a_time(make_run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each reader waits until all of them read: one after the other, they would wait for ever.
    together = threading.Barrier(READERS, timeout=10)
    names = []

    def fetch(source: str, **_: Any) -> bytes:
        together.wait()
        names.append(threading.current_thread().name)
        return source.encode()

    monkeypatch.setattr(sources, "fetch", fetch)
    photos = [f"https://cdn.example/{n}.jpg" for n in range(2 * READERS)]
    found = PhotoDesk(make_run()).sha256(photos)
    assert [found[photo] for photo in photos] == [hashlib.sha256(photo.encode()).hexdigest() for photo in photos]
    assert len(set(names)) == READERS


def test_stores_that_ask_airflow_for_a_connection_are_read_in_the_tasks_own_thread(make_run, monkeypatch) -> None:
    threads: dict[str, str] = {}

    def fetch(source: str, *, clients: dict[str | None, Any], **_: Any) -> bytes:
        threads[source] = threading.current_thread().name
        if source.startswith("gs://conn@"):
            clients["conn"] = "logged in"
        return b"x"

    monkeypatch.setattr(sources, "fetch", fetch)
    photos = (
        "gs://conn@b/a.png",
        "gs://conn@b/b.png",
        "gs://bad@b/a.png",
        "gs://bad@b/b.png",
        "s3://b/a.png",
        "/a.png",
    )
    PhotoDesk(make_run()).sha256(photos)
    own = threading.current_thread().name
    assert [threads[photo] == own for photo in photos] == [True, False, True, True, True, False]


@pytest.mark.parametrize("error", [InvalidRequestError("gone"), ServerFaultError("answered 503")])
def test_a_photo_that_fails_when_its_turn_comes_is_a_reason(make_run, monkeypatch, error: SoraError) -> None:
    def fetch(source: str, **_: Any) -> bytes:
        raise error

    monkeypatch.setattr(sources, "fetch", fetch)
    clip = {"photo": "https://cdn.example/a.jpg", "size": "64x36", "pad_color": "#000000"}
    reason = PhotoDesk(make_run()).refuse(PlannedItem.from_json({"key": "k", "clip": clip}))
    assert reason is not None and reason.text == f"its photo cannot be used: {error.happened}"


def test_the_fitted_picture_stands_on_the_brands_pad_colour(make_run, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "#204080").save(tmp_path / "square.png")
    run = make_run(dry_run=True)
    clip = {"photo": str(tmp_path / "square.png"), "size": "320x180", "pad_color": "#F3EEE6"}
    assert PhotoDesk(run).refuse(PlannedItem.from_json({"key": "k", "clip": clip})) is None
    picture = Image.open(io.BytesIO(run.store.store.read_bytes(f"{run.paths.run}/pictures/k")))
    assert picture.size == (320, 180)
    assert {picture.getpixel(at) for at in ((0, 0), (69, 90), (250, 90), (319, 179))} == {(0xF3, 0xEE, 0xE6)}
    assert {picture.getpixel(at) for at in ((75, 5), (160, 90), (244, 175))} == {(0x20, 0x40, 0x80)}
