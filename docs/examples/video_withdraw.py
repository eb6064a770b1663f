"""Take back what was approved: started by hand with a clip's receipt, in the name of whoever starts it."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_provider_sora.operators.review import WithdrawVideoOperator

# START video_withdraw
with DAG(
    "video_withdraw",
    schedule=None,
    params={
        "receipt": Param("", type="string", minLength=1, description="Address of the clip's receipt.json"),
        "why": Param("", type="string", minLength=1, description="For the trail"),
    },
):
    withdraw = WithdrawVideoOperator(
        task_id="withdraw",
        video="{{ params.receipt }}",
        why="{{ params.why }}",
        by="{{ dag_run.triggering_user_name }}",
    )
# END video_withdraw
