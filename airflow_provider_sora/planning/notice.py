"""A short message to people when something failed: one POST whose body Slack and its many imitators understand."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from airflow_provider_sora.planning.text import plain

log = logging.getLogger(__name__)


def notice_body(title: str, lines: Iterable[str], link: str | None = None) -> dict[str, Any]:
    """``text`` for notifications and plain clients, ``blocks`` for Slack. Nothing in it can mention a channel."""
    facts = [_escape(plain(line, cap=500)) for line in lines]
    head = _escape(plain(title, cap=150))
    if link:
        facts.append(_escape(link))
    text = "\n".join(facts)[:2900]
    return {
        "text": f"{head}\n{text}",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": head[:150]}},
            {"type": "section", "text": {"type": "mrkdwn", "text": text or head}},
        ],
    }


def _escape(text: str) -> str:
    # Slack's own three; without them a headline could ping @channel.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def post_notice(conn_id: str, body: dict[str, Any], *, timeout: float = 10.0) -> bool:
    """POST ``body`` to an Airflow connection of type HTTP (or Slack webhook).

    The address is the connection's host, then extra ``endpoint``; with a login, login and password are sent as basic
    authentication, without one the password is the last part of the path, as Slack's webhooks have it.

    :returns: whether it was taken. A notice that cannot be delivered is a warning in the log and no failure: the run's
        own outcome is what counts. The address is never logged, for it may be a secret.
    """
    import httpx
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection(conn_id)
    host = connection.host or ""
    base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    base = base.rstrip("/") + (f":{connection.port}" if connection.port else "")
    tail = [str(connection.extra_dejson.get("endpoint") or "").strip("/")]
    auth = (connection.login, connection.password or "") if connection.login else None
    if connection.password and not connection.login:
        tail.append(connection.password.strip("/"))
    try:
        answer = httpx.post("/".join([base, *(t for t in tail if t)]), json=body, auth=auth, timeout=timeout)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("The notice to connection %r was not delivered: %s.", conn_id, type(error).__name__)
        return False
    if answer.status_code >= 300:
        log.warning("The notice to connection %r was refused: HTTP %s.", conn_id, answer.status_code)
        return False
    return True
