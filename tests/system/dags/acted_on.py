"""Tasks whose job a user cancels by killing them, and tasks that an execution timeout ends, which is no kill."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator
from tests.system.rows import ACTED_ON

for dag_id in ACTED_ON:
    what, how = dag_id.split("_")
    with DAG(dag_id, schedule=None, is_paused_upon_creation=False, default_args={"retry_delay": timedelta(seconds=1)}):
        CreateVideoOperator(
            task_id="create",
            sora_conn_id="blind",
            prompt="{{ run_id }}",
            model="sora-2",
            seconds=4,
            size="1280x720",
            deferrable=how == "deferrable",
            poll_interval=2,
            first_poll_after=4,
            timeout=900,
            cancel_on_kill=True,
            retries=6,
            execution_timeout=timedelta(seconds=15) if what == "timeout" else None,
        )
