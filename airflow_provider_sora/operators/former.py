"""Former names of arguments: bases that still take them, so that a DAG written for an earlier release runs as it did.

They stand in bases of their own, so that an operator's own signature shows only what it is called now; Airflow looks
through all bases for the names that ``partial`` and ``expand`` may have.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.operators.base import SoraOperatorBase
from airflow_provider_sora.operators.submit import SoraSubmitOperator
from airflow_provider_sora.tasks.former import NOT_GIVEN, USED, new_spelling

REFERENCE = ("reference_fit", "pad_color", "reference_conn_id")
STORAGE = ("storage_conn_id", "prompt_storage", "kms_key_name", "storage_class", "cache_control", "user_project")


class TakesFormerReference(SoraSubmitOperator):
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
    setattr(operator, USED, used)
    if not used:
        return
    # Only here: Airflow's exceptions are not free to import.
    from airflow.exceptions import AirflowProviderDeprecationWarning

    for name in sorted(used):
        warnings.warn(
            f"{type(operator).__name__}({operator.task_id!r}): {name} is now {new_spelling(name)}. The former name "
            "still works, and will be taken away in a later release.",
            AirflowProviderDeprecationWarning,
            stacklevel=_depth_of_the_dag(),
        )


def _depth_of_the_dag() -> int:
    """How far up the DAG file is from the caller of this, past our classes and Airflow's."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in (
        "airflow",
        "airflow_provider_sora",
    ):
        frame, depth = frame.f_back, depth + 1
    return depth
