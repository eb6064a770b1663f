"""The secrets that sign a connection's webhooks, looked up at most twice a minute: anybody may knock at the route."""

from __future__ import annotations

import logging
import threading
import time

from airflow_provider_sora.webhooks.delivery import mask_in, secrets_of

log = logging.getLogger(__name__)

#: Seconds that an answer counts, "there is none" too: so soon does a new secret work, so long an old one.
REMEMBERED_SECONDS = 30.0
_MOST = 256


class WebhookSecrets:
    """Looks connections up as the API server does: its secrets backends, then its database. Safe among threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, conn_id: str) -> tuple[str, ...]:
        """The secrets; empty where there is no such ``sora`` connection, or it has none."""
        now = time.monotonic()
        with self._lock:
            at, known = self._known.get(conn_id, (-REMEMBERED_SECONDS, ()))
        if now - at < REMEMBERED_SECONDS:
            return known
        found = _look_up(conn_id)
        with self._lock:
            if len(self._known) >= _MOST and conn_id not in self._known:
                self._known.clear()
            self._known[conn_id] = (now, found)
        return found


def _look_up(conn_id: str) -> tuple[str, ...]:
    from airflow.exceptions import AirflowNotFoundException
    from airflow.models.connection import Connection

    try:
        connection = Connection.get_connection_from_secrets(conn_id)
    except AirflowNotFoundException:
        return ()
    if connection.conn_type != "sora":
        return ()
    try:
        extra = connection.extra_dejson
    except ValueError:
        log.warning("The extra of connection %r is no JSON, so it has no webhook_secret.", conn_id)
        return ()
    masked = mask_in(extra.get("webhook_secret"))
    if masked:
        log.warning("Connection %r: %s. Next: type the secret anew.", conn_id, masked)
    return secrets_of(extra.get("webhook_secret"))
