"""Events of real runs, from Airflow's own OpenLineage provider through its file transport."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from airflow_provider_sora.runs.private.subjects import subject_of
from tests.support.animatic import KEY

pytest.importorskip("airflow.providers.openlineage", reason="the OpenLineage provider is not installed")

REPOSITORY = Path(__file__).resolve().parents[3]
# The state goes to a file: the provider's processes, which outlive the run, write to the same stdout.
RUN = """
import pathlib, runpy, sys

made = runpy.run_path(sys.argv[1])["dag"]
state = made.test(run_conf={}).state
pathlib.Path(sys.argv[2]).write_text(getattr(state, "value", state))
"""


@pytest.fixture
def events(airflow_db: None, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """``events(source)`` runs a DAG in a process of its own, where the provider listens, and reads what it wrote."""

    def run(source: str, state: str = "success") -> list[dict[str, Any]]:
        folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
        for earlier in folder.glob("*.py"):
            earlier.unlink()
        path, written = folder / f"lineage_{tmp_path.name}.py", tmp_path / "events.jsonl"
        ended_in = tmp_path / "state"
        path.write_text(source.replace("DAG_ID", path.stem), "utf-8")
        transport = {"type": "file", "log_file_path": str(written), "append": True}
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
            "AIRFLOW__OPENLINEAGE__NAMESPACE": "newsroom",
        }
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(path), str(ended_in)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        assert ended_in.read_text() == state, done.stdout[-4000:] + done.stderr[-4000:]
        return [json.loads(line) for line in written.read_text().splitlines()]

    return run


def ended(events: list[dict[str, Any]], task: str, kind: str = "COMPLETE") -> dict[str, Any]:
    (event,) = [e for e in events if e["job"]["name"].endswith(f".{task}") and e["eventType"] == kind]
    return event


def named(datasets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["namespace"], one["name"]) for one in datasets]


def test_a_clip_its_remix_and_their_objects_are_one_graph(
    animatic, events, gcs_server, gcs_bucket, sora_connection, tmp_path
) -> None:
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}})
    picture = tmp_path / "mug.png"
    Image.new("RGB", (1280, 720), "teal").save(picture)
    found = events(f"""
from airflow.sdk import DAG
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("DAG_ID", schedule=None) as dag:
    make = CreateVideoOperator(
        task_id="make", prompt="a secret mug", model="sora-2", seconds=4, size="1280x720", deferrable=True,
        poll_interval=0.2, input_reference={str(picture)!r},
        labels={{"sku": "MUG-01", "product_url": "https://shop.example/mug"}},
    )
    ArchiveVideoOperator(task_id="keep", video=make.output, destination="gs://{gcs_bucket}/clips")
    RemixOperator(
        task_id="dusk", video=make.output, prompt="at dusk", destination="gs://{gcs_bucket}/clips", poll_interval=0.2
    )
""")
    first, second = (job["id"] for job in sorted(animatic.jobs(), key=lambda job: job["created_at"]))
    made, kept, dusk = (ended(found, task) for task in ("make", "keep", "dusk"))
    assert made["job"]["namespace"] == "newsroom"

    assert named(made["inputs"]) == [("file", str(picture)), ("https://shop.example", "/mug")]
    assert made["inputs"][0]["facets"]["sora_reference"]["width"] == 1280
    assert made["inputs"][1]["facets"]["sora_item"]["sku"] == "MUG-01"
    assert named(made["outputs"]) == named(kept["inputs"]) == [(animatic.url, f"videos/{first}")]
    cost = made["run"]["facets"]["sora_cost"]
    assert (cost["estimated_usd"], cost["currency"], cost["video_id"]) == (0.4, "USD", first)
    tags = made["outputs"][0]["facets"]["tags"]["tags"]
    assert {"key": "sku", "value": "MUG-01", "source": "USER"}.items() <= tags[0].items()

    folder = f"clips/{first}"
    names = [f"{folder}/{name}" for name in ("video.mp4", "thumbnail.webp", "spritesheet.jpg", "receipt.json")]
    assert named(kept["outputs"]) == [(f"gs://{gcs_bucket}", name) for name in names]
    video = kept["outputs"][0]
    stored = video["facets"]["sora_stored"]
    assert len(stored["sha256"]) == 64 and video["facets"]["version"]["datasetVersion"] == stored["sha256"]
    assert video["outputFacets"]["outputStatistics"]["size"] > 10_000
    assert video["facets"]["sora_video"]["estimated_usd"] == 0.4

    assert (animatic.url, f"videos/{first}") in named(dusk["inputs"])
    assert named(dusk["outputs"])[0] == (animatic.url, f"videos/{second}")
    assert (f"gs://{gcs_bucket}", f"clips/{second}/video.mp4") in named(dusk["outputs"])
    assert KEY not in json.dumps(found)
    lineage = [[e["inputs"], e["outputs"], e["run"]["facets"].get("sora_cost")] for e in (made, kept, dusk)]
    assert "secret mug" not in json.dumps(lineage), "no prompt is told; Airflow's own facets show a task's arguments"


def test_a_task_that_fails_after_it_has_paid_tells_what_it_paid_for(animatic, events, sora_connection) -> None:
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}})
    animatic.fault(action="fail_job", preset="server_error", times=1)
    found = events(
        """
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    CreateVideoOperator(
        task_id="make", prompt="a mug", model="sora-2", seconds=4, size="1280x720", retries=0, poll_interval=0.2
    )
