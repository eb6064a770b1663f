"""The plugin, found by its entry point ``airflow.plugins``; cheap, since every Airflow process loads it."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

#: Below Airflow's own address.
URL_PREFIX = "/sora"


#: Without a slash in front: Airflow's page resolves them against its own address, below whatever path it lies.
_GALLERY = "sora/gallery"
_OF_TASK = f"{_GALLERY}?dag_id={{DAG_ID}}&run_id={{RUN_ID}}&task_id={{TASK_ID}}&map_index={{MAP_INDEX}}"


class SoraPlugin(AirflowPlugin):
    """Webhooks of video servers at ``POST /sora/webhooks/{conn_id}``, and the gallery in Airflow's navigation, on each
    DAG's page and on each task instance's."""

    name = "sora"
    external_views = [
        {"name": "Videos", "href": _GALLERY, "destination": "nav", "category": "browse", "url_route": "sora-videos"},
        {
            "name": "Videos",
            "href": f"{_GALLERY}?dag_id={{DAG_ID}}",
            "destination": "dag",
            "url_route": "sora-dag-videos",
        },
        {"name": "Video", "href": _OF_TASK, "destination": "task_instance", "url_route": "sora-task-video"},
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Built when the API server asks."""
        from airflow_provider_sora.plugins.app import build

        return [{"app": build(), "url_prefix": URL_PREFIX, "name": "sora"}]
