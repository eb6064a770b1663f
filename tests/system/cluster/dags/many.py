"""Many clips at once, in each way to wait for them. A run's conf says how many: ``{"n": 200}``."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
from airflow_provider_sora.sensors.video import VideoCompletionSensor

BUCKET = "gs://sora-archive"
ASKED: dict[str, Any] = {"model": "sora-2", "seconds": 4, "size": "1280x720", "poll_interval": 5}
#: A killed worker's tasks come back as soon as Airflow has found them.
PATIENCE = {"retries": 3, "retry_delay": 5}


@task
def prompts(params: dict[str, Any], run_id: str) -> list[str]:
    return [f"Clip {number} of {run_id}: waves break on a pier." for number in range(int(params["n"]))]


def dag(dag_id: str, **more: Any) -> DAG:
    return DAG(dag_id, schedule=None, is_paused_upon_creation=False, params={"n": 2}, default_args=PATIENCE, **more)


with dag("deferrable"):
    CreateVideoOperator.partial(
        task_id="create", deferrable=True, destination=f"{BUCKET}/{{{{ run_id }}}}", **ASKED
    ).expand(prompt=prompts())

with dag("blocking"):
    CreateVideoOperator.partial(
        task_id="create", deferrable=False, destination=f"{BUCKET}/{{{{ run_id }}}}", **ASKED
    ).expand(prompt=prompts())

with dag("two_tasks"):
    made = CreateVideoOperator.partial(task_id="create", deferrable=True, **ASKED).expand(prompt=prompts())
    ArchiveVideoOperator.partial(task_id="keep", destination=f"{BUCKET}/{{{{ run_id }}}}").expand(video=made.output)

with dag("sensor"):
    sent = CreateVideoOperator.partial(task_id="create", wait_for_completion=False, **ASKED).expand(prompt=prompts())
    done = VideoCompletionSensor.partial(task_id="wait", deferrable=True, poke_interval=5).expand(video=sent.output)
    ArchiveVideoOperator.partial(task_id="keep", destination=f"{BUCKET}/{{{{ run_id }}}}").expand(video=done.output)

with dag("pooled"):
    CreateVideoOperator.partial(
        task_id="create", deferrable=True, pool="videos", destination=f"{BUCKET}/{{{{ run_id }}}}", **ASKED
    ).expand(prompt=prompts())

with dag("few_at_a_time"):
    CreateVideoOperator.partial(
        task_id="create",
        deferrable=True,
        max_active_tis_per_dag=20,
        destination=f"{BUCKET}/{{{{ run_id }}}}",
        **ASKED,
    ).expand(prompt=prompts())

with dag("webhooked"):
    # The connection is made by the row of the benchmark that runs this.
    CreateVideoOperator.partial(
        task_id="create", deferrable=True, sora_conn_id="webhooked", **{**ASKED, "poll_interval": 300}
    ).expand(prompt=prompts())

with dag("sdk"):

    @task
    def create_and_poll(prompt: str) -> str:
        """What one writes without this provider: a worker's place for each clip, and no archive."""
        from airflow.sdk import BaseHook
        from openai import OpenAI

        found = BaseHook.get_connection("sora_default")
        client = OpenAI(base_url=found.host, api_key=found.password)
        video = client.videos.create_and_poll(
            prompt=prompt, model="sora-2", seconds="4", size="1280x720", poll_interval_ms=5000
        )
        return f"{video.id} {len(client.videos.download_content(video.id).read())}"

    create_and_poll.expand(prompt=prompts())
