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

#: Characters; a server's own ids are far shorter.
_LONG_ID = 64


class SoraError(Exception):
    """Base of all. ``str(error)`` says what happened, what it cost or may have cost, and the next step.

    :param message: the full text shown to the user; never holds a key or a signed URL. A long id stands in it once.
    :param step: the next step for a person, if ``message`` does not say it yet; it ends the text.
    :param video_id: the job concerned, if one is known.
    :param status_code: the HTTP status that led here, if any.
    :param code: the server's own error code, as a string, if it gave one.
    :param retry_after: seconds the server asked us to wait, if it did.
    """

    #: True when trying again can only waste time or money; drives the default retry policy.
    never_retry: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        step: str | None = None,
        video_id: str | None = None,
        status_code: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        #: What happened, without the step for a person: for whoever takes the next one himself.
        self.happened = _naming_once(message, video_id)
        self.step = step
        message = _naming_once(f"{message} Next: {step}" if step else message, video_id)
        super().__init__(message)
        self.message = message
        self.video_id = video_id
        self.status_code = status_code
        self.code = code
        self.retry_after = retry_after

    def with_message(self, message: str, *, step: str | None = None) -> Self:
        """The same error in other words."""
        facts = {name: getattr(self, name) for name in ("video_id", "status_code", "code", "retry_after")}
        return type(self)(message, step=step, **facts)

    def details(self) -> dict[str, Any]:
        """The error as small JSON, for a trigger's event: :func:`error_from_details` rebuilds it."""
        fields = {
            "type": type(self).__name__,
            "message": self.message,
            "video_id": self.video_id,
            "status_code": self.status_code,
            "code": self.code,
            "retry_after": self.retry_after,
        }
        return {name: value for name, value in fields.items() if value is not None}


def _naming_once(message: str, video_id: str | None) -> str:
    """A message with a long id, as gateways give them (238 characters), written out once and shortened after that.

    Only what people read is shortened: ``video_id`` and every record keep the id as it is.
    """
    if video_id is None or len(video_id) <= _LONG_ID or message.count(video_id) < 2:
        return message
    before, _, after = message.partition(video_id)
    return f"{before}{video_id}{after.replace(video_id, f'{video_id[:14]}…{video_id[-6:]}')}"


class InvalidRequestError(SoraError):
    """The request is wrong. Nothing was paid."""

    never_retry = True


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
    """The estimate is above the limit, or unknown while a limit is set. Nothing was paid."""

    never_retry = True


class DecisionRefusedError(SoraError):
    """A person's decision cannot stand: somebody else decided first, it cannot follow what was decided before, or the
    clip is not what was shown. Nothing was decided, published or paid by it."""

    never_retry = True


class ArchiveError(SoraError):
    """The video exists but could not be stored; a retry stores the same video and costs no render."""


class ContentError(ArchiveError):
    """What the server sent, or what lies in the store, is not a whole video, picture or JSON; nothing was stored."""


class ForeignObjectError(ArchiveError):
    """The object's name is taken by something this provider did not write; it was not touched."""

    never_retry = True


class CorruptObjectError(ArchiveError):
    """The store holds other bytes than were sent, and they could not be removed from here.

    A retry would take the object for a finished one, so somebody has to remove it first.
    """

    never_retry = True


def _tree(root: type[SoraError]) -> dict[str, type[SoraError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def error_from_details(details: Mapping[str, Any]) -> SoraError:
    """Rebuild the error that :meth:`SoraError.details` described.

    An unknown type becomes ``SoraError``, and fields that this version does not know are left out: the triggerer may
    be newer than the worker that resumes.
    """
    cls = _tree(SoraError).get(str(details.get("type", "")), SoraError)
    known = {name: details[name] for name in ("video_id", "status_code", "code", "retry_after") if name in details}
    return cls(str(details.get("message") or "unknown error"), **known)
