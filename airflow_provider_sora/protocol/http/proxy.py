"""The environment's proxies: for which servers they are used, and a clear error where they cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import getproxies, proxy_bypass

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.http.connection import ConnectionSettings


def proxies(settings: ConnectionSettings) -> dict[str, Any]:
    """What the HTTP library is told of proxies.

    The environment's proxies are used for https alone, where they see a tunnel: for plain http they would read the key
    and every signed address. ``egress: "environment"`` in the connection lifts that, ``"none"`` uses no proxy at all.
    """
    if settings.egress == "none":
        return {"trust_env": False}
    return {} if settings.egress == "environment" else {"mounts": {"http://": None}}


def is_proxied(scheme: str, host: str, settings: ConnectionSettings) -> bool:
    """Whether a request to this host goes through a proxy of the environment, which then resolves its name."""
    if settings.egress == "none" or (scheme == "http" and settings.egress != "environment"):
        return False
    return not getproxies().keys().isdisjoint((scheme, "all")) and not proxy_bypass(host)


@contextmanager
def building_client(settings: ConnectionSettings) -> Iterator[None]:
    """Within it the HTTP library makes its client; a proxy that it cannot use becomes a clear error.

    :raises ConfigurationError: the environment names a SOCKS proxy without its package, or no proxy at all. Nothing was
        sent or paid.
    """
    try:
        yield
    except (ImportError, ValueError) as error:
        names = [name for name in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY") if os.environ.get(name) or
                 os.environ.get(name.lower())]  # fmt: skip
        if not names:
            raise
        socks = isinstance(error, ImportError)
        what = "a SOCKS proxy, which needs the package socksio" if socks else "a proxy that cannot be used"
        step = "install socksio beside this provider, " if socks else "correct the variable, "
        raise ConfigurationError(
            f"Connection {settings.conn_id!r}: the environment ({', '.join(names)}) names {what}.",
            step=f'{step}or set proxy to "none" in the connection, which then goes to its server directly.',
        ) from error
