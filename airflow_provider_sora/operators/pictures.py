"""An operator's ``input_reference``, loaded when the task runs."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.operators.arguments import as_text
from airflow_provider_sora.protocol.submission import Reference


def load_picture(operator: Any, size: str | None) -> Reference | None:
    """The operator's ``input_reference``, checked and fitted, or None; raises before anything is paid."""
    source = as_text(operator.input_reference)
    if source is None:
        return None
    from airflow_provider_sora.reference import load_reference

    return load_reference(
        source,
        size=size,
        fit=operator.reference_fit,
        pad_color=operator.pad_color,
        allow_private_hosts=getattr(operator, "allow_private_hosts", False),
        conn_id=as_text(operator.reference_conn_id),
    )
