"""A connection's host made into the base URL of a Videos API. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from airflow_provider_sora.exceptions import ApiShutDownError, ConfigurationError


def wrong(conn_id: str, name: str, what: str, step: str) -> ConfigurationError:
    """An error that names a connection's field."""
    return ConfigurationError(f"Connection {conn_id!r}, {name}: {what}.", step=f"{step}.")


def read_address(conn_id: str, host: str | None, port: int | None, schema: str | None) -> str:
    """The base URL from a connection's host, port and schema: a bare name gets a scheme, a bare host ``/v1``.

    :raises ApiShutDownError: no host, or OpenAI's own.
    :raises ConfigurationError: it is no base URL.
    """
    text = (host or "").strip()
    if not text:
        raise _shut_down(conn_id, "its host is blank, which used to mean OpenAI")
    if "://" not in text:
        text = f"{_guess_scheme(text)}://{text}"
    try:
        parts = urlsplit(text)
        name, own_port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wrong(conn_id, "host", f"it is not a URL ({error})", "write it as http://server:8000/v1") from error
    if parts.scheme not in ("http", "https") or not name or re.search(r"\s", text):
        raise wrong(conn_id, "host", "it is not an http or https URL", "write it as http://server:8000/v1")
    if parts.username or parts.password:
        raise wrong(conn_id, "host", "it holds a user name or password", "put the key in the password field")
    if parts.query or parts.fragment:
        raise wrong(conn_id, "host", "it has a query or a fragment", "give the base URL alone, ending in /v1")
    if name == "api.openai.com" or name.endswith(".api.openai.com"):
        raise _shut_down(conn_id, f"its host is {name}")
    shown = f"[{name}]" if ":" in name else name
    chosen = own_port or port
    path = parts.path.rstrip("/").removesuffix("/videos")
    if not path:
        path = "/" + (schema or "v1").strip("/")
    return f"{parts.scheme}://{shown}{f':{chosen}' if chosen else ''}{path}"


def _shut_down(conn_id: str, why: str) -> ApiShutDownError:
    return ApiShutDownError(
        f"Connection {conn_id!r} points at OpenAI: {why}. OpenAI switched its Sora models and Videos API off on "
        "2026-09-24.",
        step="set the connection's host to the base URL of a server that speaks /v1/videos (vLLM-Omni, SGLang, Dynamo, "
        "LiteLLM, new-api, a hosted gateway), or to http://127.0.0.1:8765/v1 after starting the bundled one: "
        "python -m airflow_provider_sora.animatic --port 8765.",
    )


def _guess_scheme(text: str) -> str:
    """A bare name means https, unless it is plainly a machine near by."""
    name = text.split("/")[0].rsplit(":", 1)[0].strip("[]")
    try:
        return "http" if ipaddress.ip_address(name).is_private else "https"
    except ValueError:
        return "https" if "." in name else "http"
