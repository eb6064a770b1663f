"""A DAG with ``gcp_conn_id`` from picture to archive, and its assets as Airflow's google provider takes them."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.gallery.archives import read_archives
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.google_front import GoogleFront
from tests.support.airflow import RunResult
from tests.support.animatic import AnimaticServer
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

DAG = """
from airflow.sdk import DAG, Asset, AssetAlias
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
with DAG("DAG_ID", schedule=None) as dag:
    clip = CreateVideoOperator(task_id="create", prompt="A harbour at dawn.", seconds=4, size="1280x720",
        input_reference="gs://my_gcp@{bucket}/photos/boat.png", deferrable=False, poll_interval=0.2)
    kept = ArchiveVideoOperator(task_id="archive", video=clip.output, destination="gs://{bucket}/clips",
        gcp_conn_id="my_gcp", outlets=[Asset("gs://{bucket}/clips"), AssetAlias("new_clips")])
"""


@pytest.fixture
def conn_id(front: GoogleFront, bucket: str, connection: Callable[..., str]) -> str:
    return connection(keyfile_dict=front.account("writer", may_store=True).key)


def test_picture_clip_and_archive_through_one_connection(
    front: GoogleFront,
    bucket: str,
    conn_id: str,
    run_dag: Callable[..., RunResult],
    sora_connection: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = open_store(f"gs://{bucket}", ArchiveOptions(gcp_conn_id=conn_id))
    store.put_bytes("photos/boat.png", photo(), content_type="image/png", metadata={})
    with AnimaticServer() as animatic:
        sora_connection(animatic.url, animatic.key, prices={"*": {"*": 0.10}})
        result = run_dag(DAG.replace("{bucket}", bucket))
        assert result.states() == {"create": "success", "archive": "success"}
        assert animatic.stats()["paid_submits"] == 1
    uri = result.xcom("archive")["uri"]
    video_id = result.xcom("create")["video_id"]
    assert uri == f"gs://{bucket}/clips/{video_id}/video.mp4"
    assert store.read_bytes(f"clips/{video_id}/video.mp4")[4:8] == b"ftyp"
    assert front.asked_as(bucket) == {"writer@p.iam.gserviceaccount.com"}
    events = asset_events()
    assert events[f"gs://{bucket}/clips"]["video_id"] == events[uri]["video_id"] == video_id
    # The command line reads the archive with that connection, and cannot without one.
    assert main(["verify", f"gs://{bucket}/clips", "--gcp-conn-id", conn_id]) == 0
    assert "0 problems" in capsys.readouterr().out
    assert main(["verify", f"gs://{bucket}/clips"]) == 2
    assert "application default credentials" in capsys.readouterr().err
    # The gallery writes the connection before the bucket.
    (archive,) = read_archives(f"gs://{conn_id}@{bucket}/clips")
    assert [found.name for found in open_store(archive.uri, archive.options).list(f"{video_id}/receipt")]


def photo() -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (1280, 720), (20, 60, 90)).save(data, "PNG")
    return data.getvalue()


def asset_events() -> dict[str, Any]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(AssetModel.uri, AssetEvent.extra).join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
        return {uri: extra for uri, extra in rows}


@pytest.mark.parametrize("folder", ["clips", "unreviewed/d/2026/11/26/0900-北国で 初雪", "a b/c%20d/é&=+"])
def test_the_address_of_a_clip_is_an_asset_that_googles_provider_reads_back(
    folder: str, bucket: str, conn_id: str
) -> None:
    """As an asset and, through the provider's own conversion, as a data set of OpenLineage."""
    from airflow.providers.google.assets.gcs import convert_asset_to_openlineage, sanitize_uri
    from airflow.sdk import Asset

    record = VideoRecord("video_1", base_url="http://render:1/v1", status="completed")
    options = ArchiveOptions(gcp_conn_id=conn_id, stills=False)
    kept = archive_video(MemorySource(sample_mp4()), record, destination=f"gs://{bucket}/{folder}", options=options)
    for uri in (kept.record.uri, kept.record.receipt_uri):
        assert uri is not None
        asset = Asset(uri)
        assert asset.uri == uri, "Airflow keeps it as it is"
        assert sanitize_uri(urlsplit(uri)) == urlsplit(uri)
        data_set = convert_asset_to_openlineage(asset, SimpleNamespace())
        name = f"{folder}/video_1/{uri.rpartition('/')[2]}"
        assert (data_set.namespace, data_set.name) == (f"gs://{bucket}", name)
        assert open_store(f"gs://{bucket}", options).look(data_set.name) is not None, "and the object lies there"
