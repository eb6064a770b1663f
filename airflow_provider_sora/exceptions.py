"""Every error of this provider, one class per outcome.

::

    SoraError
    ├── InvalidRequestError              refused before or by the server; nothing was paid
    │   ├── UnsupportedByServerError     this server has no such call, field or value
    │   └── ConfigurationError           the connection or an argument is wrong
    │       └── ApiShutDownError         the connection points at OpenAI, whose Videos API is off
    ├── AuthenticationFailedError        401 or 403: key missing, wrong or without the right
    │   └── UnverifiedOrganizationError  the server wants a verified organisation
    ├── PolicyRefusalError               content policy; the same prompt will be refused again
    ├── QuotaExceededError               no credit left
    ├── RateLimitedError                 429; ``retry_after`` in seconds where the server gave it
    ├── ServerUnreachableError           no connection was made, so nothing can have been submitted
    ├── ServerFaultError                 a call that costs nothing failed; safe to repeat
    ├── UnreadableAnswerError            an answer that is not what the protocol says
    ├── AmbiguousSubmitError             a paid POST whose answer was lost: a job may exist
    ├── RequestChangedError              a retry would submit something else than the try before it
    ├── LedgerError                      the recovery record cannot be read or written
    ├── VideoFailedError                 the server ended the job without a video
    │   └── VideoCancelledError          somebody cancelled it
    ├── VideoExpiredError                the job or its content is gone
    ├── VideoNotFoundError               the server no longer knows the id
    ├── VideoTimeoutError                our deadline passed; the job was left in place
    ├── PollingFailedError               the server stopped answering; the job was left in place
    ├── MismatchError                    the video is not what was asked for
    ├── DecisionRefusedError             a person's decision cannot stand: somebody else was first, or the clip changed
    ├── BudgetExceededError              the estimate is above the limit, or unknown while a limit is set
    └── ArchiveError                     the video exists but could not be stored
        ├── ContentError                 what the server sent is not a whole video, still or JSON
        ├── ForeignObjectError           the object's name is taken by something that is not ours
        └── CorruptObjectError           the store holds other bytes than were sent

The import paths are public: retry policies name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self


class SoraError(Exception):
    """Base of all. ``str(error)`` says what happened, what it cost or may have cost, and the next step.

    :param message: what happened; never holds a key or a signed URL. A long id stands in it once.
    :param cost: what became of the money, by whoever knows it. Left out, an error that costs nothing by itself says
        what was paid before it (:func:`airflow_provider_sora.paid.said`), and any other says it in ``message``.
    :param step: the next step for a person; it ends the text.
    :param reason: a code of ``words/reasons.py``, for pages; ``values`` are what its words name.
    :param video_id: the job concerned, if one is known.
    :param status_code: the HTTP status that led here, if any.
    :param code: the server's own error code, as a string, if it gave one.
    :param retry_after: seconds the server asked us to wait, if it did.
    """

    #: True when trying again can only waste time or money; drives the default retry policy.
    never_retry: ClassVar[bool] = False
    #: True where whatever raises it has itself paid nothing.
    costs_nothing: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        cost: str | None = None,
        step: str | None = None,
        reason: str | None = None,
        values: Mapping[str, str] | None = None,
        video_id: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        # Loaded where an error is made: every parse of a DAG file would pay for it otherwise.
        from airflow_provider_sora.paid import naming_once, said, told

        if cost is None:
            cost = said() if self.costs_nothing else ""
        #: What happened, without money and step: for whoever takes the next one himself.
        self.happened = naming_once(message, video_id)
        self.cost = cost
        self.step = step
        self.reason = reason
        self.values = dict(values or {})
        # Not the text: whoever copies or unpickles an error calls this again with it.
        super().__init__(message)
        self.message = told(message, cost, step, video_id)
        self.video_id = video_id
        self.status_code = status_code
        self.code = code
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.message

    def with_message(self, message: str, *, cost: str | None = None, step: str | None = None) -> Self:
        """The same error in other words."""
        facts = {name: getattr(self, name) for name in ("video_id", "status_code", "code", "retry_after")}
        return type(self)(message, cost=cost, step=step, reason=self.reason, values=self.values, **facts)


class InvalidRequestError(SoraError):
    """The request is wrong. It was not sent, or refused for certain."""

    never_retry = True
    costs_nothing = True


class UnsupportedByServerError(InvalidRequestError):
    """This server has no such call, field or value. Nothing was paid."""


class ConfigurationError(InvalidRequestError):
    """The connection or an argument is wrong. Nothing was paid."""


class ApiShutDownError(ConfigurationError):
    """The connection points at OpenAI (or nowhere), whose Videos API was switched off on 2026-09-24."""


class AuthenticationFailedError(SoraError):
    """The key is missing, wrong, or lacks a right. Nothing was paid."""

    never_retry = True


class UnverifiedOrganizationError(AuthenticationFailedError):
    """The server wants a verified organisation for this model. Nothing was paid."""


class PolicyRefusalError(SoraError):
    """The content policy refused prompt or picture; the same input will be refused again."""

    never_retry = True


class QuotaExceededError(SoraError):
    """The account has no credit left. Nothing was paid."""

    never_retry = True


class RateLimitedError(SoraError):
    """429. The request was refused, so nothing was paid; try again after ``retry_after`` seconds."""


class ServerUnreachableError(SoraError):
    """No connection was made, so nothing was submitted."""


class ServerFaultError(SoraError):
    """A call that costs nothing failed on the server's side; safe to repeat."""


