"""One request to a host that was judged: to the very address that was judged, and within its time."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote

from airflow_provider_sora.web.guard import port_of, resolved

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


class Pinned(http.client.HTTPConnection):
    """A connection to addresses that were judged; ``host`` only names the site."""

    def __init__(self, parts: SplitResult, errand: Errand, deadline: float, own: bool) -> None:
        self._tls = parts.scheme.lower() == "https"
        super().__init__(parts.hostname or "", port_of(parts))
        self.default_port = 443 if self._tls else 80
        self._deadline = deadline
        self._silence = errand.silence
        self._addresses = resolved(self.host, self.port, own=own)

    def connect(self) -> None:
        error: OSError | None = None
        for address in self._addresses:
            try:
                self.sock = socket.create_connection((address, self.port), timeout=self._patience())
                break
            except OSError as caught:
                error = caught
        else:
            raise error or OSError("the name has no address")
        if self._tls:
            context = ssl.create_default_context()
            # The handshake comes after the assignment, so that the timer can cut it too.
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _patience(self) -> float:
        left = left_until(self._deadline)
        return min(left, self._silence) if self._silence else left


def left_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    return left


@contextmanager
def opened(parts: SplitResult, errand: Errand, deadline: float, own: bool) -> Iterator[http.client.HTTPResponse]:
    connection = Pinned(parts, errand, deadline, own)
    path = quote(parts.path or "/", safe=_SAFE.replace("?", "")) + (
        "?" + quote(parts.query, safe=_SAFE) if parts.query else ""
    )

    def cut() -> None:
        # A host that drips byte by byte never meets a socket's own timeout. Shutting down wakes the reader.
        sock = connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed in this very moment

    timer = threading.Timer(left_until(deadline), cut)
    timer.daemon = True
    headers = {
        "Accept-Encoding": "identity",
        "User-Agent": "airflow-provider-sora",
        "Connection": "close",
        **_login(parts),
        **errand.headers,
    }
    try:
        timer.start()
        connection.connect()
        raw = connection.sock  # `Connection: close` makes the response take it over; keep it for the timer
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        connection.sock = raw
        with answer:
            yield answer
    finally:
        timer.cancel()
        connection.close()


def _login(parts: SplitResult) -> dict[str, str]:
    """The user and password that the address itself names, for the host that it names and no other."""
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
