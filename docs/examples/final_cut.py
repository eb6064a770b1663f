"""Three shots, archived by one task, joined into one file without re-encoding."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideosOperator, ConcatVideosOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("final_cut", schedule=None):
    # START final_cut
    shots = CreateVideoOperator.partial(task_id="shots", seconds=4, size="1280x720", deferrable=True).expand(
        prompt=["A street at dawn. Static.", "A train arrives. Static.", "The platform, empty. Static."]
    )
    kept = ArchiveVideosOperator(task_id="kept", videos=shots.output, destination="gs://my-bucket/clips")
    ConcatVideosOperator(task_id="cut", videos=kept.output, title="Morning", destination="gs://my-bucket/cuts")
    # END final_cut