class UnreadableAnswerError(SoraError):
    """The server's answer to a call that costs nothing is not what the protocol says."""


class AmbiguousSubmitError(SoraError):
    """A paid request was sent and its answer lost: a job may exist and may be billed."""

    never_retry = True


class RequestChangedError(SoraError):
    """An automatic retry would submit something else than the try before it. Nothing more was paid."""

    never_retry = True


class LedgerError(SoraError):
    """The recovery record cannot be read or written; going on could pay twice, so the task stopped."""


class VideoFailedError(SoraError):
    """The server ended the job without a video."""


class VideoCancelledError(VideoFailedError):
    """Somebody cancelled the job."""


class VideoExpiredError(SoraError):
    """The job was made (and probably billed) but its content is gone from the server."""

    never_retry = True


class VideoNotFoundError(SoraError):
    """The server does not know the id (any more). Never a reason to submit again by itself."""

    never_retry = True


class VideoTimeoutError(SoraError):
    """Our deadline passed. The job was left in place; the message says what was last seen of it."""


class PollingFailedError(SoraError):
    """The server stopped answering while we waited. The job was left in place."""


class MismatchError(SoraError):
    """The finished video differs from what was asked for, and ``on_mismatch="fail"`` was set."""

    never_retry = True


class BudgetExceededError(SoraError):
    """The estimate is above the limit, or unknown while a limit is set. The request was not sent."""

    never_retry = True
    costs_nothing = True


class DecisionRefusedError(SoraError):
    """A person's decision cannot stand: somebody else was first, or the clip is not what was shown. It did nothing."""

    never_retry = True
    costs_nothing = True


class ArchiveError(SoraError):
    """The video exists but could not be stored; a retry stores the same video and costs no render."""


class ContentError(ArchiveError):
    """What the server sent, or what lies in the store, is not a whole video, picture or JSON; nothing was stored."""


class ForeignObjectError(ArchiveError):
    """The object's name is taken by something this provider did not write; it was not touched."""

    never_retry = True


class CorruptObjectError(ArchiveError):
    """The store holds other bytes than were sent, and they could not be removed from here: a retry would take them for
    a finished object, so somebody has to remove them first."""

    never_retry = True


def error_from_details(details: Mapping[str, Any]) -> SoraError:
    """The error that a trigger's event tells of, under ``error``."""
    from airflow_provider_sora.error_details import rebuilt

    return rebuilt(SoraError, details)
