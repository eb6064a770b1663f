"""The archive operators inside real Airflow, against the bundled server and the strict emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_sora.stores.open import open_store
from tests.support.airflow import RunResult, airflow_db, run_dag, sora_connection
from tests.support.animatic import AnimaticServer

__all__ = ["airflow_db", "run_dag", "sora_connection"]

HEAD = """
from airflow.sdk import DAG, Asset, AssetAlias, task
from airflow_provider_sora.operators.archive import (
    ArchiveVideoOperator, ArchiveVideosOperator, ConcatVideosOperator)
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
DESTINATION = "{destination}"
"""
QUICK = "deferrable=False, poll_interval=0.2, seconds=4, size='1280x720'"


@pytest.fixture
def place(animatic: AnimaticServer, gcs_bucket: str, sora_connection: Callable[..., None]) -> str:
    sora_connection(animatic.url, animatic.key, prices={"*": {"*": 0.10}})
    return f"gs://{gcs_bucket}/clips"


Run = Callable[[str], RunResult]


@pytest.fixture
def run(run_dag: Callable[..., RunResult], place: str) -> Run:
    return lambda body: run_dag(HEAD.replace("{destination}", place) + body)


def test_a_video_and_its_remix_are_archived(run: Run, place: str) -> None:
    result = run(
        f"""
with DAG("DAG_ID", schedule=None) as dag:
    clip = CreateVideoOperator(task_id="create", prompt="A harbour at dawn.", labels={{"guid": "1"}}, {QUICK})
    kept = ArchiveVideoOperator(task_id="archive", video=clip.output, destination=DESTINATION,
        labels={{"desk": "news"}}, outlets=[Asset("sora_clips")])
    colder = RemixOperator(task_id="remix", video=clip.output, prompt="Colder light.", deferrable=False,
        poll_interval=0.2)
    kept_too = ArchiveVideoOperator(task_id="archive_remix", video=colder.output, destination=DESTINATION,
        outlets=[AssetAlias("sora_new_clips")])
    kept >> kept_too
"""
    )
    assert result.states() == dict.fromkeys(("create", "archive", "remix", "archive_remix"), "success")
    first, second = result.xcom("archive"), result.xcom("archive_remix")
    assert first["uri"] == f"{place}/{first['video_id']}/video.mp4"
    assert first["thumbnail_uri"] and first["spritesheet_uri"]
    store = open_store(place)
    receipt = json.loads(store.read_bytes(f"{first['video_id']}/receipt.json"))
    assert receipt["labels"] == {"guid": "1", "desk": "news"}
    assert receipt["cost"]["estimate"] == pytest.approx(0.4)
    assert receipt["run"]["task_id"] == "archive"
    assert receipt["media"]["duration_seconds"] == pytest.approx(4, abs=0.3)
    remixed = json.loads(store.read_bytes(f"{second['video_id']}/receipt.json"))
    assert remixed["parent_chain"] == [first["video_id"]]
    assert result.xcom("archive", key="sora_record")["uri"] == first["uri"]
    link = result.xcom("archive", key="_link_ArchivedVideoLink")
    assert link.startswith("https://console.cloud.google.com/storage/browser/_details/")
    events = _asset_events()
    assert events["sora_clips"]["video_id"] == first["video_id"]
    assert events[second["uri"]]["sha256"] == remixed["objects"]["video"]["sha256"]


def _asset_events() -> dict[str, Any]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        rows = session.query(AssetModel.name, AssetEvent.extra).join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
        return {name: extra for name, extra in rows}


def test_a_list_and_a_final_cut(run: Run, place: str, animatic: AnimaticServer) -> None:
    before = animatic.stats()["paid_submits"]
    result = run(
        f"""
with DAG("DAG_ID", schedule=None) as dag:
    clips = CreateVideoOperator.partial(task_id="create", {QUICK}).expand(prompt=["One.", "Two."])
    kept = ArchiveVideosOperator(task_id="archive", videos=clips.output, destination=DESTINATION, concurrency=2)
    cut = ConcatVideosOperator(task_id="cut", videos=kept.output, destination=DESTINATION, title="Both")
    again = ConcatVideosOperator(task_id="again", videos=kept.output, destination=DESTINATION, title="Both")
    cut >> again
"""
    )
    assert result.state == "success"
    kept, cut = result.xcom("archive"), result.xcom("cut")
    assert result.xcom("again") == cut
    assert animatic.stats()["paid_submits"] == before + 2
    receipt = json.loads(open_store(place).read_bytes(f"{cut['video_id']}/receipt.json"))
    stored = open_store(place).look(f"{cut['video_id']}/video.mp4")
    assert stored is not None and stored.generation == receipt["objects"]["video"]["generation"]
    assert receipt["kind"] == "final_cut" and receipt["run"]["task_id"] == "cut"
    assert [part["video_id"] for part in receipt["parts"]] == [record["video_id"] for record in kept]
    assert receipt["media"]["duration_seconds"] == pytest.approx(8, abs=0.5)
    assert receipt["media"]["has_audio"] is True


def test_one_of_a_list_that_fails_costs_the_others_nothing(run: Run, place: str) -> None:
    result = run(
        f"""
with DAG("DAG_ID", schedule=None) as dag:
    clip = CreateVideoOperator(task_id="create", prompt="One.", {QUICK})
    @task
    def both(video):
        return [video, "video_unknown", None]
    ArchiveVideosOperator(task_id="archive", videos=both(clip.output), destination=DESTINATION, retries=0)
"""
    )
    assert result.states()["archive"] == "failed"
    assert open_store(place).look(f"{result.xcom('create')['video_id']}/receipt.json") is not None


def test_a_bare_id_is_looked_up_and_a_repeat_costs_nothing(run: Run, place: str, animatic: AnimaticServer) -> None:
    result = run(
        f"""
with DAG("DAG_ID", schedule=None) as dag:
    clip = CreateVideoOperator(task_id="create", prompt="A quiet street.", {QUICK})
    kept = ArchiveVideoOperator(task_id="archive", video="{{{{ ti.xcom_pull('create')['video_id'] }}}}",
        destination=DESTINATION, sora_conn_id="sora_default")
    again = ArchiveVideoOperator(task_id="again", video=clip.output, destination=DESTINATION)
    clip >> kept >> again
"""
    )
    assert result.state == "success"
    kept, again = result.xcom("archive"), result.xcom("again")
    assert (kept["status"], kept["uri"]) == ("completed", again["uri"])
    assert kept["requested"]["prompt"] == "A quiet street."


def test_another_connection_than_the_videos_own_is_an_error(run: Run) -> None:
    result = run(
        """
with DAG("DAG_ID", schedule=None) as dag:
    ArchiveVideoOperator(task_id="archive", video={"video_id": "v", "sora_conn_id": "sora_default"},
        sora_conn_id="other", destination=DESTINATION)
"""
    )
    assert result.states() == {"archive": "failed"}
    assert result.tries("archive") == 1
