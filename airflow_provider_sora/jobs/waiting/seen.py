"""What a wait remembers from look to look, and what its end says of it: computed from what was seen, never fixed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.protocol.answers.job import VideoJob, number
from airflow_provider_sora.protocol.answers.words import DONE_WITH_PROOF, plain_word

#: Words that look like an end but may be none on that server: named when the wait ends, never an end themselves.
LOOKS_ENDED = frozenset(
    [
        "rejected",
        "refused",
        "denied",
        "blocked",
        "moderated",
        "filtered",
        "timeout",
        "timed_out",
        "incomplete",
        "stopped",
        "terminated",
        "killed",
        "dead",
        "interrupted",
        "revoked",
        "skipped",
        "partial",
        "invalid",
    ]
)


@dataclass(frozen=True, slots=True)
class Watch:
    """What stays the same during a wait.

    :param deadline: Unix seconds after which the wait ends and the job is left in place.
    :param poll_interval: seconds between two looks.
    :param miss_grace: seconds for which 404 and 401 are no verdict: right after a good create, or behind
        several replicas, a server may not know its own job yet.
    :param max_failures: so many looks in a row without an answer end the wait.
    :param ours: False where this task only watches a job that something else submitted and pays for.
    :param discreet: what the server says of the job is not repeated, see
        :mod:`airflow_provider_sora.masking.discretion`.
    """

    video_id: str
    deadline: float
    poll_interval: float = 15.0
    miss_grace: float = 60.0
    max_failures: int = 10
    ours: bool = True
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look leaves behind for the next.

    :param job: the last answer that was a job, in this wait.
    :param trouble: what was said in place of a job since then.
    :param word_at_once: what was said of a word that nobody has explained; said once per word.
    """

    failures: int = 0
    first_miss_at: float | None = None
    job: VideoJob | None = field(default=None, compare=False)
    trouble: str | None = field(default=None, compare=False)
    word_at_once: str | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """For a wait that goes on in another process; only what decides."""
        return {"failures": self.failures, "first_miss_at": self.first_miss_at, "trouble": (self.trouble or "")[:500]}

    @classmethod
    def from_json(cls, value: Any) -> Seen:
        """Read back what :meth:`to_json` wrote; anything else is a wait that has seen nothing."""
        if not isinstance(value, Mapping):
            return cls()
        failures = number(value.get("failures")) or 0
        return cls(int(failures), number(value.get("first_miss_at")), trouble=str(value.get("trouble") or "") or None)


def unknown_word(job: VideoJob) -> str | None:
    """What to say at once of a status word that nobody has explained; None where there is nothing to say."""
    if job.word_known or job.status.is_final:
        return None
    plain = plain_word(job.raw_status)
    if job.content_url or job.inline_content or (job.completed_at or 0) > 0:
        holds = "the address of a video" if job.content_url or job.inline_content else "a time of completion"
        return f"the server says {job.raw_status!r}, a word unknown here, and its answer holds {holds}. {_teach(job)}"
    if plain in LOOKS_ENDED or plain in DONE_WITH_PROOF:
        return f"the server says {job.raw_status!r}, which looks like an end but is not known to be one. {_teach(job)}"
    return None


def last_seen(seen: Seen) -> str:
    """What the server last said, as it said it."""
    job, trouble = seen.job, seen.trouble
    if job is None:
        return f"The last look got: {trouble}" if trouble else "It was not seen during this wait."
    text = f"The server last said {job.raw_status!r}" if job.raw_status else "The server last gave no status at all"
    text += f" at {job.progress:.0f} %" if job.progress is not None else ""
    text += f" ({job.error.shown[:300]})" if job.error else ""
    if not job.word_known:
        text += f", a word unknown here, which counted as running. {_teach(job)}"
    text = text if text.endswith(".") else f"{text}."
    return f"{text} The last look got: {trouble}" if trouble else text


def aftermath(watch: Watch, seen: Seen) -> str:
    """What became of the job and the money, as far as was seen."""
    hope = ", and may still complete" if seen.job is not None and seen.job.word_known and not seen.trouble else ""
    if not watch.ours:
        return f"It was left in place{hope}; this task only watched it and paid for nothing."
    return f"The job was left in place and is paid for{hope}; nothing was submitted again."


def _teach(job: VideoJob) -> str:
    meaning = "completed" if job.content_url or plain_word(job.raw_status) in DONE_WITH_PROOF else "failed"
    example = json.dumps({"status_words": {job.raw_status.lower(): meaning}})
    return f"If it means an end, say so in the connection's dialect, for instance {example}."
