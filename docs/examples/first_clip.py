"""The DAG of the README: a clip, a remix of it, both archived by the task that made them: it runs on every server."""

from __future__ import annotations

# START first_clip
from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("first_clip", schedule=None, default_args={"destination": "gs://my-bucket/clips", "deferrable": True}):
    prompt = "Wide shot of a harbour at dawn. Slow dolly-in. Soft light."
    clip = CreateVideoOperator(task_id="clip", prompt=prompt, seconds=4, size="1280x720")
    # A server without remix gets the change as a new video, which costs the same.
    RemixOperator(task_id="colder", video=clip.output, prompt="Turn the light colder.", variant_fallback="recreate")
# END first_clip
