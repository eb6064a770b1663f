"""The picture that a video starts from: fetched, checked and fitted before anything is paid.

:func:`load_reference` is the only name other parts need. :mod:`..sources` knows where a picture comes from,
:mod:`...web` fetches one from a stranger's host, :mod:`.picture` looks at it and makes it fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_sora.inputs.pictures.load import load_reference

__all__ = ["load_reference"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: a DAG file that only names the operators never pays for it.
    if name == "load_reference":
        from airflow_provider_sora.inputs.pictures.load import load_reference

        return load_reference
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
