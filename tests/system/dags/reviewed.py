"""A question that nobody answers in time, a withdrawal, and DAGs of others that wait for what is announced."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, BaseNotifier, Param, get_current_context, task

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

with DAG("two", params=RECEIPT, **COMMON):
    ReviewVideoOperator(task_id="review", video="{{ params.receipt }}", approvers=2)

with DAG("alone", params=RECEIPT, **COMMON):
    ReviewVideoOperator(
        task_id="review",
        video="{{ params.receipt }}",
        requested_by="{{ dag_run.triggering_user_name or 'nobody' }}",
    )


class Noting(BaseNotifier):
    """Writes down whom it was called for, and when."""

    def notify(self, context: Any) -> None:
        with Path(os.environ["SORA_TEST_MARKERS"], f"{context['run_id']}.reminders").open("a") as stream:
            stream.write(f"{time.time()}\n")


with DAG("reminded", params=RECEIPT, **COMMON):
    ReviewVideoOperator(
        task_id="review",
        video="{{ params.receipt }}",
        response_timeout=timedelta(seconds=75),
        remind_after=timedelta(seconds=25),
        defaults="Reject",
        reminders=[Noting()],
    )


class Dying(ReviewVideoOperator):
    """Is killed once, right before or behind a step of what follows an answer."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        from airflow_provider_sora.tasks.questions import reviewing

        at = context["params"]["at"]
        if at != "event":
            setattr(reviewing, at, dying(getattr(reviewing, at), context["run_id"]))
        result = super().execute_complete(context, event)
        if at == "event":
            dying(lambda: None, context["run_id"])()
        return result


def dying(step: Any, name: str) -> Any:
    def run(*args: Any) -> Any:
        marker = Path(os.environ["SORA_TEST_MARKERS"], name)
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*args)

    return run


with DAG("killed", params={**RECEIPT, "at": Param("", type="string")}, **COMMON):
    Dying(task_id="review", video="{{ params.receipt }}")

for name in ("approved", "withdrawn"):
    with DAG(f"on_{name}", **{**COMMON, "schedule": [Asset(f"sora_{name}")]}):

        @task
        def heard(name: str) -> list:
            return [event.extra for event in get_current_context()["triggering_asset_events"][Asset(name)]]

        heard(f"sora_{name}")
