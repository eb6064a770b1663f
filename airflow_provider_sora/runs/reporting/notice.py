"""A short message to people when something failed: one POST whose body Slack and its many imitators understand."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.destination import browser_address
from airflow_provider_sora.words.text import plain

log = logging.getLogger(__name__)
#: Seconds.
_TIMEOUT = 10.0


def notice_body(title: str, lines: Iterable[str], link: str | None = None) -> dict[str, Any]:
    """``text`` for notifications and plain clients, ``blocks`` for Slack. Nothing in it can mention a channel.

    :param link: where more stands; it comes first, for a long text is cut at its end.
    """
    facts = [_escape(plain(line, cap=500)) for line in lines]
    head = _escape(plain(title, cap=150))
    if link:
        facts.insert(0, _escape(browser_address(link)))
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


def post_notice(conn_id: str, body: dict[str, Any]) -> bool:
    """POST ``body`` to an Airflow connection of type HTTP (or Slack webhook).

    The address is the connection's host, then extra ``endpoint``; with a login, login and password are sent as basic
    authentication, without one the password is the last part of the path, as Slack's webhooks have it.

    :returns: whether it was taken. A notice that cannot be delivered is a warning in the log and no failure: the run's
        own outcome is what counts. The address is never logged, for it may be a secret.
    """
    import httpx
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowException

    try:
        address, auth = _address(BaseHook.get_connection(conn_id))
        answer = httpx.post(address, json=body, auth=auth, timeout=_TIMEOUT)
    except (AirflowException, httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("The notice to connection %r was not delivered: %s.", conn_id, type(error).__name__)
        return False
    if answer.status_code >= 300:
        log.warning("The notice to connection %r was refused: HTTP %s.", conn_id, answer.status_code)
        return False
    return True


def check_notice(conn_id: str) -> None:
    """Before a run pays: is there a connection to tell people through? Sends nothing.

    :raises ConfigurationError: Airflow has no such connection, or its address is none; nothing was paid.
    """
    import httpx
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        address = httpx.URL(_address(BaseHook.get_connection(conn_id))[0])
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"notify_conn_id: Airflow has no connection {conn_id!r}, so nobody would be told of failures.",
            step="add it (Admin, Connections), or leave notify_conn_id out.",
        ) from error
    except httpx.InvalidURL:
        address = None
    # The address itself may be a secret.
    if address is None or address.scheme not in ("http", "https") or not address.host:
        raise ConfigurationError(
            f"notify_conn_id: connection {conn_id!r} holds no web address, so nobody would be told of failures.",
            step="correct its host, or leave notify_conn_id out.",
        )


def _address(connection: Any) -> tuple[str, tuple[str, str] | None]:
    """Where a notice goes, and with which login."""
    host = connection.host or ""
    base = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    base = base.rstrip("/") + (f":{connection.port}" if connection.port else "")
    tail = [str(connection.extra_dejson.get("endpoint") or "").strip("/")]
    auth = (connection.login, connection.password or "") if connection.login else None
    if connection.password and not connection.login:
        tail.append(connection.password.strip("/"))
    return "/".join([base, *(part for part in tail if part)]), auth
