"""After a paid request whose answer was lost: find the job on the server instead of paying twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError
from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.protocol.job import JobPage, VideoJob
from airflow_provider_sora.protocol.submission import Submission

#: ``created_at`` is whole seconds on another host's clock: look this much further back, in seconds.
WINDOW_SLACK = 5.0
#: Never walk further through a server's list than this many pages.
MAX_PAGES = 50
PAGE_SIZE = 100


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

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage: ...


def matches(job: VideoJob, submission: Submission, not_before: float) -> bool:
    """Whether a listed job may be the one that was asked for: same prompt, model, size, seconds, and young enough."""
    if job.created_at is None or job.created_at < not_before or job.prompt != submission.prompt:
        return False
    asked = ((submission.model, job.model), (submission.size, job.size), (submission.seconds, job.seconds))
    return all(want is None or have is None or want == have for want, have in asked)


def list_since(server: ListingServer, not_before: float) -> Iterable[VideoJob]:
    """Jobs created at or after ``not_before`` (the server's clock), newest first.

    Ends at the first page whose every job is older, so that one odd timestamp does not hide a younger job.
    """
    after: str | None = None
    for _ in range(MAX_PAGES):
        page = server.list_videos(limit=PAGE_SIZE, after=after, order="desc")
        yield from page.jobs
        young = [job for job in page.jobs if job.created_at is None or job.created_at >= not_before]
        if not page.has_more or not young or page.last_id in (None, after):
            return
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
        # Absence proves nothing while the request itself, or the server's own book-keeping, may be under way.
        settled_at = entry.intent_at + max(self.choices.ambiguous_settle, self.request_timeout)
        not_before = entry.intent_at + (entry.clock_offset or 0.0) - WINDOW_SLACK
        self.log.info(
            "The answer to a paid request was lost; looking for its job on %s before anything is paid again.",
            self.server_name,
        )
        while True:
            # The list first, the claims second: whoever submitted before the list was read has claimed by now.
            candidates = self._candidates(entry, submission, not_before)
            siblings = self.siblings(entry)
            free = [job for job in candidates if job.id not in siblings.claimed]
            if len(free) == 1 and not siblings.in_flight:
                return free[0]
            if self.now() >= settled_at:
                break
            self.sleep(min(5.0, max(settled_at - self.now(), 0.1)))
        if siblings.in_flight:
            named = ", ".join(siblings.in_flight[:5])
            raise self._ambiguous(entry, f"equal requests may be under way in {named}", free)
        if free:
            raise self._ambiguous(entry, f"{len(free)} jobs on {self.server_name} fit the request", free)
        return None

    def _candidates(self, entry: Entry, submission: Submission, not_before: float) -> list[VideoJob]:
        try:
            return [job for job in list_since(self.server, not_before) if matches(job, submission, not_before)]
        except AmbiguousSubmitError as error:
            raise self._ambiguous(entry, error.message) from error
        except SoraError as error:
            raise self._ambiguous(
                entry, f"{self.server_name} could not be asked for its list: {error.message}"
            ) from error

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
