"""What a task has paid or may have paid, in words: computed from its record and from what this try sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow_provider_sora.exceptions import AmbiguousSubmitError, ServerFaultError
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, INTENT, SUBMITTED, Entry, jobs_of
from airflow_provider_sora.paid import NOTHING_MORE
from airflow_provider_sora.protocol.answers.job import VideoJob

#: So many ids are named in a message.
MOST_NAMED = 10


def say_paid(entry: Entry, cost: str, sent: int) -> str:
    """One to three sentences on the money of a task.

    :param cost: the estimate of one request, in words.
    :param sent: paid requests that this try sent.
    """
    open_ = entry.lost + (entry.phase == INTENT)
    said = []
    if open_ == 1:
        said.append(f"1 paid request of this task has no known outcome and may have cost {cost}.")
    elif open_:
        said.append(f"{open_} paid requests of this task have no known outcome and may have cost {cost} each.")
    if known := jobs_of(entry):
        named = ", ".join(f"{job.video_id} ({job.phase})" for job in known[-MOST_NAMED:])
        said.append(f"Jobs of this task whose ids are known: {named}.")
    said.append(f"This try sent {sent or 'no'} paid request{'s' if sent > 1 else ''}.")
    return " ".join(said)


#: Where the record itself cannot be read, nobody knows.
UNREADABLE = "What this task has paid for is not known: its recovery record cannot be read."


def say_earlier(entry: Entry | None, video_id: str | None = None) -> str | None:
    """What a task has paid before, for an error that costs nothing itself; None where it has paid nothing.

    :param video_id: the task's job, where it is known without the record.
    """
    if entry is not None and entry.phase in (SUBMITTED, COMPLETED):
        video_id = entry.video_id
    if video_id is not None:
        return f"Job {video_id} of this task is paid for and was left in place; nothing more was paid."
    if entry is not None and (entry.lost or entry.phase == INTENT):
        return "An earlier paid request of this task has no known outcome; nothing more was paid."
    return NOTHING_MORE if entry is not None and (entry.earlier or entry.phase == FAILED) else None


def repeat_later(entry: Entry, error: AmbiguousSubmitError, server: str, cost: str, sent: int) -> ServerFaultError:
    """The word after an answer that was lost again, on a server that honours keys: a retry may go on."""
    return ServerFaultError(
        f"The answer to a paid request was lost again ({error.happened}) {say_paid(entry, cost, sent)} {server} "
        "honours Idempotency-Key, so a retry of this task sends the same request under the same key and makes no "
        "second job.",
        status_code=error.status_code,
    )


def warn_of_repeats(job: VideoJob, log: Any) -> None:
    """Say in the log what a gateway made of one paid request."""
    if (job.upstream_requests or 1) > 1:
        log.warning(
            "The gateway sent this paid request %d times, and each may be a billed job: switch its repeats off.",
            job.upstream_requests,
        )


def ambiguous_error(
    entry: Entry, why: str, cost: str, candidates: Iterable[str] = (), *, sent: int = 0
) -> AmbiguousSubmitError:
    """The final word when a lost answer cannot be settled."""
    ids = list(candidates)
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    named = f" Jobs that may be this one: {', '.join(ids[:MOST_NAMED])}{more}." if ids else ""
    return AmbiguousSubmitError(
        f"The answer to a paid request to {entry.base_url} is not known; {why}.{named} "
        f"{say_paid(entry, cost, sent)} The task does not retry. Ways on: look at the server for the job, as "
        "airflow sora settle does; tell the task with it which job is its own, or that there is none, and clear the "
        "task: it goes on with the one, or pays once more.",
        video_id=ids[0] if len(ids) == 1 else None,
    )
