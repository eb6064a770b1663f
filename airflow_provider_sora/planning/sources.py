"""Moved to :mod:`airflow_provider_sora.inputs.sources`."""

from airflow_provider_sora.inputs.sources import Document, local_path, read_source
from airflow_provider_sora.reference.sources import shown

__all__ = ["Document", "local_path", "read_source", "shown"]
