"""What a connection's ``extra`` may say, each field once: type, default, words for people, and whether it is secret.

The form, the checks, their errors and the table of docs/connection.md are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from airflow_provider_sora.fields import (
    DESCRIBED,
    About,
    JsonObject,
    Positive,
    Text,
    Wanted,
    is_mask,
    refused,
    shown,
)

_DESCRIPTION = '{"base": "openai", "create_encodings": ["json"]}'
_PRICES = '{"sora-2*": {"*": 0.10}}'
#: Headers that are ours to set; a connection that sets them too would break requests in ways hard to see.
_OWN_HEADERS = {"host", "content-length", "content-type", "transfer-encoding", "idempotency-key", "range", "if-range"}
_NO_HEADER = Wanted("no HTTP header can look so", "use plain ASCII text", told=False)


def _dialect(value: Any) -> Any:
    """A name, or a description."""
    if isinstance(value, str) and not value.strip().startswith("{"):
        return value.strip().lower()
    return JsonObject(_DESCRIPTION).read(value)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _header_name(name: str) -> str:
    if name.lower() in _OWN_HEADERS:
        raise refused("this header is set per request", "leave it out")
    return name


def _no_mask(value: str) -> str:
    if is_mask(value):
        raise refused("it is the mask that Airflow's pages show, not a value", "type the value anew")
    return value


def _hosts(value: Any) -> Any:
    """Host names, separated by commas."""
    if isinstance(value, frozenset):
        return value
    if not isinstance(value, str):
        raise refused(f"{shown(value)} is not text", "write names, separated by commas")
    names = re.findall(r"[^\s,]+", value.lower())
    for name in names:
        if "/" in name or re.search(r":\d+$", name.partition("]")[2] or name):
            raise refused(f"{name!r} is no host name", "write names, without scheme, port and path")
    return frozenset(name.strip("[]") for name in names)


def _verify(value: Any) -> Any:
    if value is False:
        raise refused("certificates are always checked", "give the path of your authority's PEM file")
    return None if value is True else _stripped(value)


_TextOrNone = Annotated[Text | None, BeforeValidator(_stripped)]
_Price = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False), Wanted("is no price", f"write {_PRICES}")]
_HeaderName = Annotated[
    str, Field(strict=True, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), AfterValidator(_header_name), _NO_HEADER
]
_HeaderValue = Annotated[str, Field(strict=True, pattern=r"^[\t\x20-\x7e]*$"), AfterValidator(_no_mask), _NO_HEADER]


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class ConnectionExtra:
    """The fields of ``extra``, in the order of the form."""

    dialect: Annotated[
        str | Mapping[str, Any],
        BeforeValidator(_dialect),
        About(
            "Which kind of server this is. `auto` asks the server, and costs nothing.",
            "The form lists the names. Outside the form it may also be a JSON description of your own: "
            "[servers.md](servers.md#describe-a-gateway)",
            label="Dialect",
        ),
    ] = "auto"
    dialect_overrides: Annotated[
        Mapping[str, Any],
        JsonObject('{"create_encodings": ["json"]}'),
        About(
            'Where a gateway is not quite like the dialect above: `{"create_encodings": ["json"]}`.',
            "The keys are those of a [description](servers.md#describe-a-gateway)",
            label="Dialect: what differs",
        ),
    ] = Field(default_factory=dict)
    auth: Annotated[
        Literal["bearer", "basic", "none"],
        BeforeValidator(_stripped),
        About(
            "How the key is sent: `Authorization: Bearer`, `Basic`, or not at all.",
            "`basic` sends login and key where a login is set, else the key as it is (a vendor's ready-made pair)",
            label="Authentication",
        ),
    ] = "bearer"
    default_model: Annotated[_TextOrNone, About("Model of every create that names none.", label="Default model")] = None
    prices: Annotated[
        Mapping[Text, Annotated[Mapping[Text, _Price], JsonObject(_PRICES)]],
        JsonObject(_PRICES),
        About(
            f"USD per second of video, by model and size, wildcards allowed: `{_PRICES}`. No price, no cost estimate.",
            "The first model that matches and holds a matching size counts. Without a price a task with "
            "`max_cost_usd` refuses",
            label="Prices (USD per second)",
        ),
    ] = Field(default_factory=dict)
    request_timeout: Annotated[
        Positive | None,
        About(
            "Seconds for one request, not for the render.",
            label="Request timeout (seconds)",
            form={"minimum": 0.1},
            default="120",
        ),
    ] = None
    headers: Annotated[
        Mapping[_HeaderName, _HeaderValue],
        JsonObject('{"X-Team": "video"}'),
        About(
            'Sent with every request to this server: `{"X-Team": "video"}`.',
            "Treated as secrets. `Authorization` only with `auth: none`; headers that are set per request "
            "(`Content-Type`, `Idempotency-Key`, `Range` and the like) are refused",
            label="Further headers",
            secret=True,
        ),
    ] = Field(default_factory=dict, repr=False)
    verify: Annotated[
        Text | None,
        BeforeValidator(_verify),
        About(
            "Path of a PEM file with the certificate authority that signs the server's certificate.",
            "Certificates are always checked: `false` is refused",
            label="CA bundle",
            default="system's authorities",
        ),
    ] = None
    requests_per_minute: Annotated[
        Positive | None,
        About(
            "Status requests from one process to this server are spread so that they stay below this.",
            "Paid requests are not held back by it",
            label="Requests per minute",
            form={"minimum": 0.1},
            default="no limit",
        ),
    ] = None
    content_hosts: Annotated[
        frozenset[str],
        BeforeValidator(_hosts),
        About(
            "Private hosts, beside the server's own, from which finished videos may be fetched, separated by commas: "
            "`minio.internal`.",
            "The server's own host, and public ones, need no entry; see [security.md](security.md)",
            label="Hosts of finished videos",
        ),
    ] = frozenset()
    # Not "proxy": Airflow masks every field with that word in its name, and its Test then sends the mask.
    egress: Annotated[
        Literal["https", "environment", "none"],
        BeforeValidator(_stripped),
        About(
            "How the environment's proxies are used: `https` (for https servers alone, where they see a tunnel), "
            "`environment` (for all: it reads the key on the way to a plain http server), `none`.",
            "A SOCKS proxy needs the package `socksio`. [security.md](security.md#keys)",
            label="Proxy",
        ),
    ] = "https"
    # Read by the plugin in the API server alone; no request to the server carries it, so it stops no paid task.
    webhook_secret: Annotated[
        Any,
        About(
            "Signs what this server posts to `/sora/webhooks/` and this connection's id when a video is finished "
            "(`whsec_…`); several while it is rotated, apart by blanks.",
            "[webhooks.md](webhooks.md)",
            label="Webhook secret",
            secret=True,
        ),
    ] = Field(default=None, repr=False)
