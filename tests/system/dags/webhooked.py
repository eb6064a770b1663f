"""Ten jobs that are looked at every five minutes, unless a webhook says that one has ended."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("webhooked", schedule=None, is_paused_upon_creation=False):
    CreateVideoOperator.partial(
        task_id="create",
        sora_conn_id="webhooked",
        model="sora-2",
        seconds=4,
        size="1280x720",
        deferrable=True,
        poll_interval=300,
        timeout=900,
        retries=0,
    ).expand(prompt=[f"Wave {number} of {{{{ run_id }}}}" for number in range(10)])
