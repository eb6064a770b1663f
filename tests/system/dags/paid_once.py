"""One create and its archive, killed where the run's conf says; one DAG per server, way of waiting, and lone row."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
from tests.system.boundaries import arm
from tests.system.rows import dag_ids

arm()

for dag_id in dag_ids():
    server, how = dag_id.removeprefix("paid_once_").split("_")[:2]
    with DAG(
        dag_id,
        schedule=None,
        is_paused_upon_creation=False,
        max_active_runs=50,
        default_args={"retry_delay": timedelta(seconds=1)},
    ):
        create = CreateVideoOperator(
            task_id="create",
            sora_conn_id=server,
            prompt="{{ run_id }}" if server == "witness" else "clip of {{ run_id }}",
            model="sora-2",
            seconds=4,
            size="1280x720",
            deferrable=how == "deferrable",
            poll_interval=2,
            first_poll_after="{{ dag_run.conf.get('first_poll_after', 4) }}",
            timeout=900,
            on_ambiguous_submit="resubmit_if_absent" if server == "witness" else "adopt_or_fail",
            ambiguous_settle=15,
            on_clear="{{ dag_run.conf.get('on_clear', 'reuse') }}",
            # Both ways to the bucket: from within the paying task, and in a task of its own.
            destination="gs://system/clips" if how == "sync" else None,
        )
        if server == "witness":
            beside = CreateVideoOperator(
                task_id="beside",
                sora_conn_id=server,
                prompt="Waves break on black rocks, seen from {{ dag.dag_id }}",
                model="sora-2",
                seconds=4,
                size="1280x720",
                wait_for_completion=False,
            )
            beside >> create
        if how == "deferrable":
            ArchiveVideoOperator(task_id="archive", video=create.output, destination="gs://system/clips")
