"""Many items: the whole chain of one item is one mapped task group."""

from __future__ import annotations

from airflow.sdk import DAG, task_group

from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator

ITEMS = [
    {
        "prompt": "Close-up of a cypress mug on a table. Static camera.",
        "labels": {"sku": "MUG-01"},
        "seconds": 4,
        "size": "1280x720",
        "videos": 2,
    },
    {
        "prompt": "Wide shot of a lounge chair by a window. Slow pan left.",
        "labels": {"sku": "CHR-07"},
        "seconds": 4,
        "size": "1280x720",
        "videos": 2,
    },
]

with DAG("one_group_per_item", schedule=None):
    # START one_group_per_item
    @task_group
    def product(prompt, labels, seconds, size, videos):
        shape = {"seconds": seconds, "size": size}
        made = CreateVideoOperator(task_id="make", prompt=prompt, labels=labels, deferrable=True, **shape)
        ArchiveVideoOperator(task_id="keep", video=made.output, destination="gs://my-bucket/clips")
        evening = RemixOperator(task_id="evening", video=made.output, prompt="Change the light to dusk.", labels=labels)
        ArchiveVideoOperator(task_id="keep_evening", video=evening.output, destination="gs://my-bucket/clips")

    gate = BudgetCheckOperator(
        task_id="gate", requests=ITEMS, max_cost_usd=5, daily_budget_usd=50, destination="gs://my-bucket/clips"
    )
    gate >> product.expand_kwargs(ITEMS)
    # END one_group_per_item
