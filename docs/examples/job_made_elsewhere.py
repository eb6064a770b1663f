"""Submit in one task, wait in another; or wait for a job that another program submitted."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import DeleteVideoOperator
from airflow_provider_sora.sensors.video import VideoCompletionSensor

with DAG("job_made_elsewhere", schedule=None, params={"video_id": Param("video_1", type="string")}):
    # START job_made_elsewhere
    ready = VideoCompletionSensor(task_id="ready", video="{{ params.video_id }}", deferrable=True, timeout=3600)
    keep = ArchiveVideoOperator(task_id="keep", video=ready.output, destination="gs://my-bucket/clips")
    DeleteVideoOperator(task_id="delete", video=keep.output)
    # END job_made_elsewhere
