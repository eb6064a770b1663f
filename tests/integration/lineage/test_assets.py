"""Archived clips as assets of Airflow: their URIs are taken by Airflow and shown by its asset pages' own routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk import Asset

from airflow_provider_sora.lineage.places import asset_uri
from tests.support.animatic import KEY


@pytest.fixture
def airflow_api(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The API that Airflow's own pages ask, signed in as an administrator, over the database of the test session."""
    from fastapi.testclient import TestClient

    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "asset-tests-jwt-secret-" + "x" * 48)
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(apps="core"), base_url="http://testserver") as client:
        token = client.get("/auth/token").json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def test_archived_clips_stand_among_airflows_assets_under_their_addresses(
    animatic, gcs_server, gcs_bucket, run_dag, sora_connection, tmp_path, airflow_api
) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(f"""
from airflow.sdk import DAG, AssetAlias
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    made = CreateVideoOperator(
        task_id="make", prompt="a mug", poll_interval=0.2, destination="file://{tmp_path}/clips",
        outlets=[AssetAlias("clips")],
    )
    ArchiveVideoOperator(
        task_id="keep", video=made.output, destination="gs://{gcs_bucket}/clips", outlets=[AssetAlias("clips")]
    )
""")
    assert result.state == "success", result.states()
    here, there = (result.xcom(task)["uri"] for task in ("make", "keep"))
    video_id = result.xcom("keep")["video_id"]
    for uri, scheme in ((here, "file:///"), (there, "gs://")):
        assert uri.startswith(scheme)
        (asset,) = airflow_api.get("/api/v2/assets", params={"uri_pattern": uri, "only_active": False}).json()["assets"]
        assert asset["uri"] == uri
        (event,) = airflow_api.get("/api/v2/assets/events", params={"asset_id": asset["id"]}).json()["asset_events"]
        assert event["extra"]["video_id"] == video_id and event["extra"]["bytes"] > 10_000
        assert "prompt" not in event["extra"]


@pytest.mark.parametrize(
    "uri", ["gs://bucket/clips/video_1/video.mp4", "s3://bucket/clips/a b/video.mp4", "file:///data/clips/video.mp4"]
)
def test_airflow_takes_an_address_as_it_is(uri: str) -> None:
    assert Asset(asset_uri(uri)).uri == uri


def test_the_connection_that_reads_a_bucket_is_no_part_of_the_asset() -> None:
    assert Asset(asset_uri("s3://aws_default@bucket/clips/video.mp4")).uri == "s3://bucket/clips/video.mp4"
