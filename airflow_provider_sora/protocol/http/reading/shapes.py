"""Where servers put a job, its id, its status and its video within an answer. Data, and the walk along it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: An id of the job itself, the protocol's own name first.
ID_FIELDS = ("id", "task_id", "video_id", "job_id", "generation_id", "taskId", "jobId", "videoId")
#: An id that is the job's on some servers (xAI) and only the request's on others (Kling, DashScope): the last resort.
LAST_ID_FIELDS = ("request_id", "requestId")
STATUS_FIELDS = ("status", "task_status", "taskStatus", "state", "job_status")
#: Where gateways wrap the job: ``{"code": 0, "msg": "success", "data": {job}}``.
WRAPPERS = ("data", "result", "output", "response", "video", "job", "task")
COMPLETED_FIELDS = ("completed_at", "finished_at", "finish_time", "end_time", "completedAt")

#: Where the address of the finished video lies; the first that holds one counts. From the protocol's relatives:
#: OpenRouter (unsigned_urls), Inworld (output.videos), Kling (task_result), Zhipu (video_result), Seedance
#: (content.video_url), xAI (video.url), Veo (generatedSamples), Luma (assets.video), Runway and Replicate (output).
CONTENT_PLACES = [
    "url",
    "output_url",
    "file_url",
    "video_url",
    "download_url",
    "output.url",
    "output.video_url",
    "output.videos.0.url",
    "output.0.url",
    "output.0",
    "output",
    "outputs.0.url",
    "outputs.0",
    "video.url",
    "video.uri",
    "video.download_url",
    "video",
    "videos.0.url",
    "videos.0",
    "result.url",
    "result.video_url",
    "result.video.url",
    "result.videos.0.url",
    "result.0.url",
    "result.output.url",
    "results.0.url",
    "data.0.url",
    "data.url",
    "data.video_url",
    "data.output",
    "data.result.video_url",
    "content.video_url",
    "content.url",
    "metadata.url",
    "task_result.videos.0.url",
    "video_result.0.url",
    "response.generateVideoResponse.generatedSamples.0.video.uri",
    "unsigned_urls.0",
    "urls.0",
    "assets.video",
    "generations.0.url",
    "generations.0.video.url",
]
#: False where the server's moderation keeps the finished video back, whatever the status says (xAI).
WITHHELD = "video.respect_moderation"
INLINE_PLACES = ("data.0.b64_json", "b64_json", "video.b64_json", "output.b64_json")

_SCHEMES = ("http://", "https://", "data:video/", "data:application/octet-stream")
_ID_NAME = re.compile(r"(?:^|[_-])(?:id|uuid|guid)$|(?<=[a-z0-9])(?:Id|ID|Uuid|UUID)$")
_ID_TEXT = re.compile(
    r"\b(?:(?:video|task|job|gen|cgt)[_-][\w-]{6,120}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b", re.I
)


def at(obj: Any, place: str) -> Any:
    """What lies at a dotted place (``output.videos.0.url``), or None."""
    for step in place.split("."):
        if isinstance(obj, Mapping):
            obj = obj.get(step)
        elif isinstance(obj, list) and step.isdigit() and int(step) < len(obj):
            obj = obj[int(step)]
        else:
            return None
    return obj


def is_id(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(str(value).strip())


def id_in(obj: Mapping[str, Any], names: Sequence[str] = ID_FIELDS) -> str | None:
    """The job's id where one of ``names`` holds it."""
    return next((str(obj[name]) for name in names if is_id(obj.get(name))), None)


def status_in(obj: Mapping[str, Any]) -> str | None:
    """The status word as the server wrote it; None where there is none. A withheld video is a failure (xAI)."""
    if at(obj, WITHHELD) is False:
        return "failed"
    for name in STATUS_FIELDS:
        if isinstance(obj.get(name), str) and obj[name].strip():
            return str(obj[name])
    done = obj.get("done")  # Google's operations
    if isinstance(done, bool):
        return ("failed" if obj.get("error") else "completed") if done else "in_progress"
    return None


def is_job(found: Any) -> bool:
    """True for an object that has a job's id and status; an error envelope has neither."""
    return isinstance(found, Mapping) and id_in(found) is not None and isinstance(found.get("status"), str)


def job_in(found: Any) -> Mapping[str, Any] | None:
    """The job object in an answer: the answer itself, or what it wraps; None where neither has an id or a status.

    A whole job in an envelope wins over the envelope, whose id may be the request's and whose status its own.
    """
    if not isinstance(found, Mapping):
        return None
    envelope = [inner for name in ("data", "result", "response") if is_job(inner := found.get(name))]
    if envelope or is_job(found):
        return envelope[0] if envelope else found
    inner = list(_wrapped(found))
    for place in (*inner, found):
        if id_in(place) is not None:
            return place
    for place in (*inner, found):
        if status_in(place) is not None or last_id_in(place) is not None:
            return place
    return None


def last_id_in(obj: Mapping[str, Any]) -> str | None:
    """An id of the last resort, in an answer that complains of nothing: every refusal has a request's id too."""
    complaint = any(obj.get(name) for name in ("error", "message", "msg", "detail", "error_message"))
    code = str(obj.get("code") or "0").lower()
    if complaint or code not in ("0", "200", "201", "202", "ok", "success"):
        return None
    return id_in(obj, LAST_ID_FIELDS)


def _wrapped(found: Mapping[str, Any], depth: int = 2) -> Iterator[Mapping[str, Any]]:
    for name in WRAPPERS:
        inner = found.get(name)
        if isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, Mapping):
            yield inner
            if depth > 1:
                yield from _wrapped(inner, depth - 1)


def address_in(obj: Any, places: Sequence[str]) -> str | None:
    """The first address of a video at one of ``places``."""
    for place in places:
        value = at(obj, place)
        if isinstance(value, str) and value.startswith(_SCHEMES):
            return value
    return None


def likely_ids(found: Any, text: str = "") -> list[str]:
    """What looks like an id in an answer that we cannot read, as ``place=value``: a paid job may be behind it."""
    named = [f"{place}={str(value)[:240]}" for place, value in _walk(found) if is_id(value)]
    loose = [match[0] for match in _ID_TEXT.finditer(text[:20_000])] if not named else []
    return list(dict.fromkeys(named + loose))[:5]


def _walk(found: Any, place: str = "", depth: int = 5) -> Iterator[tuple[str, Any]]:
    if not depth:
        return
    if isinstance(found, Mapping):
        for name, value in list(found.items())[:50]:
            where = f"{place}.{name}" if place else str(name)[:80]
            if _ID_NAME.search(str(name)):
                yield where[-120:], value
            yield from _walk(value, where, depth - 1)
    elif isinstance(found, list):
        for index, value in enumerate(found[:5]):
            yield from _walk(value, f"{place}.{index}", depth - 1)
