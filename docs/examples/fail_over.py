"""Another server when the first one refuses for certain; a new clip where a server has no remix."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("fail_over", schedule=None):
    # START fail_over
    clip = CreateVideoOperator(
        task_id="clip",
        prompt="Wide shot of a coast. Slow pan right.",
        sora_conn_id="sora_gpu_room",
        fallback_conn_ids=["sora_gateway"],
    )
    # END fail_over
    # START recreate
    evening = RemixOperator(
        task_id="evening",
        video=clip.output,
        prompt="Change the light to dusk.",
        variant_fallback="recreate",
    )
    # END recreate
    ArchiveVideoOperator(task_id="keep", video=evening.output, destination="gs://my-bucket/clips")
