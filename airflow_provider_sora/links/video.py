"""Buttons on tasks: one opens the archived video, one the page that a run wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.types import TaskInstanceKey


def object_url(uri: str | None) -> str:
    """Where a person sees an object: the console of ``gs://`` and ``s3://``, of ``file://`` its own address, which a
    browser on another machine cannot follow but shows; nothing for stores that have no such page."""
    scheme, _, path = (uri or "").partition("://")
    bucket, _, name = path.partition("/")
    if scheme == "gs":
        return f"https://console.cloud.google.com/storage/browser/_details/{quote(bucket)}/{quote(name)}"
    if scheme in ("s3", "s3a", "s3n"):
        return f"https://console.aws.amazon.com/s3/object/{quote(bucket)}?prefix={quote(name, safe='')}"
    return f"file://{quote(path)}" if scheme == "file" else ""


def page_url(uri: str | None) -> str:
    """Where a person opens a page; as :func:`object_url` where a bucket's own address would not show it as one."""
    from airflow_provider_sora.stores.destination import browser_address

    return browser_address(str(uri)) if str(uri or "").startswith("gs://") else object_url(uri)


class ArchivedVideoLink(BaseOperatorLink):
    """Opens the archived video; there is no button while there is none."""

    name = "Archived video"

    @property
    def xcom_key(self) -> str:
        return "_link_ArchivedVideoLink"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        from airflow_provider_sora.record import RECORD_KEY

        # Not under the link's own key: Airflow writes the finished link there.
        found = _pushed(ti_key, RECORD_KEY)
        return object_url(found.get("uri") if isinstance(found, dict) else None)


class IndexPageLink(BaseOperatorLink):
    """Opens the page of a run on the task that writes it: ``index.operator.operator_extra_links = (IndexPageLink(),)``
    for what a ``@task`` returned."""

    name = "Page"

    @property
    def xcom_key(self) -> str:
        return "_link_IndexPageLink"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        from airflow_provider_sora.record import PAGE_KEY

        found = _pushed(ti_key, PAGE_KEY)
        return page_url(found if isinstance(found, str) else None)


def show(ti: Any, key: str, value: Any) -> None:
    """Push an XCom that a button of the same task reads."""
    ti.xcom_push(key=key, value=value)
    _shown.clear()  # a process runs one task, or, in ``dag.test()``, one after the other
    _shown[(*_instance(ti), key)] = value


#: Airflow makes the links in the task's own process, once the task has ended; reading the XCom there would leave
#: "XCom not found" as the last error in the log of every task that failed earlier.
_shown: dict[tuple[Any, ...], Any] = {}


def _instance(ti: Any) -> tuple[Any, ...]:
    return ti.dag_id, ti.task_id, ti.run_id, ti.map_index


def _pushed(ti_key: TaskInstanceKey, key: str) -> Any:
    return _shown.get((*_instance(ti_key), key))
