"""A project of somebody who uses the installed package and checks its own code with ``mypy --strict``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import DAG

from airflow_provider_sora.exceptions import AmbiguousSubmitError, RateLimitedError, SoraError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.operators.archive import ArchiveVideoOperator, ConcatVideosOperator
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.operators.review import ReviewVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.record import VideoRecord, read_record
from airflow_provider_sora.sensors.video import VideoCompletionSensor
from airflow_provider_sora.triggers.video import VideoCompletionTrigger


def make(prompt: str) -> str:
    hook = SoraHook("sora_default")
    try:
        job = hook.create_video(prompt, seconds=4, size="1280x720")
    except AmbiguousSubmitError as error:
        return f"look for it: {error.video_id or 'no id is known'}"
    except RateLimitedError as error:
        return f"again in {error.retry_after or 60:.0f} s"
    except SoraError as error:
        return str(error)
    return job.id if job.status.is_final else job.status.value


def owed(mapping: Mapping[str, Any]) -> float:
    record: VideoRecord = read_record(mapping)
    return record.cost_estimate_usd or 0.0


def waiting(video_id: str, deadline: float) -> VideoCompletionTrigger:
    return VideoCompletionTrigger(video_id=video_id, sora_conn_id="sora_default", deadline=deadline)


with DAG("campaign", schedule=None) as dag:
    gate = BudgetCheckOperator(
        task_id="gate", requests=[{"model": "m", "size": "1280x720", "seconds": 4}], max_cost_usd=2
    )
    clip = CreateVideoOperator(task_id="clip", prompt="A harbour at dawn.", seconds=4, labels={"sku": "A-1"}, retries=3)
    colder = RemixOperator(task_id="colder", video=clip.output, prompt="Colder light.", variant_fallback="recreate")
    kept = ArchiveVideoOperator(task_id="kept", video=clip.output, destination="gs://bucket/clips")
    cut = ConcatVideosOperator(task_id="cut", videos=[kept.output], title="Cut", destination="gs://bucket/cuts")
    asked = ReviewVideoOperator(task_id="asked", video=kept.output)
    seen = VideoCompletionSensor(task_id="seen", video="video_1", timeout=600)
    gate >> clip >> seen
