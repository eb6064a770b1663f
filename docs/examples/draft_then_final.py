"""A cheap draft, a person's yes, and only then the good clip with the same prompt and picture."""

from __future__ import annotations

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG

from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("draft_then_final", schedule=None):
    # START draft_then_final
    shot = {
        "prompt": "Close-up of the mug of the picture. Static camera. Steam rises.",
        "input_reference": "gs://my-bucket/photos/mug.jpg",
        "reference_options": {"fit": "contain"},
        "size": "1280x720",
        "destination": "gs://my-bucket/clips",
        "deferrable": True,
    }
    draft = CreateVideoOperator(task_id="draft", model="small-model", seconds=4, max_cost_usd=0.50, **shot)
    approve = ApprovalOperator(
        task_id="approve",
        subject="Make the final clip?",
        body="Draft: {{ ti.xcom_pull(task_ids='draft')['uri'] }}",
    )
    final = CreateVideoOperator(task_id="final", model="large-model", seconds=8, max_cost_usd=5, **shot)
    draft >> approve >> final
    # END draft_then_final
