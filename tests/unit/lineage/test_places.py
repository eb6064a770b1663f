"""Names of places, as OpenLineage has them, and without what reads or unlocks them."""

from __future__ import annotations

import pytest

from airflow_provider_sora.lineage.places import Place, asset_uri, job_place, place_of


@pytest.mark.parametrize(
    ("address", "namespace", "name"),
    [
        ("gs://bucket/clips/video_1/video.mp4", "gs://bucket", "clips/video_1/video.mp4"),
        ("gcs://bucket/a", "gs://bucket", "a"),
        ("s3://aws_default@bucket/clips/a.mp4", "s3://bucket", "clips/a.mp4"),
        ("abfs://wasb@clips/a.mp4", "abfs://clips", "a.mp4"),
        ("file:///data/clips/a.mp4", "file", "/data/clips/a.mp4"),
        ("/data/photos/mug.png", "file", "/data/photos/mug.png"),
        ("https://user:secret@shop.example/p/mug?sig=abc#x", "https://shop.example", "/p/mug"),
        ("https://shop.example", "https://shop.example", "/"),
    ],
)
def test_an_address_is_a_place(address: str, namespace: str, name: str) -> None:
    assert place_of(address) == Place(namespace, name)


@pytest.mark.parametrize("address", ["", "mug.png", "file_id:file-1", "data:image/png;base64,AAAA", "gs://bucket"])
def test_what_names_no_object_is_none(address: str) -> None:
    assert place_of(address) is None


def test_a_job_lies_on_its_server() -> None:
    assert job_place("http://user:key@127.0.0.1:8765/v1/", "video_1") == Place(
        "http://127.0.0.1:8765/v1", "videos/video_1"
    )


def test_an_assets_uri_has_no_connection_in_it() -> None:
    assert asset_uri("s3://aws_default@bucket/clips/a.mp4") == "s3://bucket/clips/a.mp4"
    for uri in ("gs://bucket/a@b.mp4", "file:///data/a.mp4"):
        assert asset_uri(uri) == uri
