"""From an answer, or the lack of one, to one of our exceptions. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    AuthenticationFailedError,
    InvalidRequestError,
    PolicyRefusalError,
    QuotaExceededError,
    RateLimitedError,
    ServerFaultError,
    ServerUnreachableError,
    SoraError,
    UnreadableAnswerError,
    UnsupportedByServerError,
    UnverifiedOrganizationError,
    VideoExpiredError,
    VideoNotFoundError,
)
from airflow_provider_sora.protocol.envelope import Answer, ErrorInfo, read_error, redact, retry_after

#: A paid POST answered with one of these was certainly refused: no job, no money.
REFUSALS = frozenset({301, 307, 308, 400, 401, 402, 403, 404, 405, 411, 413, 414, 415, 422, 426, 429, 431, 451})

_NOTHING_PAID = "Nothing was paid."
_POLICY = ("content policy", "content_policy", "moderation", "safety system", "usage policies", "policy violation")
_QUOTA = ("insufficient_quota", "billing_hard_limit", "exceeded your current quota", "insufficient credit",
          "insufficient_user_quota", "budget has been exceeded", "budget_exceeded")  # fmt: skip
_VERIFY = ("must be verified", "verified organization", "verify organization", "verified organisation")
_KEY = ("no connected db", "no_db_connection", "invalid api key", "incorrect api key", "invalid_api_key",
        "authentication error", "auth_error", "invalid proxy server token")  # fmt: skip
_GONE = ("expired", "no longer available", "has been deleted")
_NO_ROUTE = ("", "not found", "404 not found", "404 page not found", "no such route", "invalid url")


@dataclass(frozen=True)
class Call:
    """What was being done when the answer came.

    :param name: in words: ``creating the video``.
    :param server: the server in words.
    :param paid: True for the four paid POSTs.
    :param video_id: the job that the call concerns; for a remix its source.
    :param not_found_codes: the dialect's codes for an unknown id.
    """

    name: str
    server: str
    paid: bool = False
    video_id: str | None = None
    has_key: bool = True
    not_found_codes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)


class NoAnswer(Exception):
    """Transport failed. Internal; :func:`no_answer_error` makes it one of ours.

    :param connected: False when no connection was made, so the server cannot have seen the request.
    """

    def __init__(self, why: str, *, connected: bool) -> None:
        super().__init__(why)
        self.why = why
        self.connected = connected


def no_answer_error(failure: NoAnswer, call: Call) -> SoraError:
    """The exception for a request that got no whole answer."""
    why = redact(failure.why, call.secrets)
    if not failure.connected:
        return ServerUnreachableError(
            f"No connection to {call.server} for {call.name}: {why}. Nothing was submitted or paid. "
            "Next: check that the server runs and that the connection's host is right; trying again is safe.",
            video_id=call.video_id,
        )
    if call.paid:
        return _ambiguous(call, f"the answer was lost ({why})")
    return ServerFaultError(
        f"{_capital(call.name)} failed: {call.server} gave no whole answer ({why}). "
        "The call costs nothing and any job was left as it is. Next: try again.",
        video_id=call.video_id,
    )


def answer_error(answer: Answer, call: Call) -> SoraError:
    """The exception for an answer that is not the one hoped for (any status of 300 and above)."""
    info = read_error(answer.body)
    if call.paid and answer.status not in REFUSALS:
        said = f"HTTP {answer.status}" + (f": {info.message}" if info.message else "")
        return _ambiguous(call, said, answer, info)
    return _refusal(answer, info, call) or _by_status(answer, info, call)


def unreadable(answer: Answer, call: Call, why: str) -> SoraError:
    """The exception for an answer of status 2xx that does not say what it should."""
    info = read_error(answer.body)
    said = f"{why}" + (f"; it says: {info.message}" if info.message and len(info.message) < 300 else "")
    if call.paid:
        return _ambiguous(call, f"HTTP {answer.status}, but {said}", answer, info)
    text = f"{_capital(call.name)}: {call.server} answered HTTP {answer.status}, but {said}. Any job was left as it is."
    return UnreadableAnswerError(
        redact(f"{text} Next: check that the connection's host is the base URL of a Videos API.", call.secrets),
        video_id=call.video_id,
        status_code=answer.status,
    )


def _ambiguous(call: Call, said: str, answer: Answer | None = None, info: ErrorInfo | None = None) -> SoraError:
    text = (
        f"{_capital(call.name)} on {call.server} has an unknown outcome: {said}. A job may exist and may be billed, "
        "so it was not submitted again. Next: look for the job on the server, and clear the task only if there is none."
    )
    return AmbiguousSubmitError(
        redact(text, call.secrets),
        status_code=answer.status if answer else None,
        code=(info.code or None) if info else None,
    )


def _refusal(answer: Answer, info: ErrorInfo, call: Call) -> SoraError | None:
    """Refusals known by their words, whatever their status."""
    words, status = info.words, answer.status
    if status >= 500:
        return None
    if any(word in words for word in _VERIFY):
        step = "verify the organisation with the server's operator (it may take 15 minutes to count), or use a model"
        return _error(UnverifiedOrganizationError, answer, info, call, f"{step} that needs no verification")
    if any(word in words for word in _QUOTA) or status == 402:
        return _error(QuotaExceededError, answer, info, call, "add credit or raise the limit of the account")
    if any(word in words for word in _POLICY):
        return _error(PolicyRefusalError, answer, info, call, "change the prompt or the picture")
    if info.code in call.not_found_codes and call.video_id:
        return _not_found(answer, info, call)
    if status == 400 and any(word in words for word in _KEY):
        return _key(answer, info, call)
    return None


def _by_status(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:  # one branch per status
    status = answer.status
    if status in (401, 403):
        return _key(answer, info, call)
    if status == 429:
        wait = retry_after(answer.headers, time.time())
        step = f"try again after {wait:.0f} s" if wait is not None else "try again later, or lower the pace"
        return _error(RateLimitedError, answer, info, call, step, retry_after=wait)
    if status == 404:
        return _missing(answer, info, call)
    if status in (405, 501):
        return _error(UnsupportedByServerError, answer, info, call, "use a server that has this call")
    if status == 410 or (status < 500 and call.video_id and any(word in info.words for word in _GONE)):
        return _error(VideoExpiredError, answer, info, call, "the content cannot be fetched any more")
    if status < 400:
        where = answer.headers.get("location", "")
        return _error(InvalidRequestError, answer, info, call, f"set the connection's host to where it points: {where}")
    if status in (408, 409, 423, 425) or status >= 500:
        wait = retry_after(answer.headers, time.time())
        return _error(ServerFaultError, answer, info, call, "try again; the job was left as it is", retry_after=wait)
    return _error(InvalidRequestError, answer, info, call, _invalid_step(info))


def _invalid_step(info: ErrorInfo) -> str:
    words = info.words
    if "inpaint image must match" in words:
        return "give a picture of exactly the video's size, or let reference_fit fit it"
    if "deployment" in words:
        return "check the deployment's name; a new one may take hours to answer"
    return f"correct {info.param}" if info.param else "correct the request"


def _missing(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
    if "deployment" in info.words or "model" in info.words:
        return _error(InvalidRequestError, answer, info, call, _invalid_step(info))
    if call.video_id and (not call.paid or info.message.lower().strip(" .") not in _NO_ROUTE):
        return _not_found(answer, info, call)
    step = "use a server that has this call, or check that the connection's host is the base URL, ending in /v1"
    return _error(UnsupportedByServerError, answer, info, call, step)


def _not_found(answer: Answer, info: ErrorInfo, call: Call) -> SoraError:
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
    said = info.message or info.code or info.type or "no message"
    about = f" (video {call.video_id})" if call.video_id else ""
    money = f" {_NOTHING_PAID}" if call.paid else ""
    what = f"{_capital(call.name)}{about} failed: {call.server} answered HTTP {answer.status}: {said.rstrip('.')}."
    return cls(
        redact(f"{what}{money} Next: {step}.", call.secrets),
        video_id=None if call.paid else call.video_id,
        status_code=answer.status,
        code=info.code or None,
        retry_after=retry_after,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
