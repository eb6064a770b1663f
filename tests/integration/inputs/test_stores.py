"""Pictures from Cloud Storage (the strict emulator) and from any other store that Airflow knows."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.inputs.pictures import load_reference
from testbed.strict_gcs import StrictGcs

_BUFFER = io.BytesIO()
Image.new("RGB", (64, 36), (1, 90, 120)).save(_BUFFER, "PNG")
PNG = _BUFFER.getvalue()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    with StrictGcs() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", server.url)
        client = storage.Client(project="test", credentials=AnonymousCredentials())
        made = client.create_bucket("pictures")
        made.blob("写真/a #1?.jpg").upload_from_string(PNG)
        made.blob("page.png").upload_from_string(b"<html>")
        yield "pictures"


@pytest.mark.parametrize("scheme", ["gs", "gcs", "GS"])
def test_an_object_is_read(bucket: str, scheme: str) -> None:
    made = load_reference(f"{scheme}://{bucket}/写真/a #1?.jpg", size="64x36")
    assert (made.data, made.origin) == (PNG, f"{scheme}://{bucket}/写真/a #1?.jpg")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("gs://pictures/none.png", "does not exist"),
        ("gs://nobucket/none.png", "does not exist|may not be read"),
        ("gs://pictures/", "must name a bucket and an object"),
        ("gs://pictures", "must name a bucket and an object"),
        ("gs://pictures/page.png", "is a web page"),
    ],
)
def test_what_cannot_be_used_is_named(bucket: str, source: str, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=rf"({words}).*Nothing was paid"):
        load_reference(source, size="64x36")


def test_a_large_object_is_not_read(bucket: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"weighs {len(PNG)} bytes, more than the 20 bytes"):
        load_reference(f"gs://{bucket}/写真/a #1?.jpg", size="64x36", max_bytes=20)


def test_a_store_that_does_not_answer_can_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    with pytest.raises(ServerFaultError, match=r"could not be read.*Nothing was paid"):
        load_reference("gs://pictures/a.png", size="64x36", timeout=0.2)


@pytest.fixture
def memory_store() -> Iterator[str]:
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFileSystem

    store = MemoryFileSystem()
    attach("memory", fs=store)
    store.pipe("/shop/a.png", PNG)
    yield "memory://shop"
    store.rm("/shop", recursive=True)


def test_any_store_that_airflow_knows_is_read(memory_store: str) -> None:
    assert load_reference(memory_store + "/a.png", size="64x36").data == PNG
    with pytest.raises(InvalidRequestError, match=r"none\.png.*does not exist"):
        load_reference(memory_store + "/none.png", size="64x36")
    with pytest.raises(InvalidRequestError, match="more than the 9 bytes"):
        load_reference(memory_store + "/a.png", size="64x36", max_bytes=9)
