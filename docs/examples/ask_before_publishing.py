"""A clip, kept, and a question to two people before it may be published; whoever waits is reminded by mail."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import DAG

from airflow_provider_sora.operators.review import ReviewVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("ask_before_publishing", schedule=None, default_args={"deferrable": True}):
    clip = CreateVideoOperator(
        task_id="clip", prompt="A harbour at dawn, wide shot.", destination="gs://my-bucket/unreviewed/harbour"
    )
    review = ReviewVideoOperator(
        task_id="review",
        video=clip.output,  # an archived clip, or the address of a receipt
        response_timeout=timedelta(hours=24),  # None: for ever
        assigned_users=["hana", "kenji"],  # None: who may act on the DAG
        approvers=2,  # different people
        remind_after=timedelta(hours=20),
        reminders=[
            SmtpNotifier(
                to="desk@news.example",
                from_email="airflow@news.example",
                subject="A clip waits for you",
                html_content="{{ task_instance.log_url }}",
            )
        ],
    )
