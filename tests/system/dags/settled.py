"""A create whose answer is lost, and what stands behind it, until a person settles it."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

with DAG("settled", schedule=None, is_paused_upon_creation=False, default_args={"sora_conn_id": "blind"}):
    paid = {"deferrable": True, "poll_interval": 2, "ambiguous_settle": 1, "retries": 0}
    create = CreateVideoOperator(
        task_id="create", prompt="{{ run_id }}", model="sora-2", seconds=4, size="1280x720", **paid
    )
    RemixOperator(task_id="remix", video=create.output, prompt="{{ run_id }}, colder", **paid)
