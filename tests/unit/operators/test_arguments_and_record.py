from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from airflow.sdk import ObjectStoragePath

from airflow_provider_sora.arguments import (
    as_flag,
    as_ids,
    as_labels,
    as_limit,
    as_mapping,
    as_number,
    as_place,
    as_prompt,
    as_seconds,
    as_text,
    as_zone,
    check_names,
)
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.record import VideoRecord, read_record
from airflow_provider_sora.tasks.parent_connection import check_same_server, connection_for
from airflow_provider_sora.tasks.submission_record import mismatches, with_job


def test_rendered_text_becomes_what_it_stands_for() -> None:
    assert as_seconds("8") == as_seconds(8.0) == as_seconds(" 8.0 ") == 8
    assert as_number("timeout", "1.5e3") == 1500 and as_number("timeout", None) is None
    assert as_text("size", " 1280x720 ") == "1280x720" and as_text("size", None) is None
    assert as_mapping("extra_body", '{"seed": 1}') == {"seed": 1} and as_mapping("extra_body", None) == {}
    assert as_ids("characters", "a, b") == as_ids("characters", [{"id": "a"}, "b"]) == ("a", "b")
    assert as_limit("max_cost_usd", "Unlimited") is as_limit("max_cost_usd", None) is None
    assert as_limit("max_cost_usd", 0) == as_limit("max_cost_usd", "0.0") == 0.0
    assert as_place("destination", Path("/data/clips")) == "/data/clips"
    assert as_place("destination", ObjectStoragePath("file:///data/clips")) == "file:///data/clips"
    assert as_labels({"sku": "A1", "price": 4, "gone": None}) == {"sku": "A1", "price": "4"}
    assert as_labels("") == as_labels("None") == as_labels(None) == {}


READERS = {
    "seconds": as_seconds,
    "max_cost_usd": lambda value: as_limit("max_cost_usd", value),
    "timeout": lambda value: as_number("timeout", value),
    "model": lambda value: as_text("model", value),
    "destination": lambda value: as_place("destination", value),
    "timezone": lambda value: as_zone("timezone", value),
    "extra_body": lambda value: as_mapping("extra_body", value),
    "characters": lambda value: as_ids("characters", value),
    "prompt": as_prompt,
}


@pytest.mark.parametrize("blank", ["", "  ", "None", " null ", "\n"])
@pytest.mark.parametrize("name", READERS)
def test_a_blank_is_refused_by_name(name: str, blank: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{name} .*blank.* Nothing was paid"):
        READERS[name](blank)


@pytest.mark.parametrize("zone", ["Asia/Tokio", "Asia", "../x", 5])
def test_a_zone_that_is_none_is_one_clear_error(zone: object) -> None:
    with pytest.raises(ConfigurationError, match=r"timezone must be .* Nothing was paid"):
        as_zone("timezone", zone)
    assert str(as_zone("timezone", None)) == "UTC"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (as_seconds, "4.5"),
        (as_seconds, 0),
        (as_seconds, "four"),
        (as_seconds, "４"),
        (as_seconds, True),
        (lambda v: as_limit("max_cost_usd", v), "nan"),
        (lambda v: as_limit("max_cost_usd", v), float("nan")),
        (lambda v: as_limit("max_cost_usd", v), float("inf")),
        (lambda v: as_limit("max_cost_usd", v), "1_000"),
        (lambda v: as_limit("max_cost_usd", v), "$5"),
        (lambda v: as_limit("max_cost_usd", v), -1),
        (lambda v: as_limit("max_cost_usd", v), True),
        (lambda v: as_limit("max_cost_usd", v), [5]),
        (lambda v: as_number("poll_interval", v, above=True), 0),
        (lambda v: as_mapping("labels", v), "sku=A1"),
        (lambda v: as_mapping("labels", v), ["sku"]),
        (lambda v: as_mapping("labels", v), {1: "A1"}),
        (as_labels, {"sku": {"id": 1}}),
        (as_labels, {"sku": ["A1"]}),
        (lambda v: as_ids("characters", v), 7),
        (lambda v: as_ids("characters", v), ["a", None]),
        (lambda v: as_ids("characters", v), [{"name": "a"}]),
        (lambda v: as_ids("characters", v), b"abc"),
        (lambda v: as_text("model", v), 4),
        (lambda v: as_place("input_reference", v), {"file_id": "file-1"}),
        (lambda v: as_place("input_reference", v), b"\xff\xd8"),
        (lambda v: as_flag("durable", v), "False"),
        (as_prompt, {"text": "a mug"}),
        (as_prompt, ["a mug"]),
        (as_prompt, 4),
        (as_prompt, None),
    ],
)
def test_anything_else_is_one_clear_error(read, value) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was paid"):
        read(value)


