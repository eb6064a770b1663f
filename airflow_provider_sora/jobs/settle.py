"""After a paid request whose answer was lost: find the job on the server instead of paying twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError
from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.protocol.job import JobPage, VideoJob
from airflow_provider_sora.protocol.submission import Submission

#: ``created_at`` is whole seconds on another host's clock: look this much further back, in seconds.
WINDOW_SLACK = 5.0
#: The same where the server sends no Date, so that its clock cannot be compared with ours.
UNKNOWN_CLOCK = 600.0
#: Longest time to make a connection, in seconds; see :data:`~airflow_provider_sora.protocol.transport.CONNECT_TIMEOUT`.
CONNECTING = 10.0
#: A list is read so often before a job counts as absent: behind several replicas, each shows only its own jobs.
MIN_LOOKS = 3
#: Never walk further through a server's list than this many pages.
MAX_PAGES = 50
PAGE_SIZE = 100

#: A dated snapshot (``sora-2-2025-10-06``) is the model that was asked for.
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other tasks of this DAG, in all its runs, have claimed or may have under way.

    :param claimed: ids of jobs that belong to another task instance.
    :param in_flight: names of task instances that may have an equal request under way without a known id.
    """

    claimed: frozenset[str] = frozenset()
    in_flight: tuple[str, ...] = ()


class ListingServer(Protocol):
    """The part of the hook that settling needs."""

    @property
    def clock_offset(self) -> float | None: ...

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage: ...


class Fit(Enum):
    """How well a listed job fits a request. A doubtful one is never adopted, and never counts as absent either."""

    NO = "no"
    DOUBTFUL = "doubtful"
    YES = "yes"


def fit(job: VideoJob, submission: Submission, not_before: float) -> Fit:
    """Whether a listed job may be the one that was asked for: same prompt, model, size, seconds, and young enough.

    Servers leave fields out and echo what they will really make instead of what was asked, so only another prompt
    or an older date is a certain no.
    """
    if job.created_at is not None and job.created_at < not_before:
        return Fit.NO
    if job.prompt is not None and _plain(job.prompt) != _plain(submission.prompt):
        return Fit.NO
    model = submission.model if submission.model == job.model else _SNAPSHOT.sub("", job.model or "") or None
    asked = (
        (submission.model, model),
        (submission.size, job.size),
        (submission.seconds, job.seconds),
        (submission.source_id, job.parent_id),
    )
    same = all(want is None or have is None or want == have for want, have in asked)
    return Fit.YES if same and None not in (job.prompt, job.created_at) else Fit.DOUBTFUL


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def list_since(server: ListingServer, not_before: float) -> Iterable[VideoJob]:
    """Jobs created at or after ``not_before`` (the server's clock), newest first.

    Ends at the first page whose every job is older, so that one odd timestamp does not hide a younger job; a server
    that lists its oldest jobs first is walked to the end.

    :raises AmbiguousSubmitError: the list cannot be read to where it would have to be.
    """
    after: str | None = None
    for _ in range(MAX_PAGES):
        page = server.list_videos(limit=PAGE_SIZE, after=after, order="desc")
        yield from page.jobs
        dates = [job.created_at for job in page.jobs if job.created_at is not None]
        old = len(dates) == len(page.jobs) and all(date < not_before for date in dates)
        if not page.has_more or not page.jobs or (old and dates[0] >= dates[-1]):
            return
        if page.last_id in (None, after):
            raise AmbiguousSubmitError("the server's list has more pages but does not say how to get them")
        after = page.last_id
    raise AmbiguousSubmitError(f"the server's list has more than {MAX_PAGES} pages of jobs younger than the request")


