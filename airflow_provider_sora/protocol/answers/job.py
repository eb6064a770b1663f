"""The job a server renders, read tolerantly: any field but the id may be missing, of another type, or unknown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow_provider_sora.exceptions import UnreadableAnswerError
from airflow_provider_sora.protocol.answers.reasons import JobError as JobError
from airflow_provider_sora.protocol.answers.reasons import reason_of
from airflow_provider_sora.protocol.answers.words import JobStatus, meaning_of
from airflow_provider_sora.protocol.http.reading import shapes
from airflow_provider_sora.protocol.http.reading.redaction import redact, without_secrets


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One render on a server.

    :param id: opaque; may hold ``=`` or ``:`` and be 238 characters long (LiteLLM).
    :param status: what the server's word means; ``raw_status`` keeps the word.
    :param word_known: False where nobody has explained that word to us, so that it counts as running.
    :param progress: percent, 0..100, or None where the server gives none.
    :param seconds: length of the video in seconds as the server states it.
    :param created_at: Unix seconds, as are ``completed_at`` and ``expires_at``.
    :param content_url: address of the finished video where the object holds one; may be a bearer URL,
        so it never goes to a log, an XCom or a receipt.
    :param inline_content: base64 text of the video where the create call returned the bytes (Dynamo).
    :param cost_usd: what the server says it billed.
    :param upstream_requests: how often at least a gateway sent our one paid request on; None where it does not say.
    :param ids: every id that the object goes by, its own first.
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
    upstream_requests: int | None = None
    word_known: bool = True
    ids: tuple[str, ...] = field(default=(), repr=False, compare=False)


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


def parse_job(
    obj: object,
    extra_words: Mapping[str, str] | None = None,
    *,
    secrets: Iterable[str] = (),
    content_at: Sequence[str] = (),
    id_at: Sequence[str] = (),
    known_id: str | None = None,
) -> VideoJob:
    """Read a job object, or the one that an envelope holds. Its texts pass the gate for secrets here.

    :param secrets: texts that may not get out, whoever quotes them.
    :param content_at: dotted places of the video's address that a dialect knows; they come first.
    :param id_at: the same for the id.
    :param known_id: the id that was asked for: an answer to that question may leave it out.
    :raises UnreadableAnswerError: when it is not an object with an id. The caller of a paid POST turns
        that into an ambiguous submit: a job may exist. What looks like an id in it is named.
    """
    if not isinstance(obj, Mapping):
        raise UnreadableAnswerError(f"The server answered with {type(obj).__name__} where a job object belongs.")
    secrets = tuple(secrets)
    job = shapes.job_in(obj)
    places = (shapes.at(obj, place) for place in id_at)
    found = next((str(value) for value in places if shapes.is_id(value)), None)
    job = obj if job is None and found else job
    found = found or (shapes.id_in(job) or shapes.last_id_in(job) or shapes.last_id_in(obj) if job else None)
    unnamed = found is None
    found = found or (known_id if job else None)
    if job is None or found is None:
        ids = shapes.likely_ids(obj, str(obj))
        named = f" What looks like one: {', '.join(redact(text, secrets) for text in ids)}." if ids else ""
        raise UnreadableAnswerError(f"The server's job object has no id.{named}")
    address = shapes.address_in(job, content_at) or shapes.address_in(obj, content_at)
    address = address or shapes.address_in(job, shapes.CONTENT_PLACES) or shapes.address_in(obj, shapes.CONTENT_PLACES)
    inline = next((text for text in (_text(shapes.at(job, place)) for place in shapes.INLINE_PLACES) if text), None)
    completed_at = next(
        (at for at in (moment(job.get(name)) for name in shapes.COMPLETED_FIELDS) if at is not None), None
    )
    word = shapes.status_in(job) or ""
    meaning = meaning_of(word, extra_words, proof=bool(address or inline or (completed_at or 0) > 0))
    status = meaning or JobStatus.IN_PROGRESS
    ended = status.is_final and status is not JobStatus.COMPLETED
    if unnamed and ended:
        # An outage in a job's clothes would let a retry pay again: such a verdict has to name its job.
        raise UnreadableAnswerError(f"The server's answer says {redact(word, secrets)[:100]!r}, but not of which job.")
    usage = job.get("usage")
    return VideoJob(
        id=found,
        status=status,
        raw_status=redact(word, secrets)[:100],
        progress=_percent(job.get("progress")),
        model=_shown(job.get("model"), secrets),
        size=_shown(job.get("size"), secrets),
        seconds=number(job.get("seconds")),
        prompt=without_secrets(job["prompt"], secrets) if _text(job.get("prompt")) else None,
        created_at=moment(job.get("created_at", job.get("created"))),
        completed_at=completed_at,
        expires_at=moment(job.get("expires_at")),
        parent_id=_shown(job.get("remixed_from_video_id"), secrets),
        error=_safe(reason_of(job, ended), secrets),
        content_url=address,
        inline_content=inline,
        cost_usd=number(job.get("cost", usage.get("cost") if isinstance(usage, Mapping) else None)),
        word_known=meaning is not None or not word,
        ids=tuple(str(job[name]) for name in shapes.ID_FIELDS if shapes.is_id(job.get(name))),
    )


def _safe(error: JobError | None, secrets: tuple[str, ...]) -> JobError | None:
    if error is None:
        return None
    code = error.code and redact(error.code, secrets)
    from airflow_provider_sora.masking import discretion  # only where a job failed

    return JobError(code, redact(error.message, secrets), hidden=discretion.is_discreet())


def _shown(value: object, secrets: tuple[str, ...]) -> str | None:
    text = _text(value)
    return text and redact(text, secrets)


def _percent(value: object) -> float | None:
    """Percent from a number or from text such as ``30%`` (new-api)."""
    return number(re.sub(r"\s*%$", "", value)) if isinstance(value, str) else number(value)


def parse_page(obj: object, extra_words: Mapping[str, str] | None = None, *, secrets: Iterable[str] = ()) -> JobPage:
    """Read a list answer; entries that are not job objects are only counted.

    :raises UnreadableAnswerError: when it holds no list at all.
    """
    data = obj.get("data") if isinstance(obj, Mapping) else obj
    if not isinstance(data, list):
        raise UnreadableAnswerError("The server's list of videos holds no list.")
    jobs = []
    for entry in data:
        try:
            jobs.append(parse_job(entry, extra_words, secrets=secrets))
        except UnreadableAnswerError:
            continue
    more = isinstance(obj, Mapping) and obj.get("has_more") not in (None, False, 0, "", "false", "False")
    last = _text(obj.get("last_id")) if isinstance(obj, Mapping) else None
    return JobPage(tuple(jobs), more, last or (jobs[-1].id if jobs else None), len(data) - len(jobs))
