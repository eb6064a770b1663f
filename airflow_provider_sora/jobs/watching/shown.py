"""What an entry of a list is enough for: a list may hold less than the answer about a single job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_sora.jobs.watching.usual import Kind
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob, moment, number
from airflow_provider_sora.protocol.answers.words import meaning_of

#: What the end of a wait tells of a job.
FACTS = ("model", "size", "seconds", "created_at", "completed_at", "expires_at", "cost_usd", "error")
#: Where a job may be wrapped in another object; such an entry is not read quickly.
_WRAPPED = frozenset(["data", "result", "response", "video"])


class Words:
    """The status words that certainly mean *not done yet*, whatever else stands in the entry."""

    def __init__(self, extra_words: Mapping[str, str]) -> None:
        self._extra = extra_words
        self._known: dict[str, JobStatus | None] = {}

    def running(self, word: str) -> JobStatus | None:
        """The meaning of such a word; None for any other, which has to be read with care."""
        if word not in self._known:
            found = meaning_of(word, self._extra, proof=True)
            if len(self._known) > 500:  # a server that writes its percent into the word
                self._known.clear()
            self._known[word] = None if found is None or found.is_final else found
        return self._known[word]


def read_quickly(entry: Any, words: Words) -> VideoJob | None:
    """A job that is plainly not done, read in microseconds, as most entries are; None where it must be read with care.

    It holds what a wait keeps of a running job, and no text of the server's but the status word.
    """
    if not isinstance(entry, dict):
        return None
    if not _WRAPPED.isdisjoint(entry) and any(isinstance(entry.get(name), dict) for name in _WRAPPED):
        return None
    word, job_id = entry.get("status"), entry.get("id")
    if not isinstance(word, str) or not isinstance(job_id, str) or entry.get("error"):
        return None
    status = words.running(word)
    if status is None:
        return None
    return VideoJob(
        job_id, status, word[:100], number(entry.get("progress")), created_at=moment(entry.get("created_at"))
    )


def kind_in(entry: Mapping[str, Any]) -> Kind:
    """The kind of the job in a list's entry."""
    return _kind(entry.get("model"), number(entry.get("seconds")))


def kind_of(job: VideoJob) -> Kind:
    """The kind of a job that was asked for."""
    return _kind(job.model, job.seconds)


def _kind(model: object, seconds: float | None) -> Kind:
    return str(model or "")[:100], seconds


def kept(job: VideoJob) -> VideoJob:
    """The same without what only weighs: a wait may keep ten thousand of them."""
    if job.prompt is None and job.content_url is None and job.inline_content is None:
        return job
    return replace(job, prompt=None, content_url=job.content_url and "https://", inline_content=None)


class Enough:
    """Whether a list's word of an end will do, or the job is asked for once more.

    It will do when the entry holds every fact that this server was seen to give when asked for a job that ended so;
    so the first end of each sort is always asked for.
    """

    def __init__(self) -> None:
        self._given: dict[JobStatus, set[str]] = {}

    def learn(self, job: VideoJob) -> None:
        """What an answer about a single ended job held."""
        self._given.setdefault(job.status, set()).update(_held(job))

    def knows(self, status: JobStatus) -> bool:
        """Whether a single job that ended so was asked for before."""
        return status in self._given

    def is_enough(self, entry: VideoJob) -> bool:
        """Whether this entry of a list ends a wait by itself."""
        given = self._given.get(entry.status)
        return given is not None and entry.word_known and given <= _held(entry)


def _held(job: VideoJob) -> set[str]:
    return {name for name in FACTS if getattr(job, name) is not None}
