"""Asset events that other DAGs are scheduled on: one fixed asset a subject, and each thing announced once.

An asset a clip would fill Airflow's tables for ever. An outlet that is an asset gets an event from every task that
succeeds, whether there is something to tell or not; so the outlet is an alias, and an event is what was added to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Asset, AssetAlias

#: A run has archived clips: ``dag_id``, ``run_id`` and ``index`` (its index.json) or ``clips`` (receipts' addresses).
MADE = "sora_made"
#: A person approved a clip and its copy is there: ``uri``, ``publish_uri``, ``sha256``, ``video_id``, ``dag_id``,
#: ``number`` of the decision, ``labels``.
APPROVED = "sora_approved"
#: An approved clip was taken back: the same.
WITHDRAWN = "sora_withdrawn"
ALL = (MADE, APPROVED, WITHDRAWN)


def asset(name: str) -> Asset:
    """One of the assets above, to schedule a DAG on: ``schedule=asset(APPROVED)``, or ``Asset("sora_approved")``."""
    from airflow.sdk import Asset

    return Asset(name)


def outlet(name: str) -> AssetAlias:
    """What a task that announces has among its ``outlets``; the asset itself belongs among its ``inlets``."""
    from airflow.sdk import AssetAlias

    return AssetAlias(name)


def announce(
    context: Mapping[str, Any], name: str, extra: Mapping[str, Any], *, same: tuple[str, ...], since: str
) -> bool:
    """Have an event with ``extra`` written when this task succeeds, unless there is one about the same already.

    Airflow writes it together with the task's success, so a task that dies announces nothing and its retry does; a
    clear of a task that has succeeded finds the event here.

    :param same: keys of ``extra`` by which two events are about the same.
    :param since: ISO 8601; no such event can be older.
    :returns: whether it is announced by this task.
    """
    subject = asset(name)
    for event in context["inlet_events"][subject].after(since):
        if all((event.extra or {}).get(key) == extra.get(key) for key in same):
            return False
    context["outlet_events"][outlet(name)].add(subject, extra=dict(extra))
    return True
