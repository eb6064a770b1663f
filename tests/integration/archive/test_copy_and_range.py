"""A part of an object, and a copy within the store: on every store that this machine can serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.stores.contract import NameTakenError, ObjectStore
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions

DATA = bytes(range(256)) * 4096
SMALL_BLOCKS = ArchiveOptions(chunk_size=256 << 10)


@pytest.fixture(params=["gs", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "file":
        return open_store(f"file://{tmp_path}/archive", SMALL_BLOCKS)
    return open_store(f"gs://{request.getfixturevalue('gcs_bucket')}/archive", SMALL_BLOCKS)


def check_copy_and_range(store: ObjectStore) -> None:
    """The rules that every store keeps; ``test_object_storage.py`` asks S3 and others."""
    store.put_bytes("unreviewed/v/video.mp4", DATA, content_type="video/mp4", metadata={"source-id": "v"})
    for start, stop in ((0, 1), (0, len(DATA)), (5, 300_000), (len(DATA) - 1, len(DATA)), (700_000, 700_000)):
        assert b"".join(store.read_range("unreviewed/v/video.mp4", start, stop)) == DATA[start:stop], (start, stop)
    with pytest.raises(ArchiveError):
        b"".join(store.read_range("unreviewed/v/video.mp4", 0, len(DATA) + 1))
    with pytest.raises(ArchiveError):
        b"".join(store.read_range("nothing", 0, 1))

    made = store.copy(
        "unreviewed/v/video.mp4",
        "approved/v/video.mp4",
        content_type="video/mp4",
        metadata={"source-id": "v", "by": "k"},
    )
    assert (made.name, made.size) == ("approved/v/video.mp4", len(DATA))
    found = store.look("approved/v/video.mp4")
    assert found is not None and found.metadata == {"source-id": "v", "by": "k"} and found.content_type == "video/mp4"
    assert store.read_bytes("approved/v/video.mp4") == DATA
    source = store.look("unreviewed/v/video.mp4")
    assert source is not None and source.metadata == {"source-id": "v"}, "it stays as it was"

    store.put_bytes("other", b"another", content_type="text/plain", metadata={})
    with pytest.raises(NameTakenError):
        store.copy("other", "approved/v/video.mp4", content_type="video/mp4", metadata={})
    assert store.read_bytes("approved/v/video.mp4") == DATA
    with pytest.raises(ArchiveError):
        store.copy("nothing", "approved/v/else", content_type="video/mp4", metadata={})
    assert store.look("approved/v/else") is None

    store.delete("approved/v/video.mp4")
    store.delete("approved/v/video.mp4")
    store.delete("approved/never/there")
    assert store.look("approved/v/video.mp4") is None and store.look("unreviewed/v/video.mp4") is not None
    assert [found.name for found in store.list("approved/")] == []
    anew = store.put_bytes("approved/v/video.mp4", b"anew", content_type="video/mp4", metadata={"source-id": "w"})
    assert anew.metadata == {"source-id": "w"}


def test_copy_and_range(store: ObjectStore) -> None:
    check_copy_and_range(store)


def test_no_content_of_a_copy_comes_here(gcs_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    received: list[int] = []
    send = requests.Session.request

    def weighed(session: requests.Session, method: str, url: str, **more: object) -> requests.Response:
        answer = send(session, method, url, **more)  # type: ignore[arg-type]
        received.append(int(answer.headers.get("content-length") or 0))
        return answer

    store = open_store(f"gs://{gcs_bucket}")
    store.put_bytes("a", DATA, content_type="video/mp4", metadata={})
    monkeypatch.setattr(requests.Session, "request", weighed)
    store.copy("a", "b", content_type="video/mp4", metadata={"x": "y"})
    assert 0 < sum(received) < 20_000 < len(DATA)
