from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.archive.receipt import (
    build_receipt,
    object_entry,
    read_receipt,
    receipt_schema,
    record_in,
    to_bytes,
)
from airflow_provider_sora.exceptions import ConfigurationError, ContentError
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.contract import StoredObject
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.folders.local import LocalStore
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

RECORD = VideoRecord(
    video_id="video_1",
    parent_id="video_0",
    sora_conn_id="sora_default",
    base_url="https://user:secret@render.example:8443/v1?key=secret",
    dialect="openai",
    status="completed",
    requested={
        "call": "remix",
        "prompt": "夜明けの港",
        "input_reference": {"origin": "https://cdn.example/p.png?X-Signature=secret"},
        "picture": "data:image/png;base64,c2VjcmV0" + "A" * 500,
        "extra_body": {"api_key": "secret", "negative_prompt": "夜明け前", "shots": [{"prompt": "夜明けの灯台"}]},
    },
    returned={"model": "sora-2", "cost_usd": 0.41, "prompt": "夜明けの静かな港"},
    cost_estimate_usd=0.4,
    labels={
        "brand": "ナ",
        "article_url": "https://news.example/a?id=1&section=2",
        "source": "https://user:secret@h.example/a?id=1&token=secret",
        "api_token": "secret",
    },
    submitted_at="2026-11-22T01:00:00+00:00",
    completed_at="2026-11-22T01:02:00+00:00",
    try_number=1,
)
JSON = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.just({"a": [1]})
ANY_RECORD = ("parent_id", "sora_conn_id", "dialect", "cost_estimate_usd", "submitted_at", "completed_at", "try_number")
STORED = StoredObject("v/video.mp4", "gs://b/v/video.mp4", 5, "1", "AAAAAA==", "video/mp4")
OBJECTS: dict = {
    "video": object_entry(STORED, sha256="0" * 64, crc32c="AAAAAA==", origin="server"),
    "thumbnail": None,
    "spritesheet": None,
}
RUN = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "try_number": 2, "other": "no"}


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("archive")
    return archive_video(MemorySource(sample_mp4()), RECORD, destination=f"file://{folder}", run=RUN).receipt


def test_the_video_that_a_receipt_describes_is_the_one_it_was_made_of() -> None:
    plain = RECORD.changed(
        base_url="http://render.example:8443/v1",
        requested={"call": "remix", "prompt": "夜明けの港", "model": "asked"},
        returned={"model": "sora-2", "size": "1280x720"},
        labels={"brand": "ナ"},
    )
    made = build_receipt(plain, media=MediaInfo(duration_seconds=4.0), objects=OBJECTS, run=RUN)
    again = record_in(read_receipt(to_bytes(made), "gs://b/v/receipt.json"))
    hashed = {"prompt_sha256": hashlib.sha256("夜明けの港".encode()).hexdigest()}
    assert again == plain.changed(requested={**plain.requested, **hashed})
    assert facts_in(made).model == "sora-2" and facts_in({**made, "returned": {}}).model == "asked"


def test_it_follows_its_published_schema(receipt: dict) -> None:
    jsonschema.Draft202012Validator.check_schema(receipt_schema())  # raises where the schema itself is wrong
    schema = jsonschema.Draft202012Validator(receipt_schema())
    assert list(schema.iter_errors(json.loads(to_bytes(receipt)))) == []


def test_it_says_what_was_asked_made_and_paid(receipt: dict) -> None:
    assert receipt["request"]["prompt"] == "夜明けの港"
    assert receipt["parent_chain"] == ["video_0"]
    assert receipt["cost"] == {"currency": "USD", "estimate": 0.4, "actual": 0.41}
    assert receipt["run"] == {
        "dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "try_number": 2, "submit_try_number": 1
    }  # fmt: skip
    assert receipt["review"] == {"state": "pending"}
    assert receipt["media"]["has_audio"] is True


def test_it_holds_no_secret(receipt: dict) -> None:
    text = to_bytes(receipt).decode()
    assert "secret" not in text
    assert "c2VjcmV0" not in text
    assert receipt["server"]["base_url"] == "https://render.example:8443/v1"
    assert receipt["request"]["input_reference"]["origin"] == "https://cdn.example/p.png"


def test_labels_lose_credentials_and_nothing_else(receipt: dict) -> None:
    expected = {
        "brand": "ナ",
        "article_url": "https://news.example/a?id=1&section=2",
        "source": "https://h.example/a?id=1",
        "api_token": "(removed)",
    }
    assert receipt["labels"] == expected
    metadata = object_metadata(RECORD, "video")
    kept = {name.removeprefix("label-"): unquote(text) for name, text in metadata.items() if name.startswith("label-")}
    assert kept == expected