@dataclass(slots=True)
class Settlement:
    """Finds out what became of a paid request. All waiting and looking goes through the callables given."""

    server: ListingServer
    lists_prompts: bool
    server_name: str
    choices: Choices
    siblings: Callable[[Entry], Siblings]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    log: Any
    request_timeout: float = 0.0
    cost: str = "an unknown sum"

    def find(self, entry: Entry, submission: Submission) -> VideoJob | None:
        """The lost job, or None when it provably does not exist.

        :raises AmbiguousSubmitError: neither can be shown; nothing more was paid.
        """
        if not self.lists_prompts:
            raise self._ambiguous(
                entry, f"{self.server_name} does not list jobs with their prompts, so the job cannot be looked for"
            )
        # Absence proves nothing while the request itself, or the server's own book-keeping, may be under way: a
        # request may take its timeout until the answer begins and once more until it ends.
        in_flight = CONNECTING + 2 * self.request_timeout
        settled_at = entry.intent_at + max(self.choices.ambiguous_settle, in_flight)
        self.log.info(
            "The answer to a paid request was lost; looking for its job on %s before anything is paid again.",
            self.server_name,
        )
        found: dict[str, tuple[Fit, VideoJob]] = {}
        looks = 0
        while True:
            settled = self.now() >= settled_at
            try:
                self._look(entry, submission, found)
            except SoraError as error:
                if settled or isinstance(error, AmbiguousSubmitError):
                    why = f"{self.server_name} could not be asked for its list ({error.message})"
                    raise self._ambiguous(entry, why) from error
                # What took the answer away may still be keeping the list away.
                self.log.warning("%s", error.message)
                self.sleep(self._pause(settled_at))
                continue
            looks += 1
            # The claims after the list: whoever submitted before the list was read has claimed by now.
            siblings = self.siblings(entry) if found else Siblings()
            left = [(kind, job) for kind, job in found.values() if job.id not in siblings.claimed]
            free = [job for kind, job in left if kind is Fit.YES]
            unsure = [job for kind, job in left if kind is Fit.DOUBTFUL]
            if len(free) == 1 and not siblings.in_flight:
                return free[0]
            if settled and looks >= MIN_LOOKS:
                break
            self.sleep(self._pause(settled_at))
        if not free and not unsure:
            return None
        if free and siblings.in_flight:
            named = ", ".join(siblings.in_flight[:5])
            raise self._ambiguous(entry, f"equal requests may be under way in {named}", free)
        if free:
            raise self._ambiguous(entry, f"{len(free)} jobs on {self.server_name} fit the request", free)
        why = (
            f"{len(unsure)} jobs on {self.server_name} may be it, but what its list says of them is missing or differs"
        )
        raise self._ambiguous(entry, why, unsure)

    def _look(self, entry: Entry, submission: Submission, found: dict[str, tuple[Fit, VideoJob]]) -> None:
        """Add the jobs that fit, or may fit, to ``found``.

        A job that was listed once stays there: behind several replicas, one list shows what the next does not.
        """
        not_before = self._window(entry)
        for job in list_since(self.server, not_before):
            kind = fit(job, submission, not_before)
            if kind is not Fit.NO:
                found[job.id] = kind, job

    def _pause(self, settled_at: float) -> float:
        left = settled_at - self.now()
        return min(5.0, left) if left > 0 else 2.0

    def _window(self, entry: Entry) -> float:
        """Oldest date, on the server's clock, that the lost job can bear."""
        if self.server.clock_offset is None:
            self.server.list_videos(limit=1, order="desc")
        known = [offset for offset in (entry.clock_offset, self.server.clock_offset) if offset is not None]
        return entry.intent_at + min(known, default=0.0) - (WINDOW_SLACK if known else UNKNOWN_CLOCK)

    def _ambiguous(self, entry: Entry, why: str, candidates: Iterable[VideoJob] = ()) -> AmbiguousSubmitError:
        return ambiguous_error(entry, why, self.cost, [job.id for job in candidates])


def ambiguous_error(entry: Entry, why: str, cost: str, candidates: Iterable[str] = ()) -> AmbiguousSubmitError:
    """The final word when a lost answer cannot be settled."""
    ids = list(candidates)
    named = f" Jobs that may be this one: {', '.join(ids)}." if ids else ""
    return AmbiguousSubmitError(
        f"A paid request was sent to {entry.base_url} and its answer was lost; {why}.{named} It may have cost {cost}; "
        "nothing was submitted again and the task does not retry. Ways on: look at the server for the job; if it is "
        "there, wait for it with VideoCompletionSensor and archive it by its id with ArchiveVideoOperator; if it is "
        "not, set on_ambiguous_submit='resubmit' and clear this task, which pays once more.",
        video_id=ids[0] if len(ids) == 1 else None,
    )
