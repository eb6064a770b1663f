"""The plugin, found by its entry point ``airflow.plugins``; cheap, since every Airflow process loads it."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

#: Below Airflow's own address.
URL_PREFIX = "/sora"


class SoraPlugin(AirflowPlugin):
    """Webhooks of video servers, at ``POST /sora/webhooks/{conn_id}``."""

    name = "sora"

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Built when the API server asks."""
        from airflow_provider_sora.plugins.app import build

        return [{"app": build(), "url_prefix": URL_PREFIX, "name": "sora"}]
