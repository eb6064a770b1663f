"""Functions that say what to film: one clip a product in words that it finds, and an evening variant of each."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task, task_group

from airflow_provider_sora.operators.archive import ArchiveVideoOperator

PRODUCTS = [
    {"sku": "MUG-01", "name": "cypress mug", "seconds": 4},
    {"sku": "CHR-07", "name": "lounge chair", "seconds": 8},
]

with DAG("taskflow", schedule=None):
    # START taskflow
    @task.sora_video(size="1280x720", max_cost_usd=1, deferrable=True)
    def film(product: dict[str, Any], ds: str | None = None) -> dict[str, Any]:
        # Here may stand a language model, or anything else that says it differently at each call.
        prompt = f"Close-up of a {product['name']} on a table. Static camera."
        return {"prompt": prompt, "seconds": product["seconds"], "labels": {"sku": product["sku"], "day": ds or ""}}

    @task.sora_remix(deferrable=True)
    def evening(video: dict[str, Any]) -> dict[str, Any]:
        return {"video": video, "prompt": "Change the light to dusk.", "labels": video["labels"]}

    @task_group
    def per_product(product):
        clip = film(product)
        ArchiveVideoOperator(task_id="keep", video=clip, destination="gs://my-bucket/clips")
        ArchiveVideoOperator(task_id="keep_evening", video=evening(clip), destination="gs://my-bucket/clips")

    per_product.expand(product=PRODUCTS)
    # END taskflow
