"""The one fetcher for addresses that somebody else wrote: feeds, catalogues, pictures.

Every name is resolved first, every address it has is judged (:mod:`.guard`), and the connection goes to a judged
address; the name is used for TLS and the Host header only. The same holds after each redirect. The deadline holds
however slowly the host drips. Proxies of the environment are not used.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import SplitResult, urljoin

import httpcore

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.masking.addresses import shown, too_large
from airflow_provider_sora.paid import said
from airflow_provider_sora.web.guard import NotAnAddress, NotPublic, split
from airflow_provider_sora.web.packed import unpack
from airflow_provider_sora.web.pinned import Errand, opened

__all__ = ["Errand", "Fetched", "fetch"]

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_FAULTS = (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


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
            with opened(parts, errand, deadline, own) as answer:
                headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status in _REDIRECTS and headers.get("location"):
                    url = _redirected(url, headers["location"], errand)
                    continue
                _check_status(source, answer, errand)
                body = b"" if answer.status == 304 else _read(source, answer, headers, errand)
                return Fetched(answer.status, url, body, headers, _charset(headers))
        except NotPublic as refused:
            raise InvalidRequestError(
                f"{errand.what} leads to {refused}.",
                step=errand.hint or None,
                reason="private",
                values={"photo": shown(url)},
            ) from refused
        except NotAnAddress as refused:
            raise InvalidRequestError(f"{errand.what} is not fetched: {refused}.") from refused
        except _FAULTS as error:
            late = time.monotonic() >= deadline
            late_words, words = (
                f"gave no whole answer within {errand.timeout:g} s",
                f"failed: {error or type(error).__name__}",
            )
            what = late_words if late else words
            raise ServerFaultError(
                f"The host of {errand.what} {shown(url)!r} {what}.",
                cost=said(),
                step="a retry asks it again.",
                reason="waits",
                values={"photo": shown(url)},
            ) from error
    raise InvalidRequestError(f"{errand.what} {shown(source)!r} redirects more than {MAX_REDIRECTS} times.")


def _redirected(url: str, location: str, errand: Errand) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise InvalidRequestError(
            f"The host of {errand.what} {shown(url)!r} redirects to what is no address ({error})."
        ) from error


def _checked(url: str, errand: Errand, own: bool) -> SplitResult:
    allowed = "http:// and https://" if errand.plain else "https://"
    try:
        parts = split(url)
    except NotAnAddress as error:
        raise InvalidRequestError(
            f"{errand.what} leads to {shown(url)!r}, which is not a web address ({error}): only {allowed} addresses "
            "are fetched."
        ) from error
    if parts.scheme.lower() == "http" and not (own or errand.plain):
        raise InvalidRequestError(
            f"{errand.what} leads to {shown(url)!r} without TLS, but only https:// addresses are fetched.",
            step=f"use https://. {errand.hint}".rstrip(),
            reason="insecure",
            values={"photo": shown(url)},
        )
    return parts


def _check_status(source: str, answer: httpcore.Response, errand: Errand) -> None:
    if answer.status == 200 or (answer.status == 304 and _is_conditional(errand)):
        return
    reason = answer.extensions.get("reason_phrase", b"").decode("latin-1")
    answered = f"The host of {errand.what} {shown(source)!r} answered {answer.status} {reason}."
    facts: dict[str, Any] = {"status_code": answer.status, "values": {"photo": shown(source)}}
    if answer.status == 429 or answer.status >= 500:
        raise ServerFaultError(answered, cost=said(), step="a retry asks it again.", reason="waits", **facts)
    kind = {401: "forbidden", 403: "forbidden", 404: "missing", 410: "missing"}.get(answer.status)
    raise InvalidRequestError(answered, step="check the address.", reason=kind, **facts)


def _is_conditional(errand: Errand) -> bool:
    return any(name in errand.headers for name in ("If-None-Match", "If-Modified-Since"))


def _charset(headers: Mapping[str, str]) -> str | None:
    message = Message()
    message["Content-Type"] = headers.get("content-type", "")
    return message.get_content_charset()


def _read(source: str, answer: httpcore.Response, headers: Mapping[str, str], errand: Errand) -> bytes:
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > errand.max_bytes:
        raise too_large(source, errand.max_bytes, int(length), what=errand.what)
    data = bytearray()
    for chunk in answer.iter_stream():
        data += chunk
        if len(data) > errand.max_bytes:
            raise too_large(source, errand.max_bytes, what=errand.what)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return bytes(data)
    if coding not in ("gzip", "x-gzip"):
        raise httpcore.RemoteProtocolError(f"it sent the encoding {coding[:20]!r}, which was not asked for")
    unpacked = unpack(bytes(data), errand.max_bytes)
    if len(unpacked) > errand.max_bytes:
        raise too_large(source, errand.max_bytes, what=errand.what)
    return unpacked
