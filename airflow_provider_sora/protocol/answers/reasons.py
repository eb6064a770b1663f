"""Why a job failed: the reason from every field that servers put it in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.protocol.http.reading import shapes

#: Everything that servers call the reason of a failure, after ``error`` itself: new-api (fail_reason), Runway
#: (failure, failureCode), Kling (task_status_msg), Veo (raiMediaFilteredReasons), MiniMax (base_resp), relays.
REASON_FIELDS = [
    "fail_reason",
    "failure_reason",
    "failureReason",
    "failure",
    "failureMessage",
    "error_message",
    "error_msg",
    "err_msg",
    "reason",
    "status_message",
    "task_status_msg",
    "task_status_message",
    "raiMediaFilteredReasons",
    "base_resp",
    "message",
    "msg",
]
REASON_CODES = ("code", "error_code", "failure_code", "failureCode", "err_code", "type")


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed: the server's code as text (it may be a number or absent) and its message.

    :param hidden: they decide, and are not repeated; see :mod:`airflow_provider_sora.masking.discretion`.
    """

    code: str | None
    message: str
    hidden: bool = False

    @property
    def shown(self) -> str:
        """The message as it may be repeated."""
        from airflow_provider_sora.masking import discretion  # only where a job failed

        return discretion.words(self.message, self.hidden)

    @property
    def shown_code(self) -> str | None:
        """The code as it may be repeated."""
        from airflow_provider_sora.masking import discretion

        return discretion.code(self.code or "", self.hidden) or None


def reason_of(job: Mapping[str, Any], ended: bool) -> JobError | None:
    """The reason of a failure from every field that may hold one; those that say other things too, of an end only."""
    if shapes.at(job, shapes.WITHHELD) is False:
        return JobError("content_moderated", "the server's moderation keeps the video back")
    own = job.get("error")
    parts, code = _reason(own), _code(own) if isinstance(own, Mapping) else None
    if ended:
        for name in REASON_FIELDS:
            parts += _reason(job.get(name))
        if code is None and not isinstance(own, Mapping):
            code = _code({name: job.get(name) for name in REASON_CODES if name != "type"})
    if not parts and code is None and not isinstance(own, Mapping):
        return None
    return JobError(code, "; ".join(dict.fromkeys(parts)) or code or "no message")


def _code(value: Mapping[str, Any]) -> str | None:
    found = (value.get(name) for name in REASON_CODES)
    return next((str(code) for code in found if isinstance(code, (str, int)) and str(code) not in ("", "0")), None)


def _reason(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return [text for item in value[:5] for text in _reason(item)]
    if isinstance(value, Mapping) and value.get("status_code") != 0:  # MiniMax's "0: success"
        names = ("message", "detail", "reason", "msg", "status_msg", "description", "error_message")
        return next((texts for texts in (_reason(value.get(name)) for name in names) if texts), [])
    return []
