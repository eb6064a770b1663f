"""What a try may do about a paid job, decided from the record alone (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError, RequestChangedError
from airflow_provider_sora.jobs.ledger import ADOPT, AGAIN, FAILED, INTENT, REFUSED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint

RESUBMIT_IF_ABSENT = "resubmit_if_absent"
AMBIGUOUS_WORDS = ("adopt_or_fail", RESUBMIT_IF_ABSENT, "fail", "resubmit")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decided beforehand about money.

    :param on_ambiguous_submit: after a paid request whose answer was lost: ``adopt_or_fail`` looks for the job
        and never submits again, except under a key that the server honours; ``resubmit_if_absent`` does so also where
        a search finds nothing and another job of ours bears witness to it; ``fail`` stops; ``resubmit`` may pay
        twice.
    :param on_change: an automatic retry that would ask for something else: ``fail``, or ``new`` pays for it.
    :param on_clear: a clear of a task whose video exists: ``reuse`` it, or ``new`` pays for another.
    :param ambiguous_settle: seconds after which a job that is not listed counts as never made.
    :param timeout: seconds from submit until the wait ends.
    :param max_jobs: how many jobs a task may pay for by itself, failed renders and all; None leaves that to its
        retries. A clear by the user pays for one more.
    """

    on_ambiguous_submit: str = "adopt_or_fail"
    on_change: str = "fail"
    on_clear: str = "reuse"
    ambiguous_settle: float = 120.0
    timeout: float = 3600.0
    max_jobs: int | None = None

    def validate(self) -> None:
        """:raises ConfigurationError: an unknown word or a number that makes no sense; nothing was paid."""
        allowed = {
            "on_ambiguous_submit": AMBIGUOUS_WORDS,
            "on_change": ("fail", "new"),
            "on_clear": ("reuse", "new"),
        }
        for name, words in allowed.items():
            if getattr(self, name) not in words:
                raise ConfigurationError(f"{name}={getattr(self, name)!r} is not one of {', '.join(words)}.")
        for name in ("ambiguous_settle", "timeout"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < float("inf"):
                raise ConfigurationError(f"{name}={value!r} must be a number of seconds.")


@dataclass(frozen=True, slots=True)
class Submit:
    """Pay for a new job, the task's ``ordinal``-th.

    :param another: the task never asked for this before, as far as its record knows.
    """

    ordinal: int
    why: str
    another: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """An earlier paid request has no known outcome: find out before anything else."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Attach:
    """Go on with the recorded job.

    When the first look shows that the server failed it, a new job is paid for: this try is the retry.

    :param changed: parts of the request that differ; with any, only a failed old job may be replaced.
    """

    entry: Entry
    why: str
    cleared: bool = False
    changed: tuple[str, ...] = ()

    @property
    def video_id(self) -> str:
        return self.entry.video_id or ""


Plan = Submit | Settle | Attach


def plan(entry: Entry | None, request: Fingerprint, choices: Choices, *, max_tries: int) -> Plan:
    """What this try does. ``max_tries`` differs from the recorded one after a clear by the user, not after a retry."""
    if entry is None:
        return Submit(1, "first paid request of this task", another=True)
    if entry.phase == INTENT:
        return Settle(entry)
    if entry.decided == AGAIN:
        return Submit(entry.ordinal + 1, f"a person asked for another video; job {entry.video_id} is left in place")
    changed = tuple(request.changed_from(entry.fingerprint))
    if entry.phase == REFUSED:
        why = "the server refused the request of an earlier try, so no job was made"
        return Submit(entry.ordinal, why, another=bool(changed))
    if entry.phase == FAILED:
        return Submit(entry.ordinal + 1, f"the server failed job {entry.video_id}", another=bool(changed))
    # Who has named the job by hand cleared the task to go on with it, not to pay.
    cleared = entry.max_tries != max_tries and entry.decided != ADOPT
    if changed:
        what = ", ".join(changed)
        if cleared or choices.on_change == "new":
            why = f"the request changed ({what}); job {entry.video_id} is left in place"
            return Submit(entry.ordinal + 1, why, another=True)
        return Attach(entry, f"the request changed ({what})", changed=changed)
    if cleared and choices.on_clear == "new":
        return Submit(entry.ordinal + 1, f"cleared with on_clear='new'; job {entry.video_id} is left in place")
    why = "a person said which job it is" if entry.decided else "cleared" if cleared else "retry"
    return Attach(entry, f"{why}: the same request", cleared=cleared)


def too_many(entry: Entry, todo: Submit, choices: Choices, max_tries: int) -> BudgetExceededError | None:
    """The error for a retry that would pay for one job more than the task may; None where it may."""
    if choices.max_jobs is None or todo.ordinal <= choices.max_jobs or entry.max_tries != max_tries:
        return None
    jobs = "One job" if entry.ordinal == 1 else f"{entry.ordinal} jobs"
    return BudgetExceededError(
        f"{jobs} of this task made no video, the last one {entry.video_id or 'of unknown id'}; max_jobs="
        f"{choices.max_jobs} allows no more. This try paid for nothing. Find out why the server fails it; a clear of "
        "this task pays for one more job.",
        video_id=entry.video_id,
    )


def refuse_change(entry: Entry, changed: tuple[str, ...]) -> RequestChangedError:
    """The error for an automatic retry that would ask for something else."""
    return RequestChangedError(
        f"This retry would submit another request than the try before it: {', '.join(changed)} changed. Job "
        f"{entry.video_id} of the earlier try was left in place and is paid for; nothing more was paid. Make the "
        "request deterministic (a prompt must render equally on every try), or clear the task to pay for the new "
        "request, or set on_change='new'.",
        video_id=entry.video_id,
    )
