"""What all operators of this provider share: retries that re-attach, a retry policy, typed errors at the edge."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator

from airflow_provider_sora.compat import HAS_RETRY_POLICY
from airflow_provider_sora.retry import DEFAULT_RETRIES, default_policy
from airflow_provider_sora.tasks.edge import RenderingAtTheEdge, at_the_edge

_POLICY = default_policy()


class SoraOperatorBase(RenderingAtTheEdge, BaseOperator):
    """Base of the operators.

    ``retries`` left unset becomes 2, because without a retry nothing can re-attach to a paid job; ``default_args``
    and the user's own value win. ``retry_policy`` left unset becomes
    :class:`~airflow_provider_sora.retry.SoraRetryPolicy` on Airflow 3.3 and later.
    """

    # Named here, with values, so that default_args and flat mapping (.partial) both find them.
    def __init__(self, *, retries: int | None = DEFAULT_RETRIES, retry_policy: Any = _POLICY, **kwargs: Any) -> None:
        if HAS_RETRY_POLICY:
            kwargs["retry_policy"] = retry_policy or _POLICY
        super().__init__(retries=DEFAULT_RETRIES if retries is None else retries, **kwargs)


__all__ = ["SoraOperatorBase", "at_the_edge"]
