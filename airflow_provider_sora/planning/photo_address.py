"""Moved to :mod:`airflow_provider_sora.inputs.photo_address`."""

from airflow_provider_sora.inputs.photo_address import photo_address

__all__ = ["photo_address"]
