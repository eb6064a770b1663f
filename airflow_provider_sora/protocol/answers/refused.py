"""A certain refusal, or a failure of a call that costs nothing, as one of our exceptions. Pure."""

from __future__ import annotations

import time

from airflow_provider_sora import paid
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    InvalidRequestError,
    PolicyRefusalError,
    QuotaExceededError,
    RateLimitedError,
    ServerFaultError,
    SoraError,
    UnsupportedByServerError,
    UnverifiedOrganizationError,
    VideoExpiredError,
    VideoNotFoundError,
)
from airflow_provider_sora.masking import discretion
from airflow_provider_sora.protocol.answers.refusals import Refusal, by_code, by_words
from airflow_provider_sora.protocol.http.call import Call
from airflow_provider_sora.protocol.http.reading.envelope import Answer, ErrorInfo, retry_after
from airflow_provider_sora.protocol.http.reading.redaction import redact

_VERIFY = ("must be verified", "verified organization", "verify organization", "verified organisation")
#: Codes of an unknown id, and of content that was there once.
_UNKNOWN = ("video_not_found", "task_not_found", "job_not_found", "task_not_exist")
_GONE = ("expired", "video_expired", "content_expired", "file_expired", "task_expired", "resource_expired", "gone")
#: What a web framework says of a path that it does not have: the whole message, word for word.
_NO_ROUTE = ("", "not found", "404 not found", "404 page not found", "no such route", "invalid url")


def is_unknown_id(info: ErrorInfo, call: Call) -> bool:
    """True where the code says that the server does not know the job, whatever the status."""
    return bool(call.video_id) and info.code in (*_UNKNOWN, *call.not_found_codes)


def by_kind(answer: Answer, info: ErrorInfo, call: Call) -> SoraError | None:
    """Refusals known by code or type. Words choose between errors that are equally final, and nothing else: proxies
    decorate them."""
    status = answer.status
    if status >= 500:
        return None
    if is_unknown_id(info, call):
        return not_found(answer, info, call)
    if status == 429 and not call.paid:
        return None  # asking costs nothing: whatever is exhausted, asking later is all there is to it
    if status == 402:
        return kind_error(Refusal.QUOTA, answer, info, call)
    kind = by_code((info.code, info.type))
    if kind is Refusal.MODEL or (kind is None and info.param == "model" and status in (400, 404, 422)):
        # Asked about a job, a 404 is about the job.
        return None if call.video_id and not call.paid else kind_error(Refusal.MODEL, answer, info, call)
    if status in (401, 403) and any(word in info.words for word in _VERIFY):
        step = "verify the organisation with the server's operator (it may take 15 minutes to count), or use a model"
        return _error(UnverifiedOrganizationError, answer, info, call, f"{step} that needs no verification")
    if kind is None and call.paid and status in (400, 403, 422, 451):
        kind = by_words(info.message)
    if kind is None and status == 429 and "retry-after" not in answer.headers:
        kind = Refusal.QUOTA if by_words(info.message) is Refusal.QUOTA else None
    if kind is None or (kind is Refusal.KEY and status not in (200, 400, 401, 403)):
        return None
    return kind_error(kind, answer, info, call)


def kind_error(kind: Refusal, answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    if kind is Refusal.QUOTA:
        return _error(QuotaExceededError, answer, info, call, "add credit or raise the limit of the account")
    if kind is Refusal.POLICY:
        return _error(PolicyRefusalError, answer, info, call, "change the prompt or the picture")
    if kind is Refusal.KEY:
        return _key(answer, info, call)
    step = "name a model that this server has; a deployment that is new may take hours to answer"
    return _error(InvalidRequestError, answer, info, call, step)


def later(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    wait = retry_after(answer.headers, time.time())
    step = f"try again after {wait:.0f} s" if wait is not None else "try again later, or lower the pace"
    return _error(RateLimitedError, answer, info, call, step, retry_after=wait)


def by_status(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:  # one branch per status
    status = answer.status
    if status in (401, 403):
        return _key(answer, info, call)
    if status == 429:
        return later(answer, info, call)
    if status == 404:
        return _missing(answer, info, call)
    if status in (405, 501):
        return _error(UnsupportedByServerError, answer, info, call, "use a server that has this call")
    if status == 410 or (status < 500 and call.video_id and info.code.lower() in _GONE):
        return _error(VideoExpiredError, answer, info, call, "the content cannot be fetched any more")
    if status < 400:
        where = answer.headers.get("location", "")
        return _error(InvalidRequestError, answer, info, call, f"set the connection's host to where it points: {where}")
    if status in (408, 409, 423, 425) or status >= 500:
        wait = retry_after(answer.headers, time.time())
        return _error(ServerFaultError, answer, info, call, "try again; the job was left as it is", retry_after=wait)
    return _error(InvalidRequestError, answer, info, call, _invalid_step(info))


def _invalid_step(info: ErrorInfo) -> str:
    if "inpaint image must match" in info.words:
        return "give a picture of exactly the video's size, or let reference_options fit it"
    return f"correct {info.param}" if info.param and not info.hidden else "correct the request"


def _missing(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    no_route = info.message.lower().strip(" .") in _NO_ROUTE
    if call.video_id and (not call.paid or (not no_route and call.video_id in info.message)):
        return not_found(answer, info, call)
    if call.paid and not call.video_id and not no_route:
        step = (
            "read its words: where it is the model or deployment that it does not know, name another (a new one may "
            "take hours to answer); else check that the connection's host is the base URL, ending in /v1"
        )
        return _error(InvalidRequestError, answer, info, call, step)
    step = "use a server that has this call, or check that the connection's host is the base URL, ending in /v1"
    if call.video_id:
        step = f"{step}; where it has the call, check that it still knows video {call.video_id}"
    return _error(UnsupportedByServerError, answer, info, call, step)


def not_found(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    step = (
        "check the id and the connection; a server that keeps jobs in memory forgets them when it restarts, "
        "and one of several replicas knows only its own"
    )
    return _error(VideoNotFoundError, answer, info, call, step)


def _key(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    step = (
        "check the key in the connection's password field"
        if call.has_key
        else "set the connection's password: it holds no key"
    )
    return _error(AuthenticationFailedError, answer, info, call, step)


def _error(
    cls: type[SoraError], answer: Answer, info: ErrorInfo, call: Call, step: str, retry_after: float | None = None
) -> SoraError:
    said = info.shown or info.shown_code or discretion.code(info.type, info.hidden) or "no message"
    about = f" (video {call.video_id})" if call.video_id else ""
    what = f"{capital(call.name)}{about} failed: {call.server} answered HTTP {answer.status}: {said.rstrip('.')}."
    return cls(
        redact(what, call.secrets),
        # A refusal costs nothing, but something may have been paid before it; a free call says nothing of money.
        cost=paid.said() if call.paid else "",
        step=f"{redact(step, call.secrets)}.",
        video_id=None if call.paid else call.video_id,
        status_code=answer.status,
        code=info.shown_code or None,
        retry_after=retry_after,
    )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