def test_prompts_can_be_kept_as_a_hash(tmp_path) -> None:  # type: ignore[no-untyped-def]
    options = ArchiveOptions(prompt_storage="hash", stills=False)
    result = archive_video(MemorySource(sample_mp4()), RECORD, destination=f"file://{tmp_path}", options=options)
    assert "夜明け" not in to_bytes(result.receipt).decode()
    request, returned = result.receipt["request"], result.receipt["returned"]
    assert request["prompt_sha256"] == hashlib.sha256("夜明けの港".encode()).hexdigest()
    assert returned["prompt_sha256"] == hashlib.sha256("夜明けの静かな港".encode()).hexdigest()
    assert list(request["extra_body"]) == ["api_key", "negative_prompt_sha256", "shots"]
    assert result.receipt["objects"]["thumbnail"] is None
    jsonschema.validate(result.receipt, receipt_schema())


class Recording(LocalStore):
    """Notes what it is given, in order; fails at one name."""

    def __init__(self, folder: Path, fails_at: str = "") -> None:
        super().__init__(parse_destination(f"file://{folder}"))
        self.stored: list[str] = []
        self.fails_at = fails_at

    def _write(self, name: str, *args: Any, **kwargs: Any) -> StoredObject:
        if name.endswith(self.fails_at or "no name"):
            raise ConfigurationError("no more")
        found = super()._write(name, *args, **kwargs)
        self.stored.append(name)
        return found


def test_the_receipt_is_written_after_everything_that_it_lists(tmp_path: Path) -> None:
    store = Recording(tmp_path)
    result = archive_video(MemorySource(sample_mp4()), RECORD, destination=store.destination.uri, store=store)
    assert [name.rpartition("/")[2] for name in store.stored] == [
        "video.mp4", "thumbnail.webp", "spritesheet.jpg", "receipt.json"
    ]  # fmt: skip
    assert all(result.receipt["objects"].values())


@pytest.mark.parametrize("name", ["video.mp4", "thumbnail.webp", "spritesheet.jpg"])
def test_there_is_no_receipt_where_anything_is_missing(tmp_path: Path, name: str) -> None:
    store = Recording(tmp_path, fails_at=name)
    with pytest.raises(ConfigurationError):
        archive_video(MemorySource(sample_mp4()), RECORD, destination=store.destination.uri, store=store)
    assert not list(tmp_path.rglob("receipt.json"))


def test_a_damaged_receipt_stops_a_repeat_and_can_be_written_anew(tmp_path: Path) -> None:
    source, place = MemorySource(sample_mp4()), f"file://{tmp_path}"
    first = archive_video(source, RECORD, destination=place)
    path = tmp_path / "video_1/receipt.json"
    path.write_text(path.read_text().replace('"USD"', '"EUR"'))
    with pytest.raises(ContentError, match=r"receipt.json is damaged: cost/currency.*no second render.*move it away"):
        archive_video(source, RECORD, destination=place)
    path.unlink()
    again = archive_video(source, RECORD, destination=place)
    assert again.receipt["objects"] == first.receipt["objects"] and again.bytes_fetched == 0


@pytest.mark.parametrize("key", ["prompt", "negative_prompt"])
def test_a_prompt_of_several_shots_is_kept_as_text_or_hashed_like_any_other(key: str) -> None:
    record = RECORD.changed(requested={key: ["港の朝", {"text": "a gull"}]})
    plain, hashed = (
        build_receipt(record, media=MediaInfo(), objects=OBJECTS, prompt_storage=how)["request"]
        for how in ("full", "hash")
    )
    assert "港の朝" in str(plain[key]) and "a gull" in str(plain[key])
    assert list(hashed) == [f"{key}_sha256"]


def test_options_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="prompt_storage"):
        ArchiveOptions(prompt_storage="some")
    with pytest.raises(ConfigurationError, match="262144"):
        ArchiveOptions(chunk_size=1000)


@pytest.mark.parametrize("wrong", [b"", b"[]", b'{"video_id": 1}', b"\xff\xfe"])
def test_what_is_no_receipt_is_told(wrong: bytes) -> None:
    with pytest.raises(ContentError, match="here"):
        read_receipt(wrong, "here")


def test_a_later_form_says_what_to_do(receipt: dict) -> None:
    with pytest.raises(ContentError, match=r"schema version 4.*Nothing is wrong with it: upgrade"):
        read_receipt(to_bytes({**receipt, "schema_version": 4, "new": True}), "here")
    assert read_receipt(to_bytes(receipt), "here") == receipt


@given(st.fixed_dictionaries({}, optional={name: JSON for name in ANY_RECORD}), JSON, st.sampled_from(["full", "hash"]))
def test_whatever_a_record_holds_its_receipt_can_be_read_again(
    values: dict, prompt: object, prompt_storage: str
) -> None:
    record = RECORD.changed(**values, requested={"prompt": prompt})
    written = build_receipt(record, media=MediaInfo(), objects=OBJECTS, prompt_storage=prompt_storage)
    assert read_receipt(to_bytes(written), "here") == written
