"""The job a server renders, read tolerantly: any field but the id may be missing, of another type, or unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from airflow_provider_sora.exceptions import UnreadableAnswerError


class JobStatus(StrEnum):
    """What a status word means to us. An unknown word counts as ``IN_PROGRESS``: it never ends a wait."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.IN_PROGRESS)


#: Words met in the wild (protocol, OpenRouter, new-api, Inworld, relays), lower case, by meaning.
STATUS_WORDS: Mapping[str, JobStatus] = {
    **dict.fromkeys(
        ("queued", "pending", "submitted", "not_start", "preparing", "created", "starting", "unknown"),
        JobStatus.QUEUED,
    ),
    **dict.fromkeys(("in_progress", "processing", "running", "generating"), JobStatus.IN_PROGRESS),
    **dict.fromkeys(("completed", "complete", "success", "succeeded", "finished"), JobStatus.COMPLETED),
    **dict.fromkeys(("failed", "failure", "fail", "error"), JobStatus.FAILED),
    **dict.fromkeys(("cancelled", "canceled"), JobStatus.CANCELLED),
    **dict.fromkeys(("expired", "deleted"), JobStatus.EXPIRED),
}


def status_of(word: object, extra_words: Mapping[str, str] | None = None) -> JobStatus:
    """The meaning of a status word; ``extra_words`` maps a dialect's own words to protocol words."""
    text = str(word or "").strip().lower()
    text = (extra_words or {}).get(text, text)
    return STATUS_WORDS.get(text, JobStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed: the server's code as text (it may be a number or absent) and its message."""

    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One render on a server.

    :param id: opaque; may hold ``=`` or ``:`` and be 238 characters long (LiteLLM).
    :param status: what the server's word means; ``raw_status`` keeps the word.
    :param progress: percent, 0..100, or None where the server gives none.
    :param seconds: length of the video in seconds as the server states it.
    :param created_at: Unix seconds, as are ``completed_at`` and ``expires_at``.
    :param content_url: address of the finished video where the object holds one; may be a bearer URL,
        so it never goes to a log, an XCom or a receipt.
    :param inline_content: base64 text of the video where the create call returned the bytes (Dynamo).
    :param cost_usd: what the server says it billed.
    :param raw: the object as received; may hold server paths and signed URLs: never log or store it.
    """

    id: str
    status: JobStatus
    raw_status: str = ""
    progress: float | None = None
    model: str | None = None
    size: str | None = None
    seconds: float | None = None
    prompt: str | None = None
    created_at: float | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    parent_id: str | None = None
    error: JobError | None = None
    content_url: str | None = field(default=None, repr=False)
    inline_content: str | None = field(default=None, repr=False)
    cost_usd: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a list: ``has_more`` and ``last_id`` lead to the next.

    :param unreadable: entries that are no job objects; any of them may stand for a job.
    """

    jobs: tuple[VideoJob, ...]
    has_more: bool = False
    last_id: str | None = None
    unreadable: int = 0


def number(value: object) -> float | None:
    """A finite number from a number or digits in text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def moment(value: object) -> float | None:
    """Unix seconds from a number, digits, or an ISO 8601 text; None for anything else."""
    found = number(value)
    if found is not None or not isinstance(value, str):
        return found
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _error(value: object) -> JobError | None:
    if isinstance(value, str) and value:
        return JobError(None, value)
    if isinstance(value, Mapping):
        code = value.get("code")
        message = value.get("message") or value.get("detail") or code or "no message"
        return JobError(None if code is None else str(code), str(message))
    return None


def _content(obj: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Address and inline base64 of the finished video, wherever this server puts them."""
    candidates: list[Any] = [obj.get("url"), obj.get("output_url"), obj.get("file_url"), obj.get("video_url")]
    inline = None
    data = obj.get("data")
    if isinstance(data, list) and data and isinstance(data[0], Mapping):
        candidates.append(data[0].get("url"))
        inline = _text(data[0].get("b64_json"))
    output = obj.get("output")
    videos = output.get("videos") if isinstance(output, Mapping) else None
    if isinstance(videos, list) and videos and isinstance(videos[0], Mapping):
        candidates.append(videos[0].get("url"))
    metadata = obj.get("metadata")
    if isinstance(metadata, Mapping):
        candidates.append(metadata.get("url"))
    schemes = ("http://", "https://", "data:")
    return next((c for c in candidates if isinstance(c, str) and c.startswith(schemes)), None), inline


def parse_job(obj: object, extra_words: Mapping[str, str] | None = None) -> VideoJob:
    """Read a job object.

    :raises UnreadableAnswerError: when it is not an object with an id. The caller of a paid POST turns
        that into an ambiguous submit: a job may exist.
    """
    if not isinstance(obj, Mapping):
        raise UnreadableAnswerError(f"The server answered with {type(obj).__name__} where a job object belongs.")
    video_id = obj.get("id") or obj.get("task_id")
    if not isinstance(video_id, (str, int)) or isinstance(video_id, bool) or not str(video_id):
        raise UnreadableAnswerError("The server's job object has no id.")
    raw_status = str(obj.get("status") or "")
    content_url, inline = _content(obj)
    usage = obj.get("usage")
    return VideoJob(
        id=str(video_id),
        status=status_of(raw_status, extra_words),
        raw_status=raw_status[:100],
        progress=number(obj.get("progress")),
        model=_text(obj.get("model")),
        size=_text(obj.get("size")),
        seconds=number(obj.get("seconds")),
        prompt=_text(obj.get("prompt")),
        created_at=moment(obj.get("created_at", obj.get("created"))),
        completed_at=moment(obj.get("completed_at")),
        expires_at=moment(obj.get("expires_at")),
        parent_id=_text(obj.get("remixed_from_video_id")),
        error=_error(obj.get("error")),
        content_url=content_url,
        inline_content=inline,
        cost_usd=number(obj.get("cost", usage.get("cost") if isinstance(usage, Mapping) else None)),
        raw=obj,
    )


def parse_page(obj: object, extra_words: Mapping[str, str] | None = None) -> JobPage:
    """Read a list answer; entries that are not job objects are only counted.

    :raises UnreadableAnswerError: when it holds no list at all.
    """
    data = obj.get("data") if isinstance(obj, Mapping) else obj
    if not isinstance(data, list):
        raise UnreadableAnswerError("The server's list of videos holds no list.")
    jobs = []
    for entry in data:
        try:
            jobs.append(parse_job(entry, extra_words))
        except UnreadableAnswerError:
            continue
    more = isinstance(obj, Mapping) and obj.get("has_more") not in (None, False, 0, "", "false", "False")
    last = _text(obj.get("last_id")) if isinstance(obj, Mapping) else None
    return JobPage(tuple(jobs), more, last or (jobs[-1].id if jobs else None), len(data) - len(jobs))
