"""A question that nobody answers in time, a withdrawal, and DAGs of others that wait for what is announced."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, Param, get_current_context, task

from airflow_provider_sora.operators.review import ReviewVideoOperator, WithdrawVideoOperator

COMMON = {"schedule": None, "is_paused_upon_creation": False, "default_args": {"retry_delay": timedelta(seconds=1)}}
RECEIPT = {"receipt": Param("", type="string")}

with DAG("due", params=RECEIPT, **COMMON):
    ReviewVideoOperator(task_id="review", video="{{ params.receipt }}", response_timeout=timedelta(seconds=5))

with DAG("due_rejects", params=RECEIPT, **COMMON):
    ReviewVideoOperator(
        task_id="review", video="{{ params.receipt }}", response_timeout=timedelta(seconds=5), defaults="Reject"
    )

with DAG("withdraw", params=RECEIPT, **COMMON):
    WithdrawVideoOperator(
        task_id="withdraw", video="{{ params.receipt }}", why="licence", by="{{ dag_run.triggering_user_name }}"
    )

for name in ("approved", "withdrawn"):
    with DAG(f"on_{name}", **{**COMMON, "schedule": [Asset(f"sora_{name}")]}):

        @task
        def heard() -> list:
            events = get_current_context()["triggering_asset_events"]
            return [event.extra for found in events.values() for event in found]

        heard()
