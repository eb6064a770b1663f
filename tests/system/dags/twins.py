"""Two mapped tasks that ask for the very same video."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("twins", schedule=None, is_paused_upon_creation=False):
    CreateVideoOperator.partial(
        task_id="create",
        sora_conn_id="listing",
        prompt="twins",
        model="sora-2",
        seconds=4,
        size="1280x720",
        poll_interval=1,
        ambiguous_settle=8,
    ).expand(labels=[{"twin": "a"}, {"twin": "b"}])
