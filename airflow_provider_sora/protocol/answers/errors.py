"""From an answer, or the lack of one, to one of our exceptions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from airflow_provider_sora import paid
from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    ServerFaultError,
    ServerUnreachableError,
    SoraError,
    UnreadableAnswerError,
)
from airflow_provider_sora.protocol.answers.refusals import by_code, by_words
from airflow_provider_sora.protocol.answers.refused import (
    by_kind,
    by_status,
    capital,
    is_unknown_id,
    kind_error,
    later,
    not_found,
)
from airflow_provider_sora.protocol.http.call import Call, NoAnswer
from airflow_provider_sora.protocol.http.reading.envelope import Answer, ErrorInfo, read_error
from airflow_provider_sora.protocol.http.reading.redaction import redact
from airflow_provider_sora.protocol.http.reading.shapes import likely_ids

__all__ = ["REFUSALS", "Call", "NoAnswer", "answer_error", "no_answer_error", "unreadable"]

#: A paid POST answered with one of these was certainly refused: no job, no money.
REFUSALS = frozenset({301, 307, 308, 400, 401, 402, 403, 404, 405, 411, 413, 414, 415, 422, 426, 429, 431, 451})
#: Every refusal has an id of its own request.
_OF_REQUEST = re.compile(r"request|trace|log_?id", re.IGNORECASE)


def no_answer_error(failure: NoAnswer, call: Call) -> SoraError:
    """The exception for a request that got no whole answer."""
    why = redact(failure.why, call.secrets)
    if not failure.connected:
        return ServerUnreachableError(
            f"No connection to {call.server} for {call.name}: {why}.",
            cost=paid.said() if call.paid else "",
            step="check that the server runs and that the connection's host is right; trying again is safe.",
            video_id=call.video_id,
        )
    if call.paid:
        return _ambiguous(call, f"the answer was lost ({why})")
    return ServerFaultError(
        f"{capital(call.name)} failed: {call.server} gave no whole answer ({why}). "
        "The call costs nothing and any job was left as it is.",
        step="try again.",
        video_id=call.video_id,
    )


def answer_error(answer: Answer, call: Call) -> SoraError:
    """The exception for an answer that is not the one hoped for (any status of 300 and above)."""
    info = read_error(answer.body, call.secrets)
    if call.paid and answer.status not in REFUSALS:
        if answer.status in call.refusal_statuses or info.code in call.refusal_codes:
            return later(answer, info, call)
        said = f"HTTP {answer.status}" + (f": {info.shown}" if info.message else "")
        hint = ""
        if answer.status in (503, 529):
            hint = (
                f" If this server never takes a job that it answers so, say it in the connection's dialect: "
                f'"refusal_statuses": [{answer.status}].'
            )
        return _ambiguous(call, said, answer, info, hint)
    return by_kind(answer, info, call) or by_status(answer, info, call)


def unreadable(answer: Answer, call: Call, why: str) -> SoraError:
    """The exception for an answer of status 2xx that does not say what it should.

    The server's own error in it is told, and decides where its code does; whatever looks like an id is named, for a
    paid job may be behind it.
    """
    info = read_error(answer.body, call.secrets)
    found = answer.json()
    ids = likely_ids(found, answer.body[:20_000].decode("utf-8", "replace") if found is None else "")
    if call.paid and (refused := _refused_in_words(answer, info, call, ids)):
        return refused
    if not call.paid and is_unknown_id(info, call):
        return not_found(answer, info, call)
    said = f"{why}" + (
        f"; it says: {info.shown_code + ': ' if info.shown_code else ''}{info.shown[:300]}" if info.message else ""
    )
    if ids and "looks like" not in why:
        said += f"; what looks like an id in it: {', '.join(ids)}"
    if call.paid:
        return _ambiguous(call, f"HTTP {answer.status}, but {said}", answer, info)
    text = f"{capital(call.name)}: {call.server} answered HTTP {answer.status}, but {said}. Any job was left as it is."
    return UnreadableAnswerError(
        redact(text, call.secrets),
        step="check that the connection's host is the base URL of a Videos API.",
        video_id=call.video_id,
        status_code=answer.status,
        code=info.shown_code or None,
    )


def _refused_in_words(answer: Answer, info: ErrorInfo, call: Call, ids: list[str]) -> SoraError | None:
    """A refusal inside a 200 (``{"code": -1, "msg": "insufficient credits"}``): only one that is never tried again."""
    if any(not _OF_REQUEST.search(text.partition("=")[0]) for text in ids):
        return None  # an id of whatever kind: a job may exist
    found = answer.json()
    complains = info.code or info.type or (isinstance(found, Mapping) and found.get("error"))
    kind = by_code((info.code, info.type)) or (by_words(info.message) if complains else None)
    return None if kind is None else kind_error(kind, answer, info, call)


def _ambiguous(
    call: Call, said: str, answer: Answer | None = None, info: ErrorInfo | None = None, hint: str = ""
) -> SoraError:
    text = (
        f"{capital(call.name)} on {call.server} has an unknown outcome: {said}. A job may exist and may be billed, "
        "so it was not submitted again."
    )
    return AmbiguousSubmitError(
        redact(text, call.secrets),
        step=f"look for the job on the server, and ask for it again only if there is none.{hint}",
        status_code=answer.status if answer else None,
        code=(info.shown_code or None) if info else None,
    )
