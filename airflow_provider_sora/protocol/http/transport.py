"""What the sync and the async client share: headers of our own making, quiet logs, pace, and failures by name.

The ``openai`` SDK is the transport. It reads several ``OPENAI_*`` variables when it builds a client and a request;
so that none of them reaches a server, every request's headers are written anew, from nothing, right before it
is sent.
"""

from __future__ import annotations

import contextvars
import logging
import os
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_sora import __version__
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.http.bounds import MAX_PAGE, Alarm
from airflow_provider_sora.protocol.http.call import NoAnswer
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.sending.multipart import MultipartBody
from airflow_provider_sora.protocol.http.sending.upload import CONNECT_TIMEOUT

USER_AGENT = f"airflow-provider-sora/{__version__}"
#: The SDK insists on a key; ours is put in by the last hook, so it gets a word that says so.
PLACEHOLDER_KEY = "set-by-airflow-provider-sora"


@dataclass(frozen=True)
class Outgoing:
    """One request: a path below the base URL, or a whole URL. A body of pieces is sent piece by piece.

    :param address: the IP address to connect to, where the URL's name has been resolved and judged already.
    :param limit: bytes of its answer that are read; more is an error.
    :param paid: True for a request that costs money: it is never cut off while its answer may still come.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content_type: str | None = None
    body: bytes | MultipartBody = field(default=b"", repr=False)
    timeout: float | None = None
    with_key: bool = True
    address: str | None = None
    limit: int = MAX_PAGE
    paid: bool = False
    #: Called right before the request is sent, once its body is made; what it raises stops the request.
    before: Callable[[], None] | None = field(default=None, repr=False)


_outgoing: contextvars.ContextVar[Outgoing | None] = contextvars.ContextVar("sora_outgoing", default=None)
_alarm: contextvars.ContextVar[Alarm | None] = contextvars.ContextVar("sora_alarm", default=None)


#: The last ones tell, at DEBUG, an answer's headers, and a redirect's address is signed.
_TALKATIVE = ("httpx", "httpx2", "openai._base_client", "httpcore.http11", "httpcore2.http11")


class _Quiet(logging.Filter):
    """The transport logs every URL, and a signed URL is a key: our own requests are not logged by it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _outgoing.get() is None


_QUIET = _Quiet()


@contextmanager
def sending(outgoing: Outgoing, alarm: Alarm | None = None) -> Iterator[None]:
    """Within it, the request hooks know what to send and what cuts it; the transport's own log lines are dropped."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if _QUIET not in logger.filters:
            logger.addFilter(_QUIET)
    token, other = _outgoing.set(outgoing), _alarm.set(alarm)
    try:
        yield
    finally:
        _outgoing.reset(token)
        _alarm.reset(other)


def alarm_of_this_request() -> Alarm | None:
    """What cuts the request being sent, if anything does."""
    return _alarm.get()


def final_headers(settings: ConnectionSettings, host: str) -> dict[str, str]:
    """Every header of the request being sent, from nothing; what the SDK or the environment added is gone.

    :raises RuntimeError: outside :func:`sending`, where nothing may be sent.
    """
    outgoing = _outgoing.get()
    if outgoing is None:
        raise RuntimeError("a request was about to be sent outside sending()")
    headers = {
        "Host": host,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **(settings.auth_headers() if outgoing.with_key else {}),
        **outgoing.headers,
    }
    if outgoing.method != "GET":
        headers["Content-Length"] = str(len(outgoing.body))
        if outgoing.content_type:
            headers["Content-Type"] = outgoing.content_type
    return headers


def pin(request: Any) -> None:
    """Send a request to the IP address that its :class:`Outgoing` names, under the name in its URL: a name server that
    answers otherwise the second time changes nothing."""
    outgoing = _outgoing.get()
    if outgoing is not None and outgoing.address is not None:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host=outgoing.address)


def same_origin(one: str, other: str) -> bool:
    """True when scheme, host and port agree: only then may the key go along."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def http_library() -> ModuleType:
    """The HTTP library that the installed SDK is built on: ``httpx`` for 2.x, ``httpx2`` for 3.x."""
    import openai

    base = openai.DefaultHttpxClient.__mro__[1]
    return sys.modules[base.__module__.partition(".")[0]]


def tls(settings: ConnectionSettings) -> ssl.SSLContext:
    """How certificates are checked; made once per process, since reading authorities takes tens of milliseconds.

    :raises ConfigurationError: the authority's file is missing or no PEM file. Nothing was sent or paid.
    """
    try:
        return _tls(settings.verify)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            f"Connection {settings.conn_id!r}, verify: {settings.verify!r} cannot be read as a certificate authority "
            f"({error}).",
            step="give the path of a PEM file on this machine.",
        ) from error


@lru_cache(maxsize=8)
def _tls(path: str | None) -> ssl.SSLContext:
    if path is None:
        context: ssl.SSLContext = http_library().create_ssl_context()
        return context
    if os.path.isdir(path):
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


def failure(error: BaseException, library: ModuleType) -> NoAnswer:
    """Name a transport's exception, and say whether the server can have seen the request."""
    cause: BaseException = error
    while not isinstance(cause, (library.TransportError, library.InvalidURL)) and cause.__cause__ is not None:
        cause = cause.__cause__
    never_sent = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout, library.ProxyError,
                  library.UnsupportedProtocol, library.LocalProtocolError, library.InvalidURL)  # fmt: skip
    names: dict[Any, str] = {
        library.ConnectTimeout: f"the server did not accept a connection within {CONNECT_TIMEOUT:.0f} s",
        library.TimeoutException: "it did not answer in time",
    }
    words = next((text for kind, text in names.items() if isinstance(cause, kind)), str(cause) or type(cause).__name__)
    return NoAnswer(words, connected=not isinstance(cause, never_sent))


def lower_headers(headers: Any) -> dict[str, str]:
    """A library's headers as a plain mapping with lower-case names."""
    return {name.lower(): value for name, value in headers.items()}
