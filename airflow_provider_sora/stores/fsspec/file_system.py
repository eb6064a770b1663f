"""The fsspec file system behind a destination, logged in by an Airflow connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_sora.stores.destination import Destination


def file_system(destination: Destination, conn_id: str | None) -> Any:
    """:raises ConfigurationError: Airflow knows no file system for this scheme."""
    from airflow.sdk import ObjectStoragePath

    try:
        return ObjectStoragePath(destination.uri, conn_id=conn_id).fs
    except (ImportError, ValueError) as error:
        raise ConfigurationError(
            f"No store for {destination.uri}: {error}. Nothing was stored. Install the Airflow provider of that store "
            "with its file system (for s3:// apache-airflow-providers-amazon[s3fs]), or use gs:// or file://."
        ) from error