""",
        state="failed",
    )
    (job,) = animatic.jobs()
    event = ended(found, "make", "FAIL")
    assert named(event["outputs"]) == [(animatic.url, f"videos/{job['id']}")]
    assert event["run"]["facets"]["sora_cost"]["estimated_usd"] == 0.4


def test_the_hook_in_a_plain_task_tells_what_it_read_and_wrote(animatic, events, sora_connection, tmp_path) -> None:
    sora_connection(animatic.url, KEY, default_model="sora-2")
    picture, clip = tmp_path / "mug.png", tmp_path / "clip.mp4"
    Image.new("RGB", (1280, 720), "teal").save(picture)
    found = events(f"""
import time
from airflow.sdk import DAG, task

with DAG("DAG_ID", schedule=None) as dag:
    @task
    def film():
        from airflow_provider_sora.hooks.sora import SoraHook

        hook = SoraHook()
        job = hook.create_video("a mug", seconds=4, size="1280x720", input_reference={str(picture)!r})
        while not job.status.is_final:
            time.sleep(0.2)
            job = hook.get_video(job.id)
        hook.download_to(job.id, {str(clip)!r})

    film()
""")
    event = ended(found, "film")
    assert ("file", str(picture)) in named(event["inputs"])
    assert named(event["outputs"]) == [("file", str(clip))]


def test_no_private_cell_is_told(animatic, events, gcs_server, gcs_bucket, sora_connection, monkeypatch) -> None:
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}})
    monkeypatch.setenv("AIRFLOW_VAR_SORA_PRIVATE_DATA_SECRET", "f" * 64)
    table = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]) / "guests.csv"
    table.write_text("guest,name,city\nkanari-4711@x.example,Zaphkiel Qworndon,Lisbon\n", "utf-8")
    subject = subject_of(("f" * 64).encode(), "kanari-4711@x.example")
    row = {"subject": subject, "table": str(table), "key_column": "guest", "private_columns": ["guest", "name"]}
    found = events(f"""
from airflow.sdk import DAG
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.private import CreatePrivateVideoOperator

with DAG("DAG_ID", schedule=None) as dag:
    make = CreatePrivateVideoOperator(
        task_id="make", prompt="A card in Lisbon greets {{name}}.", private_row={row!r},
        labels={{"subject": {subject!r}}},
        model="sora-2", seconds=4, size="1280x720", poll_interval=0.2,
    )
    ArchiveVideoOperator(task_id="keep", video=make.output, destination="gs://{gcs_bucket}/clips")
""")
    (job,) = animatic.jobs()
    assert job["prompt"] == "A card in Lisbon greets Zaphkiel Qworndon."
    told = json.dumps(found)
    assert f"videos/{job['id']}" in told
    assert subject in told, "the label by which a person's clips are found"
    for piece in ("kanari-4711", "Zaphkiel", "Qworndon"):
        assert piece not in told
