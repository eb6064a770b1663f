"""The button on an archive task that opens the stored video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey

#: XCom key under which operators leave the stored object's URI; the link's own key is written by Airflow.
ARCHIVED_URI_KEY = "sora_archived_uri"


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

        found = XCom.get_value(ti_key=ti_key, key=ARCHIVED_URI_KEY)
        return console_url(found if isinstance(found, str) else None)
