"""The DAG of the README: a clip, a remix of it, both archived."""

from __future__ import annotations

# START first_clip
from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("first_clip", schedule=None):
    prompt = "Wide shot of a harbour at dawn. Slow dolly-in. Soft light."
    clip = CreateVideoOperator(task_id="clip", prompt=prompt, seconds=4, size="1280x720", deferrable=True)
    colder = RemixOperator(task_id="colder", video=clip.output, prompt="Turn the light colder.", deferrable=True)
    for made in (clip, colder):
        ArchiveVideoOperator(task_id=f"keep_{made.task_id}", video=made.output, destination="gs://my-bucket/clips")
# END first_clip
