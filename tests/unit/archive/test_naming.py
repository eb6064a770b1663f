from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_sora.archive.naming import asset_name, folder_name
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.destination import parse_destination, split_object_uri


@given(st.text(min_size=1))
def test_a_folder_is_safe_and_stable_for_any_id(video_id: str) -> None:
    folder = folder_name(video_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", folder)
    assert folder == folder_name(video_id)


def test_plain_ids_stay_readable() -> None:
    assert asset_name("video_68f", "receipt") == "video_68f/receipt.json"


def test_long_and_odd_ids_get_a_head_and_a_hash() -> None:
    long = "video_" + "bGl0ZWxsbTpjdXN0b20=" * 12
    assert folder_name(long) != folder_name(long + "=")
    assert folder_name("a:b") != folder_name("a=b")
    assert folder_name("a:b").startswith("a_b-")
    assert len(folder_name(long)) == 57


@pytest.mark.parametrize(
    ("given_uri", "uri"),
    [
        ("gs://b", "gs://b"),
        ("gs://b/", "gs://b"),
        ("gcs://b/p/q/", "gs://b/p/q"),
        (" s3://b/p ", "s3://b/p"),
        ("file:///data/clips/", "file:///data/clips"),
        ("gs://b/ニュース/2026", "gs://b/ニュース/2026"),
    ],
)
def test_destinations(given_uri: str, uri: str) -> None:
    assert parse_destination(given_uri).uri == uri


def test_names_below_a_destination() -> None:
    assert parse_destination("gs://b/p").object_name("v/video.mp4") == "p/v/video.mp4"
    assert parse_destination("gs://b").object_name("v/video.mp4") == "v/video.mp4"
    assert parse_destination("file:///d").join("v/video.mp4") == "file:///d/v/video.mp4"
    assert parse_destination("file:///").join("v") == "file:///v"
    assert split_object_uri("gs://b/p/v/receipt.json") == ("gs://b/p/v", "receipt.json")


@pytest.mark.parametrize(
    "wrong",
    ["", "  ", None, 3, "bucket/prefix", "/data/x", "https://h/x", "gs://", "gs:///x", "file://data", "gs://b/a/../c",
     "gs://b/p?x=1", "gs://b/p#x", "gs://b/a\nb", "gs:b", "http://[bad"],
)  # fmt: skip
def test_what_is_no_destination_is_told(wrong: object) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was stored"):
        parse_destination(wrong)


@given(st.text())
def test_any_text_is_a_destination_or_an_error(text: str) -> None:
    try:
        assert parse_destination(text).uri
    except ConfigurationError as error:
        assert "destination" in str(error)
