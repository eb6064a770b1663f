"""Three shots cut into a film: a title, dissolves, captions and a bed of music."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_sora.operators.archive import ArchiveVideosOperator
from airflow_provider_sora.operators.cut import CutVideosOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

PLACE = "gs://my-bucket"
PROMPTS = ["A street at dawn. Static.", "A train arrives. Static.", "The platform, empty. Static."]


# START film
@task
def edit(clips: list[dict[str, Any]]) -> list[dict[str, Any]]:
    street, train, platform = clips
    return [
        {"card": "The first train\nA film of three shots", "seconds": 2, "blend": 12},
        {"video": street, "start": 0.5, "blend": 12},
        {"video": train, "captions": [{"start": 1, "end": 3, "text": "おはようございます。", "speaker": "駅員"}]},
        {"video": platform, "end": 3, "blend": 24},
        {"card": "End", "seconds": 2},
    ]


# END film
with DAG("film", schedule=None):
    shots = CreateVideoOperator.partial(task_id="shots", seconds=4, size="1280x720", deferrable=True)
    made = shots.expand(prompt=PROMPTS)
    kept = ArchiveVideosOperator(task_id="kept", videos=made.output, destination=f"{PLACE}/clips")
    CutVideosOperator(
        task_id="film",
        videos=edit(kept.output),
        title="The first train",
        rate=24,
        music=f"{PLACE}/music/morning.wav",
        burn_captions=True,
        destination=f"{PLACE}/films",
    )
