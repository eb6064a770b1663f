"""Where the content policy refuses a prompt, a tamer one is asked for; where anything else fails, nothing is."""

from __future__ import annotations

from airflow.sdk import DAG, TriggerRule, task

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("refused", schedule=None):
    # START refused
    film = CreateVideoOperator(task_id="film", prompt="A knight charges at a dragon.", on_refusal="skip")

    # none_failed: after a film that was skipped too, but not after one that failed, as by a missing connection.
    @task.branch(trigger_rule=TriggerRule.NONE_FAILED)
    def which(ti=None) -> str:
        refusal = ti.xcom_pull(task_ids="film", key="sora_refusal")
        return "tamer" if refusal else "keep"

    tamer = CreateVideoOperator(task_id="tamer", prompt="A knight rides towards a dragon, who is asleep.")
    keep = ArchiveVideoOperator(
        task_id="keep",
        video="{{ ti.xcom_pull('tamer') or ti.xcom_pull('film') }}",
        destination="gs://my-bucket/clips",
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    )
    film >> which() >> [tamer, keep]
    tamer >> keep
    # END refused
