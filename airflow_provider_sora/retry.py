"""When a failed task is tried again: never where it can only pay twice, later where the server said when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow_provider_sora.compat import HAS_RETRY_POLICY, RetryDecision, RetryPolicy
from airflow_provider_sora.exceptions import RateLimitedError, SoraError

#: Used where the user sets no ``retries``: without a retry nothing can re-attach to a paid job.
DEFAULT_RETRIES = 2


class SoraRetryPolicy(RetryPolicy):
    """The operators' default policy on Airflow 3.3 and later; a ``retry_policy`` of the user's own replaces it.

    Rate limit: retry after the server's own delay. Policy refusal, invalid request, unverified organisation,
    quota, ambiguous submit and all else marked ``never_retry``: fail at once. Everything else: Airflow's default.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> Any:
        if not isinstance(exception, SoraError):
            return RetryDecision.default()
        if exception.never_retry:
            return RetryDecision.fail(f"{type(exception).__name__}: trying again cannot help")
        if isinstance(exception, RateLimitedError) and exception.retry_after:
            delay = timedelta(seconds=exception.retry_after)
            return RetryDecision.retry(delay, f"the server asked for {exception.retry_after:g} s of patience")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> SoraRetryPolicy:
        return cls()


def default_policy() -> SoraRetryPolicy | None:
    """The policy to give a task whose user gave none; None before Airflow 3.3."""
    return SoraRetryPolicy() if HAS_RETRY_POLICY else None
