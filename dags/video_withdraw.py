"""Takes an approved clip back, in the name of whoever starts the run: by hand with its parameters, or by *Withdraw* on
the clip's page in the gallery.

What becomes of the approved copy says ``[sora] withdrawn``. Other DAGs hear of it on ``Asset("sora_withdrawn")``.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import Param, dag

from airflow_provider_sora.kit import default_args
from airflow_provider_sora.operators.review import WithdrawVideoOperator

PARAMS = {
    "clip": Param("", type="string", description="Address of the clip's receipt, not of the approved copy's"),
    "why": Param("", type="string", description="What is wrong with it; kept with the decision"),
    "gcp_conn_id": Param(None, type=["string", "null"]),
    "storage_conn_id": Param(None, type=["string", "null"]),
}


@dag(
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    params=PARAMS,
    default_args=default_args(),
    tags=["sora", "review"],
    doc_md=__doc__,
)
def video_withdraw() -> None:
    WithdrawVideoOperator(
        task_id="withdraw",
        video="{{ params.clip }}",
        by="{{ dag_run.triggering_user_name or '' }}",
        why="{{ params.why }}",
        gcp_conn_id="{{ params.gcp_conn_id or '' }}",
        storage_conn_id="{{ params.storage_conn_id or '' }}",
    )


made = video_withdraw()
