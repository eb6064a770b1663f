"""What an answer says about an error, whatever envelope it came in. Pure; any bytes give a reading."""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_sora.masking import discretion
from airflow_provider_sora.protocol.http.reading.redaction import MARGIN, redact, without_secrets
from airflow_provider_sora.protocol.http.reading.shapes import is_job, job_in

MAX_WAIT = 86_400.0
_LIMIT = 600
#: So many bytes of a page that is no JSON are read.
_PAGE = 16_384


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer. Header names are lower case.

    :param url: where it came from, without query; for messages.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON, or None where it is none (``null`` reads the same)."""
        return read_json(self.body)


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """The server's own words: message, code as text, type and parameter, each blank where it gave none.

    :param hidden: they decide, and are not repeated; see :mod:`airflow_provider_sora.masking.discretion`.
    """

    message: str
    code: str = ""
    type: str = ""
    param: str = ""
    hidden: bool = False

    @property
    def shown(self) -> str:
        """The message as it may be repeated."""
        return discretion.words(self.message, self.hidden)

    @property
    def shown_code(self) -> str:
        """The code as it may be repeated."""
        return discretion.code(self.code, self.hidden)

    @property
    def words(self) -> str:
        """All of it in lower case, to look for known phrases."""
        return f"{self.code} {self.type} {self.message}".lower()


#: Levels of JSON within JSON that are read.
_DEEPEST = 64


def read_json(body: bytes | str) -> Any:
    """JSON, or None: never an exception, however broken or deep the text is."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return None if is_too_deep(found) else found


def is_too_deep(found: Any) -> bool:
    """Deeper than any server's answer: whoever reads it part by part would run out of stack, after the job was paid."""
    level = [found]
    for _ in range(_DEEPEST):
        inner = [one for one in level if isinstance(one, (dict, list)) and one]
        if not inner:
            return False
        level = [value for one in inner for value in (one.values() if isinstance(one, dict) else one)]
    return True


def read_error(body: bytes, secrets: Iterable[str] = ()) -> ErrorInfo:
    """The error in a body: ``{error: {…}}``, ``{error: "text"}``, ``{detail: …}``, ``{message, code}``, or text.

    This is the gate for errors: nothing in it holds one of ``secrets`` or a signed address.
    """
    secrets = tuple(secrets)
    info = raw_error(body, secrets)
    # First the secrets, then the length: half a key is no known secret any more.
    message, code, kind, param = (
        redact(text, secrets)[:_LIMIT] for text in (info.message, info.code, info.type, info.param)
    )
    return ErrorInfo(message, code, kind, param, hidden=discretion.is_discreet())


def raw_error(body: bytes, secrets: Iterable[str] = ()) -> ErrorInfo:
    """:func:`read_error` before the gate: for an address that is to be fetched, and for nothing that is shown."""
    found = read_json(body)
    if isinstance(found, Mapping):
        inner = found.get("error")
        if isinstance(inner, str) and inner:
            return _info({**found, "message": inner})
        if isinstance(inner, Mapping):
            return _info(inner)
        detail = found.get("detail")
        if isinstance(detail, list):
            return ErrorInfo("; ".join(_detail(entry) for entry in detail[:5]))
        if isinstance(detail, Mapping):
            return _info(detail)
        if isinstance(detail, str):
            return _info({**found, "message": detail})
        base = found.get("base_resp")  # MiniMax
        if isinstance(base, Mapping):
            return _info({"code": base.get("status_code"), "message": base.get("status_msg")})
        return _info(found)
    if isinstance(found, str):
        return ErrorInfo(found)
    # Before markup goes: a key may look like it, and would then be known no more.
    text = without_secrets(body[:_PAGE].decode("utf-8", "replace"), secrets)
    text = text[:-MARGIN] if len(body) > _PAGE else text
    if "<" in text and ">" in text:
        text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.S | re.I)
    return ErrorInfo(" ".join(text.split()))


def _detail(entry: Any) -> str:
    """One line of a validation list: ``body.seconds: Input should be …``."""
    if not isinstance(entry, Mapping):
        return str(entry)[:2000]
    place = entry.get("loc")
    where = ".".join(str(step) for step in place) if isinstance(place, list) else ""
    said = str(entry.get("msg", entry))[:2000]
    return f"{where}: {said}" if where else said


def _info(mapping: Mapping[str, Any]) -> ErrorInfo:
    def text(*names: str) -> str:
        values = (mapping.get(name) for name in names)
        return next((str(value) for value in values if value and not isinstance(value, (Mapping, list, bool))), "")

    message = text(
        "message", "msg", "detail", "description", "error_message", "error_msg", "fail_reason", "failure_reason"
    )
    code = text("code", "error_code")
    return ErrorInfo(" ".join(message.split()), code, text("type", "status"), text("param"))


def job_object(answer: Answer) -> Mapping[str, Any] | None:
    """The job object in an answer of *any* status, or None.

    vLLM-Omni answers the poll of a failed job with the failure's own status, and LiteLLM pastes that
    answer into the message of an envelope of its own.
    """
    found = answer.json()
    if is_job(found):
        return found
    inside = job_in(found)
    if is_job(inside):
        return inside
    if answer.status < 400 or not isinstance(found, Mapping):
        return None
    inner = found.get("error")
    message = inner.get("message") if isinstance(inner, Mapping) else found.get("message", found.get("detail"))
    if not isinstance(message, str) or "status" not in message:
        return None
    decoder = json.JSONDecoder()
    for start in [match.start() for match in re.finditer(r"\{", message)][:20]:
        try:
            pasted, _ = decoder.raw_decode(message, start)
        except (ValueError, RecursionError):
            continue
        if is_job(pasted) and str(pasted["status"]).lower() in ("failed", "cancelled", "expired"):
            return pasted
    return None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks us to wait, at most a day; None where it does not say.

    Reads ``retry-after-ms``, ``Retry-After`` in seconds, and ``Retry-After`` as a date, which is measured
    against the answer's own ``Date`` where it has one (the server's clock may differ from ours).
    """
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / divisor
        except (KeyError, ValueError, OverflowError):
            continue
        if not math.isnan(seconds):
            return min(max(seconds, 0.0), MAX_WAIT)
    until = http_date(headers.get("retry-after"))
    if until is None:
        return None
    return min(max(until - (http_date(headers.get("date")) or now), 0.0), MAX_WAIT)


def http_date(text: str | None) -> float | None:
    """Unix seconds of an HTTP date; None where it is none."""
    if not text:
        return None
    try:
        found: datetime = email.utils.parsedate_to_datetime(text)
        return found.timestamp()
    except (TypeError, ValueError, OverflowError, IndexError, OSError):
        return None
