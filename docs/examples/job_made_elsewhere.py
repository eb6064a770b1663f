"""Wait for a job by its id, whoever submitted it, and archive its video."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.sensors.video import VideoCompletionSensor

with DAG("job_made_elsewhere", schedule=None, params={"video_id": Param("video_1", type="string")}):
    # START job_made_elsewhere
    ready = VideoCompletionSensor(task_id="ready", video="{{ params.video_id }}", deferrable=True, timeout=3600)
    ArchiveVideoOperator(task_id="keep", video=ready.output, destination="gs://my-bucket/clips")
    # END job_made_elsewhere
