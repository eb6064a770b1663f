"""Fetch a picture from a web host that may be anybody's.

The address may come from a feed or a catalogue, so the worker must not be made to look into its own network:
every name is resolved first, every address it has is checked, and the connection goes to a checked address
(the name is used for TLS and the Host header only, so a second, different answer of the name server changes
nothing). The same holds after each redirect. A timer closes the connection at the deadline, however slowly
the host drips. Proxies of the environment are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.reference.sources import shown, too_large

MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_HEADERS = {
    "Accept": "image/jpeg, image/png, image/webp",
    "Accept-Encoding": "identity",
    "User-Agent": "airflow-provider-sora",
    "Connection": "close",
}
#: The translated forms of IPv4 addresses that lead a host with such a route to the IPv4 address itself.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def fetch_web(source: str, *, max_bytes: int, timeout: float, allow_private_hosts: bool) -> bytes:
    """The body of ``source`` after redirects, at most ``max_bytes``, within ``timeout`` seconds.

    :raises InvalidRequestError: the address is not allowed, or the host refuses it (4xx).
    :raises ServerFaultError: no connection, timeout, a broken answer, 429 or 5xx; safe to repeat.
    """
    deadline = time.monotonic() + timeout
    url = source
    for _ in range(MAX_REDIRECTS + 1):
        parts = _checked_url(url, allow_private_hosts)
        try:
            with _opened(parts, deadline, allow_private_hosts) as answer:
                if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                    url = _redirected(url, answer.headers["Location"])
                    continue
                _check_status(source, answer)
                return _read(source, answer, max_bytes, deadline)
        except (OSError, http.client.HTTPException) as error:
            late = time.monotonic() >= deadline
            what = f"gave no whole answer within {timeout:g} s" if late else f"failed: {error or type(error).__name__}"
            raise ServerFaultError(
                f"The host of input_reference {shown(url)!r} {what}. Nothing was paid. A retry asks it again."
            ) from error
    raise InvalidRequestError(
        f"input_reference {shown(source)!r} redirects more than {MAX_REDIRECTS} times. Nothing was paid."
    )


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise InvalidRequestError(
            f"The host of input_reference {shown(url)!r} redirects to what is no address ({error}). Nothing was paid."
        ) from error


def _checked_url(url: str, allow_private_hosts: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidRequestError(f"input_reference is not a web address: {error}. Nothing was paid.") from error
    if parts.scheme.lower() not in ("https", "http") or not host:
        raise InvalidRequestError(
            f"input_reference leads to {shown(url)!r}, but only https:// addresses are fetched. Nothing was paid."
        )
    if parts.scheme.lower() == "http" and not allow_private_hosts:
        raise InvalidRequestError(
            f"input_reference leads to {shown(url)!r} without TLS, but only https:// addresses are fetched. "
            "Nothing was paid. Use https://, or allow_private_hosts for a host of your own."
        )
    return parts


def allowed_address(text: str) -> bool:
    """Whether an IP address is a public one. Translated and tunnelled IPv4 counts as the IPv4 address it holds."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.is_site_local or address.teredo:
            return False
        if inner is not None:
            return allowed_address(str(inner))
    return address.is_global and not address.is_multicast


def _addresses(host: str, port: int, allow_private_hosts: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise InvalidRequestError(
            f"input_reference names the host {host!r}, which is no name. Nothing was paid."
        ) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = [] if allow_private_hosts else [address for address in addresses if not allowed_address(address)]
    if refused:
        raise InvalidRequestError(
            f"input_reference leads to {host!r} at {refused[0]}, which is a private, loopback or otherwise "
            "non-public address. Nothing was paid. Use a public address or a bucket, or allow_private_hosts "
            "for a host of your own."
        )
    return addresses


class _Pinned(http.client.HTTPConnection):
    """A connection to addresses that were checked; ``host`` only names the site."""

    def __init__(self, parts: SplitResult, deadline: float, allow_private_hosts: bool) -> None:
        self._tls = parts.scheme.lower() == "https"
        host = parts.hostname or ""
        super().__init__(host, parts.port or (443 if self._tls else 80))
        self.default_port = 443 if self._tls else 80
        self._deadline = deadline
        self._addresses = _addresses(self.host, self.port, allow_private_hosts)

    def connect(self) -> None:
        error: OSError | None = None
        for address in self._addresses:
            try:
                self.sock = socket.create_connection((address, self.port), timeout=_left(self._deadline))
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


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    return left


@contextmanager
def _opened(parts: SplitResult, deadline: float, allow_private_hosts: bool) -> Iterator[http.client.HTTPResponse]:
    connection = _Pinned(parts, deadline, allow_private_hosts)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._") if parts.query else ""
    )

    def cut() -> None:
        # A host that drips byte by byte never meets a socket's own timeout. Shutting down wakes the reader.
        sock = connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed in this very moment

    timer = threading.Timer(_left(deadline), cut)
    timer.daemon = True
    try:
        timer.start()
        connection.connect()
        raw = connection.sock  # `Connection: close` makes the response take it over; keep it for the timer
        connection.request("GET", path, headers=_HEADERS)
        answer = connection.getresponse()
        connection.sock = raw
        with answer:
            yield answer
    finally:
        timer.cancel()
        connection.close()


def _check_status(source: str, answer: http.client.HTTPResponse) -> None:
    if answer.status == 200:
        return
    said = f"The host of input_reference {shown(source)!r} answered {answer.status} {answer.reason}. Nothing was paid. "
    if answer.status == 429 or answer.status >= 500:
        raise ServerFaultError(said + "A retry asks it again.", status_code=answer.status)
    raise InvalidRequestError(said + "Check the address.", status_code=answer.status)


def _read(source: str, answer: http.client.HTTPResponse, max_bytes: int, deadline: float) -> bytes:
    length = answer.length
    if length is not None and length > max_bytes:
        raise too_large(source, max_bytes, length)
    data = bytearray()
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > max_bytes:
            raise too_large(source, max_bytes)
    _left(deadline)  # a connection that the timer cut ends just like a whole answer without a length
    if length is not None and len(data) < length:
        raise http.client.IncompleteRead(bytes(data), length - len(data))
    return bytes(data)
