"""One create and its archive, killed where the run's conf says."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
from tests.system.boundaries import arm

arm()

for conn_id in os.environ["SORA_TEST_CONNECTIONS"].split(","):
    for mode in ("sync", "deferrable"):
        with DAG(
            f"paid_once_{conn_id}_{mode}",
            schedule=None,
            is_paused_upon_creation=False,
            max_active_runs=50,
            default_args={"retry_delay": timedelta(seconds=1)},
        ):
            create = CreateVideoOperator(
                task_id="create",
                sora_conn_id=conn_id,
                prompt="{{ dag_run.conf.get('prompt') or 'clip of ' ~ run_id }}",
                model="sora-2",
                seconds=4,
                size="1280x720",
                deferrable=mode == "deferrable",
                poll_interval=1,
                first_poll_after="{{ dag_run.conf.get('first_poll_after', 3) }}",
                timeout="{{ dag_run.conf.get('timeout', 300) }}",
                ambiguous_settle=8,
                cancel_on_kill=False,
            )
            ArchiveVideoOperator(task_id="archive", video=create.output, destination="gs://system/clips")
