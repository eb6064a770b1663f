"""One request to a host that was judged: to the very address that was judged, and within its time.

httpcore speaks HTTP and TLS: the part of httpx below its client, whose log lines would show signed addresses. Names are
resolved and judged where it asks for a connection, so that there is no other way to a host, and every read of the
connection gets no more time than is left, so that a host that drips byte by byte meets the deadline too.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, quote, unquote

import httpcore

from airflow_provider_sora.web.guard import NotAnAddress, port_of, resolved

_SAFE = "/?%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Errand:
    """What is fetched, and within which bounds.

    :param what: how errors call it: ``input_reference``, ``the feed``.
    :param max_bytes: of the body, unpacked.
    :param timeout: seconds for all of it, from the look-up of the name to the last byte.
    :param silence: seconds that the host may say nothing.
    :param own: whether an address leads to a host of the user's own, which may lie in a private network and speak
        plain ``http://``; asked anew for every redirect.
    :param plain: take ``http://`` from public hosts too.
    :param hint: what to do about an address that is refused.
    """

    what: str
    max_bytes: int
    timeout: float
    own: Callable[[str], bool]
    silence: float | None = None
    plain: bool = False
    hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Judged(httpcore.NetworkBackend):
    """Connections to addresses that were judged; a host's name only names the site.

    :param patience: the seconds that the next step may take; raises ``TimeoutError`` when there are none left.
    """

    own: bool
    patience: Callable[[], float]

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception | None = None
        for address in resolved(host, port, own=self.own):
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, self.patience(), local_address, socket_options
                )
                return _Patient(stream, self.patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as caught:
                error = caught
        raise error or httpcore.ConnectError("the name has no address")


@dataclass(frozen=True, slots=True)
class _Patient(httpcore.NetworkStream):
    """A connection whose every step is cut by the patience that is left. (Python cuts a TLS handshake as a whole.)"""

    stream: httpcore.NetworkStream
    patience: Callable[[], float]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.patience())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.patience())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Patient(self.stream.start_tls(ssl_context, server_hostname, self.patience()), self.patience)

    def close(self) -> None:
        self.stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@contextmanager
def opened(parts: SplitResult, errand: Errand, deadline: float, own: bool) -> Iterator[httpcore.Response]:
    """The answer, its body not read yet.

    :raises NotPublic: the host is not one that may be asked. :raises NotAnAddress: its name is none.
    :raises OSError: no connection, or out of time; else one of httpcore's errors.
    """

    def patience() -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return min(left, errand.silence) if errand.silence else left

    secure = parts.scheme.lower() == "https"
    name = parts.hostname or ""
    try:
        host = name.encode("idna")
    except UnicodeError as error:
        raise NotAnAddress(f"the host {name!r} is no name") from error
    target = quote(parts.path or "/", safe=_SAFE.replace("?", ""))
    if parts.query:
        target += "?" + quote(parts.query, safe=_SAFE)
    shown_host = b"[%b]" % host if b":" in host else host
    port = port_of(parts)
    headers = {
        "Host": shown_host.decode() + ("" if port == (443 if secure else 80) else f":{port}"),
        "Accept-Encoding": "identity",
        "User-Agent": "airflow-provider-sora",
        "Connection": "close",
        **_login(parts),
        **errand.headers,
    }
    request = httpcore.Request(
        "GET",
        httpcore.URL(scheme=b"https" if secure else b"http", host=host, port=port, target=target.encode()),
        headers=[(title.encode("latin-1"), value.encode("latin-1")) for title, value in headers.items()],
    )
    # The machine's own authorities, as its administrator set them; httpcore would take certifi's.
    context = ssl.create_default_context() if secure else None
    with httpcore.ConnectionPool(context, network_backend=_Judged(own, patience)) as pool:
        answer = pool.handle_request(request)
        try:
            yield answer
        finally:
            answer.close()


def _login(parts: SplitResult) -> dict[str, str]:
    """The user and password that the address itself names, for the host that it names and no other."""
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