def test_a_name_that_does_not_exist_is_refused_with_the_nearest() -> None:
    check_names("conf", ["max_items"], ["max_items", "max_cost_usd"])
    with pytest.raises(ConfigurationError, match=r"no 'max_cost'.*Did you mean 'max_cost_usd'"):
        check_names("conf", ["max_cost"], ["max_items", "max_cost_usd"])
    with pytest.raises(ConfigurationError, match=r"no 'zzz'.*max_cost_usd, max_items"):
        check_names("conf", ["zzz"], ["max_items", "max_cost_usd"])


def test_record_travels_as_small_json() -> None:
    record = VideoRecord("v1", sora_conn_id="c", labels={"sku": "A1"}, requested={"prompt": "p"})
    mapping = record.to_xcom()
    assert set(mapping) == {
        "schema_version", "video_id", "parent_id", "sora_conn_id", "base_url", "dialect", "status", "requested",
        "returned", "cost_estimate_usd", "labels", "submitted_at", "completed_at", "try_number",
    }  # fmt: skip
    assert read_record(json.loads(json.dumps(mapping))) == record
    archived = record.changed(uri="gs://b/v.mp4").to_xcom()
    assert {"uri", "receipt_uri", "thumbnail_uri", "spritesheet_uri"} < set(archived)


@pytest.mark.parametrize("as_rendered", [str, json.dumps])
def test_a_record_that_a_template_rendered_is_read_back(as_rendered) -> None:
    record = VideoRecord("v1", sora_conn_id="c", labels={"sku": "it's"}, requested={"prompt": "p", "seed": None})
    assert read_record(as_rendered(record.to_xcom())) == record


@pytest.mark.parametrize(
    "wrong",
    [
        None, "", {}, {"video_id": ""}, {"video_id": "None"}, ["v1"], 7, "None", "null", "True", "['v1']", "[1]", "{}",
        '{"id": "v1"}', "LazyXComSequence(video)", "<XComArg>", "two words", "{'video_id': 'v1'", "v" * 2000,
        {"video_id": "v1", "labels": "sku"}, {"video_id": "v1", "sora_conn_id": 5},
    ],
)  # fmt: skip
def test_no_video_is_one_clear_error(wrong) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was paid"):
        read_record(wrong)


def test_a_later_key_is_ignored_by_an_older_reader() -> None:
    assert read_record({"video_id": "v1", "schema_version": 2, "new": 1}).video_id == "v1"


def test_the_sources_connection_is_used_and_another_one_refused() -> None:
    made = VideoRecord("v1", sora_conn_id="a", base_url="http://a/v1")
    assert connection_for(None, made) == connection_for("a", made) == "a"
    assert connection_for("b", VideoRecord("v1")) == "b"
    assert connection_for(None, None) == "sora_default"
    with pytest.raises(ConfigurationError, match="only that server knows it"):
        connection_for("b", made)
    check_same_server(made, "http://a/v1")
    with pytest.raises(ConfigurationError, match="now points at"):
        check_same_server(made, "http://b/v1")


def test_mismatch_compares_what_both_sides_state() -> None:
    asked = {"call": "create", "model": "sora-2", "size": "1280x720", "seconds": 15}
    record, made = VideoRecord("v1", requested=asked), partial(VideoJob, "v1", JobStatus.COMPLETED)
    assert mismatches(with_job(record, made(model="sora-2-2025-10-06", size="1280x720", seconds=15.0))) == []
    assert mismatches(with_job(record, made())) == []
    assert mismatches(with_job(record, made(seconds=10.0, model="sora-2-pro"))) == [
        "model: asked sora-2, got sora-2-pro",
        "seconds: asked 15, got 10",
    ]
