"""What a person says of a task's paid request: which job is the lost one, or that the next try is to pay again (pure).

A person's word is written into the task's record, where the next try after a clear reads it, once.
"""

from __future__ import annotations

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.jobs.ledger import ADOPT, AGAIN, FAILED, INTENT, REFUSED, SUBMITTED, Entry
from airflow_provider_sora.jobs.request_digest import prompt_digest
from airflow_provider_sora.protocol.answers.job import VideoJob

#: Clocks differ by less, in seconds.
_SLACK = 600.0


def same_prompt(entry: Entry, job: VideoJob) -> bool | None:
    """Whether the server shows the request's own prompt; None where it shows none."""
    return None if job.prompt is None else prompt_digest(job.prompt) == entry.fingerprint.parts.get("prompt")


def differences(entry: Entry, job: VideoJob) -> list[str]:
    """What speaks against ``job`` being the one that the lost request made, in words."""
    against = []
    if same_prompt(entry, job) is False:
        why = "servers shorten and mask prompts; one of private data cannot be compared"
        against.append(f"the server shows another prompt for it ({why})")
    sent = entry.intent_at + (entry.clock_offset or 0.0)
    if job.created_at is not None and job.created_at < sent - _SLACK:
        against.append(f"it was made {(sent - job.created_at) / 60:.0f} minutes before the request was sent")
    return against


def with_job(entry: Entry, job: VideoJob, *, sure: bool) -> Entry:
    """The record once a person has said that ``job`` is the lost request's.

    :param sure: what speaks against it does not count.
    :raises ConfigurationError: no request is lost, or something speaks against this job.
    """
    if entry.phase != INTENT:
        raise ConfigurationError(f"No answer of this task is lost: {_standing(entry)}")
    against = differences(entry, job)
    if against and not sure:
        raise ConfigurationError(
            f"Job {job.id} may be another's: {'; '.join(against)}.", step="look again, or add --sure."
        )
    return entry.changed(
        phase=SUBMITTED, video_id=job.id, submitted_at=entry.intent_at, deadline=None, adopted=True, decided=ADOPT
    )


def to_pay_again(entry: Entry, now: float, *, sure: bool) -> Entry:
    """The record once a person has said that the next try after a clear pays for another job.

    :param now: Unix seconds.
    :param sure: also while the lost request may still be under way.
    :raises ConfigurationError: the next try pays anyway, or the lost request may still reach the server.
    """
    if entry.phase in (FAILED, REFUSED):
        raise ConfigurationError(f"A clear pays for a new job as it is: {_standing(entry)}")
    left = entry.intent_at + (entry.in_flight or _SLACK) - now
    if entry.phase == INTENT and left > 0 and not sure:
        raise ConfigurationError(
            f"The lost request may still reach the server for {left:.0f} seconds.", step="wait so long, or add --sure."
        )
    return entry.changed(decided=AGAIN)


def _standing(entry: Entry) -> str:
    named = f", job {entry.video_id}" if entry.video_id else ""
    return f"its record says {entry.phase}{named}."
