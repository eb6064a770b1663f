"""The one fetcher for addresses that somebody else wrote: feeds, catalogues, pictures.

Every name is resolved first, every address it has is judged (:mod:`.guard`), and the connection goes to a judged
address; the name is used for TLS and the Host header only. The same holds after each redirect. A timer closes the
connection at the deadline, however slowly the host drips. Proxies of the environment are not used.
"""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urljoin

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.web.guard import NotAnAddress, NotPublic, port_of, resolved, shown, split

MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_SAFE = "/?%:@!$&'()*+,;=~-._"
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A host's answer.

    :param status: 200, or 304 where the request was conditional.
    :param url: where it lay in the end, redirects followed.
    :param headers: by lower-case name.
    :param charset: the encoding that the host named, as it named it.
    """

    status: int
    url: str
    data: bytes = field(repr=False)
    headers: Mapping[str, str]
    charset: str | None = None


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


def fetch(source: str, errand: Errand) -> Fetched:
    """The body of ``source`` after redirects.

    :raises InvalidRequestError: the address is not allowed, or the host refuses it (4xx), or it is too large.
    :raises ServerFaultError: no connection, timeout, a broken answer, 429 or 5xx; safe to repeat.
    """
    deadline = time.monotonic() + errand.timeout
    url = source
    for _ in range(MAX_REDIRECTS + 1):
        own = errand.own(url)
        parts = _checked(url, errand, own)
        try:
            with _opened(parts, errand, deadline, own) as answer:
                if answer.status in _REDIRECTS and answer.headers.get("Location"):
                    url = _redirected(url, answer.headers["Location"], errand)
                    continue
                _check_status(source, answer, errand)
                body = b"" if answer.status == 304 else _read(source, answer, errand, deadline)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Fetched(answer.status, url, body, headers, answer.headers.get_content_charset())
        except NotPublic as refused:
            raise InvalidRequestError(
                f"{errand.what} leads to {refused}. Nothing was paid. {errand.hint}".rstrip()
            ) from refused
        except NotAnAddress as refused:
            raise InvalidRequestError(f"{errand.what} is not fetched: {refused}. Nothing was paid.") from refused
        except (OSError, http.client.HTTPException) as error:
            late = time.monotonic() >= deadline
            late_words, words = (
                f"gave no whole answer within {errand.timeout:g} s",
                f"failed: {error or type(error).__name__}",
            )
            what = late_words if late else words
            raise ServerFaultError(
                f"The host of {errand.what} {shown(url)!r} {what}. Nothing was paid. A retry asks it again."
            ) from error
    raise InvalidRequestError(
        f"{errand.what} {shown(source)!r} redirects more than {MAX_REDIRECTS} times. Nothing was paid."
    )


def _redirected(url: str, location: str, errand: Errand) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise InvalidRequestError(
            f"The host of {errand.what} {shown(url)!r} redirects to what is no address ({error}). Nothing was paid."
        ) from error


def _checked(url: str, errand: Errand, own: bool) -> SplitResult:
    allowed = "http:// and https://" if errand.plain else "https://"
    try:
        parts = split(url)
    except NotAnAddress as error:
        raise InvalidRequestError(
            f"{errand.what} leads to {shown(url)!r}, which is not a web address ({error}): only {allowed} addresses "
            "are fetched. Nothing was paid."
        ) from error
    if parts.scheme.lower() == "http" and not (own or errand.plain):
        raise InvalidRequestError(
            f"{errand.what} leads to {shown(url)!r} without TLS, but only https:// addresses are fetched. "
            f"Nothing was paid. Use https://. {errand.hint}".rstrip()
        )
    return parts


class _Pinned(http.client.HTTPConnection):
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
        left = _left(self._deadline)
        return min(left, self._silence) if self._silence else left


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    return left


@contextmanager
def _opened(parts: SplitResult, errand: Errand, deadline: float, own: bool) -> Iterator[http.client.HTTPResponse]:
    connection = _Pinned(parts, errand, deadline, own)
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

    timer = threading.Timer(_left(deadline), cut)
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


def _check_status(source: str, answer: http.client.HTTPResponse, errand: Errand) -> None:
    if answer.status == 200 or (answer.status == 304 and _is_conditional(errand)):
        return
    said = f"The host of {errand.what} {shown(source)!r} answered {answer.status} {answer.reason}. Nothing was paid. "
    if answer.status == 429 or answer.status >= 500:
        raise ServerFaultError(said + "A retry asks it again.", status_code=answer.status)
    raise InvalidRequestError(said + "Check the address.", status_code=answer.status)


def _is_conditional(errand: Errand) -> bool:
    return any(name in errand.headers for name in ("If-None-Match", "If-Modified-Since"))


def _too_large(source: str, errand: Errand, have: int | None = None) -> InvalidRequestError:
    weight = "weighs more than" if have is None else f"weighs {have:,} bytes, more than"
    return InvalidRequestError(
        f"{errand.what} {shown(source)!r} {weight} the {errand.max_bytes:,} bytes allowed. "
        "Nothing was paid. Use a smaller file."
    )


def _read(source: str, answer: http.client.HTTPResponse, errand: Errand, deadline: float) -> bytes:
    length = answer.length
    if length is not None and length > errand.max_bytes:
        raise _too_large(source, errand, length)
    data = bytearray()
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > errand.max_bytes:
            raise _too_large(source, errand)
    _left(deadline)  # a connection that the timer cut ends just like a whole answer without a length
    if length is not None and len(data) < length:
        raise http.client.IncompleteRead(bytes(data), length - len(data))
    coding = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding in ("", "identity"):
        return bytes(data)
    if coding not in ("gzip", "x-gzip"):
        raise http.client.HTTPException(f"it sent the encoding {coding[:20]!r}, which was not asked for")
    unpacked = unpack(bytes(data), errand.max_bytes)
    if len(unpacked) > errand.max_bytes:
        raise _too_large(source, errand)
    return unpacked


def unpack(data: bytes, max_bytes: int) -> bytes:
    """The contents of gzip data, at most one byte more than ``max_bytes``; what is cut off in the middle as far as it
    goes; bytes that are no gzip as they are."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacked, rest = bytearray(), data
    while rest.startswith(b"\x1f\x8b") and len(unpacked) <= max_bytes:  # a file may have several members
        member = zlib.decompressobj(wbits=31)
        try:
            unpacked += member.decompress(rest, max_bytes + 1 - len(unpacked))
        except zlib.error:
            break
        rest = member.unused_data
    return bytes(unpacked)
