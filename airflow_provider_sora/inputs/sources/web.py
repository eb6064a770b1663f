"""Fetch a picture from a web host that may be anybody's."""

from __future__ import annotations

from airflow_provider_sora.inputs.sources.allowed import named
from airflow_provider_sora.web.fetch import Errand, fetch

_HINT = (
    "Use a public address or a bucket, or allow_private_hosts for a host of your own, or have its address named in "
    "[sora] input_paths."
)


def fetch_web(source: str, *, what: str, max_bytes: int, timeout: float, allow_private_hosts: bool) -> bytes:
    """The body of ``source`` after redirects, at most ``max_bytes``, within ``timeout`` seconds.

    :raises InvalidRequestError: the address is not allowed, or the host refuses it (4xx).
    :raises ServerFaultError: no connection, timeout, a broken answer, 429 or 5xx; safe to repeat.
    """
    errand = Errand(
        what=what,
        max_bytes=max_bytes,
        timeout=timeout,
        own=lambda url: allow_private_hosts or named(url),
        hint=_HINT,
        headers={"Accept": "image/jpeg, image/png, image/webp"},
    )
    return fetch(source, errand).data
