"""Reads the marks that webhooks left, within a triggerer: its loop does not wait, no secrets backend is asked."""

from __future__ import annotations

import asyncio
import logging

from airflow_provider_sora.compat import variable_keys
from airflow_provider_sora.webhooks.marks import prefix_of, read_keys

log = logging.getLogger(__name__)


async def marked_videos(conn_id: str) -> frozenset[str]:
    """The :func:`~airflow_provider_sora.webhooks.marks.short` ids of those jobs of a connection that lately ended.

    Empty on Airflow 3.2, where the keys of Variables cannot be read. Cannot fail: a mark that is not seen costs a wait
    until the next look and nothing else.
    """
    try:
        # A thread, since Airflow's call waits for the triggerer's supervisor.
        found = await asyncio.to_thread(variable_keys, prefix_of(conn_id))
    except Exception as error:  # noqa: BLE001 - whatever Airflow's own call raises, looking goes on at its own pace
        log.debug("The marks of connection %r cannot be read: %s", conn_id, type(error).__name__)
        return frozenset()
    return frozenset(mark.video for mark in read_keys(conn_id, found).values())
