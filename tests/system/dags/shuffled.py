"""A mapped list that comes in another order after a clear."""

from __future__ import annotations

import json
import os
from pathlib import Path

from airflow.sdk import DAG, task

from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("shuffled", schedule=None, is_paused_upon_creation=False):

    @task
    def items() -> list[str]:
        return json.loads((Path(os.environ["SORA_TEST_MARKERS"]) / "shuffled.json").read_text())

    CreateVideoOperator.partial(
        task_id="create",
        sora_conn_id="blind",
        model="sora-2",
        seconds=4,
        size="1280x720",
        deferrable=True,
        poll_interval=1,
    ).expand(prompt=items())
