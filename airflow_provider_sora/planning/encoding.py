"""Moved to :mod:`airflow_provider_sora.inputs.encoding`."""

from airflow_provider_sora.inputs.encoding import decoded

__all__ = ["decoded"]
