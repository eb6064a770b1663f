"""A retry policy of one's own sees the provider's typed errors (Airflow 3.3 and later)."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule

from airflow_provider_sora.operators.video import CreateVideoOperator

with DAG("exceptions_in_a_policy", schedule=None):
    # START exceptions_in_a_policy
    policy = ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception="airflow_provider_sora.exceptions.VideoFailedError",
                action=RetryAction.RETRY,
                retry_delay=timedelta(minutes=10),
            ),
            RetryRule(exception="airflow_provider_sora.exceptions.AmbiguousSubmitError", action=RetryAction.FAIL),
            RetryRule(exception="airflow_provider_sora.exceptions.PolicyRefusalError", action=RetryAction.FAIL),
        ]
    )
    CreateVideoOperator(task_id="clip", prompt="A quiet street at dawn. Static camera.", retry_policy=policy)
    # END exceptions_in_a_policy
