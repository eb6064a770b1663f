from __future__ import annotations

import json

import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.arguments import as_ids, as_mapping, as_number, as_seconds, as_text, as_zone
from airflow_provider_sora.operators.source import check_same_server, connection_for
from airflow_provider_sora.operators.submission_record import mismatches, with_job
from airflow_provider_sora.record import VideoRecord, read_record


def test_rendered_text_becomes_what_it_stands_for() -> None:
    assert as_seconds("8") == as_seconds(8.0) == 8
    assert as_seconds("None") is as_seconds("") is None
    assert as_text("None") is as_text("  ") is None
    assert as_mapping("labels", '{"sku": "A1"}') == {"sku": "A1"}
    assert as_ids("characters", "a, b") == as_ids("characters", [{"id": "a"}, "b"]) == ("a", "b")


@pytest.mark.parametrize("zone", ["Asia/Tokio", "Asia", "../x", 5])
def test_a_zone_that_is_none_is_one_clear_error(zone: object) -> None:
    with pytest.raises(ConfigurationError, match=r"IANA .* Nothing was paid"):
        as_zone("timezone", zone)
    assert str(as_zone("timezone", "None")) == str(as_zone("timezone", "")) == "UTC"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (as_seconds, "4.5"),
        (as_seconds, 0),
        (as_seconds, "four"),
        (lambda v: as_number("max_cost_usd", v), "nan"),
        (lambda v: as_number("max_cost_usd", v), True),
        (lambda v: as_mapping("labels", v), "sku=A1"),
        (lambda v: as_mapping("labels", v), ["sku"]),
        (lambda v: as_ids("characters", v), 7),
    ],
)
def test_anything_else_is_one_clear_error(read, value) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was paid"):
        read(value)


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


@pytest.mark.parametrize("wrong", [None, "", {}, {"video_id": ""}, ["v1"], 7])
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
    record = VideoRecord("v1", requested=asked)
    assert mismatches(with_job(record, {"model": "sora-2-2025-10-06", "size": "1280x720", "seconds": 15.0})) == []
    assert mismatches(with_job(record, {})) == []
    assert mismatches(with_job(record, {"seconds": 10.0, "model": "sora-2-pro"})) == [
        "model: asked sora-2, got sora-2-pro",
        "seconds: asked 15, got 10",
    ]
