"""A function that words its prompt anew at each call, in a task that is killed where the run's conf says."""

from __future__ import annotations

import secrets
from datetime import timedelta

from airflow.sdk import DAG, task

from tests.system.boundaries import arm
from tests.system.rows import WORDED

arm()

for dag_id in WORDED:
    with DAG(dag_id, schedule=None, is_paused_upon_creation=False, default_args={"retry_delay": timedelta(seconds=1)}):

        @task.sora_video(
            sora_conn_id="listing",
            model="sora-2",
            seconds=4,
            size="1280x720",
            deferrable=dag_id.endswith("deferrable"),
            poll_interval=2,
            first_poll_after=4,
            timeout=900,
            ambiguous_settle=15,
        )
        def create(run_id: str | None = None) -> str:
            return f"{run_id}: {secrets.token_hex(8)}"

        create()
