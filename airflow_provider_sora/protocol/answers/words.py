"""Status words met in the wild, by meaning. Data; a dialect or a connection adds words of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


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


#: Lower case, with ``_`` for blanks and hyphens, without a prefix such as ``TASK_STATUS_``. Met in: the protocol,
#: OpenRouter, new-api, Inworld, relays; Kling (submitted, processing, succeed), DashScope (pending, suspended,
#: running, succeeded, canceled), Runway (throttled), MiniMax (preparing, queueing, processing, success, fail), Novita
#: (task_status_…), xAI (pending, expired).
STATUS_WORDS: Mapping[str, JobStatus] = {
    **dict.fromkeys(
        [
            "queued",
            "queue",
            "queueing",
            "in_queue",
            "pending",
            "submitted",
            "submitting",
            "not_start",
            "not_started",
            "preparing",
            "prepare",
            "created",
            "starting",
            "scheduled",
            "waiting",
            "accepted",
            "throttled",
            "unknown",
        ],
        JobStatus.QUEUED,
    ),
    **dict.fromkeys(
        ["in_progress", "processing", "running", "generating", "rendering", "suspended", "finalizing", "uploading"],
        JobStatus.IN_PROGRESS,
    ),
    **dict.fromkeys(
        ["completed", "complete", "success", "successful", "succeeded", "succeed", "finished"], JobStatus.COMPLETED
    ),
    **dict.fromkeys(["failed", "failure", "fail", "error", "errored"], JobStatus.FAILED),
    **dict.fromkeys(["cancelled", "canceled", "aborted"], JobStatus.CANCELLED),
    **dict.fromkeys(["expired", "deleted"], JobStatus.EXPIRED),
}

#: Words that mean a finished video on one server and a job that may begin on another: they count as ``completed``
#: only in an answer that also holds the video's address or the time of completion (xAI: done, BFL: ready).
DONE_WITH_PROOF = frozenset(["done", "ready", "finish", "ok", "available", "generated"])

_PREFIX = re.compile(r"^(?:task|job|video|generation)?_?(?:status|state)_(?=.)")


def plain_word(word: object) -> str:
    """A status word in the form of :data:`STATUS_WORDS`.

    >>> plain_word("TASK_STATUS_SUCCEED")
    'succeed'
    """
    text = re.sub(r"[\s-]+", "_", str(word or "").strip().lower())
    return _PREFIX.sub("", text)


def meaning_of(word: object, extra_words: Mapping[str, str] | None = None, *, proof: bool = False) -> JobStatus | None:
    """What a status word means; None for a word that nobody has explained.

    :param extra_words: a dialect's own words by protocol words; they win.
    :param proof: the answer also holds the video's address or the time of its completion.
    """
    raw, plain = str(word or "").strip().lower(), plain_word(word)
    own = extra_words or {}
    given = own.get(raw, own.get(plain))
    if given is not None:
        return STATUS_WORDS.get(plain_word(given))
    if proof and plain in DONE_WITH_PROOF:
        return JobStatus.COMPLETED
    return STATUS_WORDS.get(plain)
