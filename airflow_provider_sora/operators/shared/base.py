"""What all operators of this provider share: retries that re-attach, a retry policy, typed errors, lineage.

And the former names of arguments, under which a DAG that was written for an earlier release runs as it did.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_sora.compat import HAS_RETRY_POLICY
from airflow_provider_sora.edge import RenderingAtTheEdge, at_the_edge
from airflow_provider_sora.retry import DEFAULT_RETRIES, default_policy

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_provider_sora.archive.archiver import ArchiveResult

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


class TellsLineage:
    """What Airflow's OpenLineage provider, where it is installed, asks of an operator that pays or archives."""

    #: The video's mapping, as far as this process came with it; and what this process archived.
    made: Mapping[str, Any] | None = None
    archived: Sequence[ArchiveResult] = ()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """What the task read, made, stored and paid for; also of a task that failed after it had paid."""
        from airflow_provider_sora.lineage.facets import in_openlineage
        from airflow_provider_sora.lineage.told import of_archived, of_job
        from airflow_provider_sora.record import read_record

        stored = [(result.receipt, result.record) for result in self.archived]
        if self.made is not None:
            return in_openlineage(of_job(read_record(self.made), stored))
        return in_openlineage(of_archived(stored)) if stored else None


# Former names stand in bases of their own, so that an operator's own signature shows only what an argument is called
# now; Airflow looks through all bases for the names that `partial` and `expand` may have.


class _NotGiven:
    """None is a value that a user may give."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Any = _NotGiven()
REFERENCE = ("reference_fit", "pad_color", "reference_conn_id")
STORAGE = ("storage_conn_id", "prompt_storage", "kms_key_name", "storage_class", "cache_control", "user_project")


class TakesFormerReference(SoraOperatorBase):
    """For operators with ``reference_options``."""

    def __init__(
        self,
        *,
        reference_fit: Any = NOT_GIVEN,
        pad_color: Any = NOT_GIVEN,
        reference_conn_id: Any = NOT_GIVEN,
        allow_private_hosts: Any = NOT_GIVEN,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        given = {
            "reference_fit": reference_fit,
            "pad_color": pad_color,
            "reference_conn_id": reference_conn_id,
            "allow_private_hosts": allow_private_hosts,
        }
        _take(self, given)


class TakesFormerStorage(SoraOperatorBase):
    """For the archive operators, whose ``archive_options`` were arguments each."""

    def __init__(
        self,
        *,
        storage_conn_id: Any = NOT_GIVEN,
        prompt_storage: Any = NOT_GIVEN,
        stills: Any = NOT_GIVEN,
        kms_key_name: Any = NOT_GIVEN,
        storage_class: Any = NOT_GIVEN,
        cache_control: Any = NOT_GIVEN,
        user_project: Any = NOT_GIVEN,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        given = {
            "storage_conn_id": storage_conn_id,
            "prompt_storage": prompt_storage,
            "stills": stills,
            "kms_key_name": kms_key_name,
            "storage_class": storage_class,
            "cache_control": cache_control,
            "user_project": user_project,
        }
        _take(self, given)


class TakesFormerLimit(SoraOperatorBase):
    """For the budget's gate."""

    def __init__(self, *, daily_limit_usd: Any = NOT_GIVEN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _take(self, {"daily_limit_usd": daily_limit_usd})


def _take(operator: Any, given: Mapping[str, object]) -> None:
    """Keep them as attributes, for Airflow to render, and warn of those that are used."""
    used = frozenset(name for name, value in given.items() if value is not NOT_GIVEN)
    for name, value in given.items():
        setattr(operator, name, value if name in used else None)
    operator.former_names = used
    if not used:
        return
    # Only here, since a DAG file that uses none need not pay for them.
    from airflow.exceptions import AirflowProviderDeprecationWarning

    from airflow_provider_sora.tasks.former import new_spelling

    frame = _where_the_dag_is_written()
    for name in sorted(used):
        # Explicit, since a wrapped warnings.warn counts its levels otherwise.
        warnings.warn_explicit(
            f"{type(operator).__name__}({operator.task_id!r}): {name} is now {new_spelling(name)}. The former name "
            "still works, and will be taken away in a later release.",
            AirflowProviderDeprecationWarning,
            filename=frame.f_code.co_filename,
            lineno=frame.f_lineno,
            module=frame.f_globals.get("__name__"),
        )


def _where_the_dag_is_written() -> FrameType:
    """The nearest caller that is neither ours nor Airflow's."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "").split(".")[0] in ("airflow", "airflow_provider_sora") and frame.f_back:
        frame = frame.f_back
    return frame


__all__ = [
    "REFERENCE",
    "STORAGE",
    "SoraOperatorBase",
    "TakesFormerLimit",
    "TakesFormerReference",
    "TakesFormerStorage",
    "TellsLineage",
    "at_the_edge",
]
