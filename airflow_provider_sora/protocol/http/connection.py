"""An Airflow connection's fields, checked and frozen. Pure: knows no Airflow, opens no socket."""

from __future__ import annotations

import base64
import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.protocol.http.address import read_address, wrong

#: How the environment's proxies (``HTTPS_PROXY`` and the like) are used: for https alone, for all, or not at all.
PROXY_FORMS = ("https", "environment", "none")
AUTH_FORMS = ("bearer", "basic", "none")
DEFAULT_TIMEOUT = 120.0
EXTRA_FIELDS = (
    "dialect",
    "dialect_overrides",
    "auth",
    "default_model",
    "prices",
    "request_timeout",
    "headers",
    "verify",
    "requests_per_minute",
    "content_hosts",
    "egress",
    # Read by the plugin in the API server alone; no request to the server carries it.
    "webhook_secret",
)
#: Headers that are ours to set; a connection that sets them too would break requests in ways hard to see.
_OWN_HEADERS = {"host", "content-length", "content-type", "transfer-encoding", "idempotency-key", "range", "if-range"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True)
class ConnectionSettings:
    """What a ``sora`` connection says.

    :param base_url: with path (``http://host:8765/v1``), without a slash at its end.
    :param key: blank where the server wants none.
    :param dialect: ``auto``, a dialect's name, or a description of one's own (``{"base": …, …}``); what the connection
        gives as ``dialect_overrides`` is part of it.
    :param auth: how the key is sent: ``bearer``, ``basic`` (Inworld and the like) or ``none``.
    :param prices: ``{"model-glob": {"size-glob": usd_per_second}}``.
    :param request_timeout: seconds one request may take; None where the connection leaves it to us.
    :param verify: path of the certificate authority's PEM file; None for the system's authorities.
    :param requests_per_minute: pace of GETs from one process; None for no limit.
    :param content_hosts: hosts in private networks from which finished videos may be fetched, beside the server's own.
    :param proxy: one of :data:`PROXY_FORMS`; the field is ``egress``, since Airflow masks what has "proxy" in its name.
    """

    base_url: str
    key: str = field(default="", repr=False)
    login: str = ""
    dialect: str | Mapping[str, Any] = "auto"
    auth: str = "bearer"
    default_model: str | None = None
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    request_timeout: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: str | None = None
    requests_per_minute: float | None = None
    content_hosts: frozenset[str] = frozenset()
    proxy: str = "https"
    conn_id: str = "sora_default"

    @property
    def timeout(self) -> float:
        """Seconds one ordinary request may take."""
        return self.request_timeout or DEFAULT_TIMEOUT

    @property
    def root_url(self) -> str:
        """The server's address without the protocol's ``/v1``: where its OpenAPI page lies."""
        return self.base_url.removesuffix("/v1")

    @property
    def has_credentials(self) -> bool:
        return bool(self.key) or any(name.lower() == "authorization" for name in self.headers)

    def auth_headers(self) -> dict[str, str]:
        """The headers that only this server may see: the key, and the connection's own."""
        headers = dict(self.headers)
        if self.key and self.auth == "bearer":
            headers["Authorization"] = f"Bearer {self.key}"
        elif self.key and self.auth == "basic":
            pair = base64.b64encode(f"{self.login}:{self.key}".encode()).decode() if self.login else self.key
            headers["Authorization"] = f"Basic {pair}"
        return headers

    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log or an error: the key, its pair with the login, every header's value
        and the words of one (``Bearer …``). In which spellings, :mod:`.redaction` knows."""
        pair = (f"{self.login}:{self.key}",) if self.login and self.key else ()
        words = (word for value in self.headers.values() for word in re.split(r"[\s,;=]+", value) if len(word) >= 8)
        texts = (self.key, *pair, *self.headers.values(), *words)
        return tuple(dict.fromkeys(text for text in texts if len(text) >= 6))


def read_connection(
    *,
    conn_id: str,
    host: str | None,
    password: str | None = None,
    login: str | None = None,
    port: int | None = None,
    schema: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> ConnectionSettings:
    """Check a connection's fields.

    :raises ApiShutDownError: no host, or OpenAI's own. Nothing was sent or paid.
    :raises ConfigurationError: anything else that is wrong; names the field. Nothing was sent or paid.
    """
    fields = dict(extra or {})
    _refuse_misspelt(conn_id, fields)
    key = (password or "").strip()
    if not _HEADER_VALUE.fullmatch(key):
        raise wrong(conn_id, "password", "the key holds characters that no HTTP header can carry", "paste it again")
    auth = _text(conn_id, fields, "auth") or "bearer"
    if auth not in AUTH_FORMS:
        raise wrong(conn_id, "auth", f"{auth!r} is unknown", f"use one of {', '.join(AUTH_FORMS)}")
    proxy = _text(conn_id, fields, "egress") or "https"
    if proxy not in PROXY_FORMS:
        raise wrong(conn_id, "egress", f"{proxy!r} is unknown", f"use one of {', '.join(PROXY_FORMS)}")
    return ConnectionSettings(
        base_url=read_address(conn_id, host, port, schema),
        key=key,
        login=(login or "").strip(),
        dialect=_dialect(conn_id, fields),
        auth=auth,
        default_model=_text(conn_id, fields, "default_model"),
        prices=_prices(conn_id, fields.get("prices")),
        request_timeout=_positive(conn_id, fields, "request_timeout"),
        headers=_headers(conn_id, fields.get("headers"), auth),
        verify=_verify(conn_id, fields),
        requests_per_minute=_positive(conn_id, fields, "requests_per_minute"),
        content_hosts=_hosts(conn_id, fields),
        proxy=proxy,
        conn_id=conn_id,
    )


def _refuse_misspelt(conn_id: str, fields: Mapping[str, Any]) -> None:
    for name in fields:
        near = difflib.get_close_matches(str(name), EXTRA_FIELDS, 1, 0.8)
        if name not in EXTRA_FIELDS and near:
            raise wrong(conn_id, f"extra {name!r}", "no such field", f"did you mean {near[0]!r}?")


def _text(conn_id: str, fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise wrong(conn_id, name, f"{value!r} is not text", "put it in quotes")
    return value.strip() or None


def _hosts(conn_id: str, fields: Mapping[str, Any]) -> frozenset[str]:
    """Host names, separated by commas."""
    names = re.findall(r"[^\s,]+", (_text(conn_id, fields, "content_hosts") or "").lower())
    for name in names:
        if "/" in name or re.search(r":\d+$", name.partition("]")[2] or name):
            step = "write names, without scheme, port and path"
            raise wrong(conn_id, "content_hosts", f"{name!r} is no host name", step)
    return frozenset(name.strip("[]") for name in names)


def _positive(conn_id: str, fields: Mapping[str, Any], name: str) -> float | None:
    value = fields.get(name)
    if value in (None, ""):
        return None
    try:
        result = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not (math.isfinite(result) and result > 0):
        raise wrong(conn_id, name, f"{value!r} is not a number above 0", "give a number, or leave it out")
    return result


def _object(conn_id: str, value: Any, name: str, example: str) -> Mapping[str, Any]:
    """A JSON object, or the text of one (the form stores text)."""
    if value in (None, "", {}):
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise wrong(conn_id, name, "it is text that is not JSON", f"write it as {example}") from error
    if not isinstance(value, Mapping):
        raise wrong(conn_id, name, f"it is {type(value).__name__}, not a JSON object", f"write it as {example}")
    return value


def _dialect(conn_id: str, fields: Mapping[str, Any]) -> str | Mapping[str, Any]:
    """A name, or a description; the form has a list of names and a field of its own for what differs."""
    example = '{"create_encodings": ["json"]}'
    value, differs = (
        fields.get("dialect"),
        _object(conn_id, fields.get("dialect_overrides"), "dialect_overrides", example),
    )
    if value in (None, ""):
        named: str | Mapping[str, Any] = "auto"
    elif isinstance(value, str) and not value.strip().startswith("{"):
        named = value.strip().lower()
    else:
        named = _object(conn_id, value, "dialect", '{"base": "openai", "create_encodings": ["json"]}')
    if not differs:
        return named
    if named == "auto":
        step = "set dialect to the server that it is most like, or to plain"
        raise wrong(conn_id, "dialect_overrides", "with dialect auto it is not known what they differ from", step)
    return {**({"base": named} if isinstance(named, str) else named), **differs}


def _prices(conn_id: str, value: Any) -> Mapping[str, Mapping[str, float]]:
    example = '{"sora-2*": {"*": 0.10}}'
    table: dict[str, dict[str, float]] = {}
    for model, sizes in _object(conn_id, value, "prices", example).items():
        rows = _object(conn_id, sizes, f"prices[{model!r}]", example)
        table[model] = {}
        for size, price in rows.items():
            if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < math.inf:
                raise wrong(conn_id, f"prices[{model!r}][{size!r}]", f"{price!r} is no price", f"write {example}")
            table[model][size] = float(price)
    return table


def _headers(conn_id: str, value: Any, auth: str) -> Mapping[str, str]:
    headers = _object(conn_id, value, "headers", '{"X-Team": "video"}')
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise wrong(conn_id, f"headers[{name!r}]", "no HTTP header can look so", "use plain ASCII text")
        if name.lower() in _OWN_HEADERS:
            raise wrong(conn_id, f"headers[{name!r}]", "this header is set per request", "leave it out")
        if name.lower() == "authorization" and auth != "none":
            raise wrong(conn_id, "headers['Authorization']", f"auth={auth!r} sets it too", 'set auth to "none"')
    return dict(headers)


def _verify(conn_id: str, fields: Mapping[str, Any]) -> str | None:
    if fields.get("verify") is True:
        return None
    if fields.get("verify") is False:
        raise wrong(conn_id, "verify", "certificates are always checked", "give the path of your authority's PEM file")
    return _text(conn_id, fields, "verify")
