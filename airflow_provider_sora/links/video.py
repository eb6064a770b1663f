"""The button on an archive task that opens the stored video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

from airflow_provider_sora.record import RECORD_KEY

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey


def console_url(uri: str | None) -> str:
    """Where a person sees an object: the Cloud Console for ``gs://``; nothing for other stores."""
    if not uri or not uri.startswith("gs://"):
        return ""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    return f"https://console.cloud.google.com/storage/browser/_details/{quote(bucket)}/{quote(name)}"


class ArchivedVideoLink(BaseOperatorLink):
    """Opens the archived video in the Cloud Console; empty for stores that have no such page."""

    name = "Archived video"

    @property
    def xcom_key(self) -> str:
        return "_link_ArchivedVideoLink"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        from airflow.providers.common.compat.sdk import XCom

        # Not under the link's own key: Airflow writes the finished link there.
        found = XCom.get_value(ti_key=ti_key, key=RECORD_KEY)
        return console_url(found.get("uri") if isinstance(found, dict) else None)
