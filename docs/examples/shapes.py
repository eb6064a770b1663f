"""One clip, and its copies for other places, marked as generated."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.reshape import ShapeVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("shapes", schedule=None):
    clip = CreateVideoOperator(
        task_id="clip", prompt="A lighthouse in the wind. Static.", seconds=4, size="1280x720", deferrable=True
    )
    kept = ArchiveVideoOperator(task_id="kept", video=clip.output, destination="gs://my-bucket/clips")
    # START shapes
    shapes = ShapeVideoOperator(
        task_id="shapes",
        video=kept.output,
        shapes=["16:9", "9:16", "1:1"],
        focus={"9:16": [0.3, 0.5]},
        mark="AI generated",
    )
    # END shapes
