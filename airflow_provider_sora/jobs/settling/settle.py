"""After a paid request whose answer was lost: find the job on the server instead of paying twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError
from airflow_provider_sora.jobs.known_job import KnownJob
from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.money import ambiguous_error
from airflow_provider_sora.jobs.plan import RESUBMIT_IF_ABSENT, Choices
from airflow_provider_sora.jobs.request_digest import prompt_digest
from airflow_provider_sora.jobs.server import ListingServer
from airflow_provider_sora.jobs.settling.fit import CERTAINLY_OLDER, Fit, Window, fit
from airflow_provider_sora.jobs.settling.listing import Walk, walk
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission

#: ``created_at`` is whole seconds on another host's clock: look this much further, in seconds.
WINDOW_SLACK = 5.0
#: The same where the server sends no Date, so that its clock cannot be compared with ours.
UNKNOWN_CLOCK = 600.0
#: How long a request may be under way where its record does not say so, in seconds.
UNKNOWN_FLIGHT = 600.0
#: A list is read so often before a job counts as absent: behind several replicas, each shows only its own jobs.
MIN_LOOKS = 3
#: A witness was submitted at most this long, in seconds, before the request it speaks for.
LATELY = 600.0


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the other paying tasks of this Airflow, in all their runs, have claimed or may have under way.

    :param claimed: ids of jobs that belong to another task instance.
    :param in_flight: names of task instances that may have an equal request under way without a known id.
    :param known: the claimed jobs of which enough is known to bear witness.
    """

    claimed: frozenset[str] = frozenset()
    in_flight: tuple[str, ...] = ()
    known: tuple[KnownJob, ...] = ()


@dataclass(slots=True)
class Sightings:
    """What all looks of one search have shown together. Behind several replicas, one look shows what the next does
    not, so nothing that was seen is forgotten.
    """

    jobs: dict[str, VideoJob] = field(default_factory=dict)
    unfinished: dict[str, VideoJob] = field(default_factory=dict)
    unreadable: int = 0

    def add(self, look: Walk) -> None:
        self.unreadable = max(self.unreadable, look.unreadable)
        for job in look.jobs:
            self.jobs[job.id] = job
            if not job.status.is_final:
                self.unfinished[job.id] = job


@dataclass(slots=True)
class Settlement:
    """Finds out what became of a paid request. All waiting and looking goes through the callables given.

    :param sent: paid requests that this try has sent so far.
    """

    server: ListingServer
    lists_prompts: bool
    server_name: str
    choices: Choices
    siblings: Callable[[Entry], Siblings]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    log: Any
    in_flight: float = UNKNOWN_FLIGHT
    cost: str = "an unknown sum"
    sent: int = 0

    def find(self, entry: Entry, submission: Submission) -> VideoJob | None:
        """The lost job. None where the user allows to pay again after a search that found nothing, and a witness of
        this very search speaks for its result.

        :raises AmbiguousSubmitError: anything else; nothing more was paid.
        """
        if not self.lists_prompts:
            raise self._ambiguous(
                entry, f"{self.server_name} does not list jobs with their prompts, so the job cannot be looked for"
            )
        # Absence proves nothing while the request itself, or the server's own book-keeping, may be under way.
        flight = entry.in_flight or self.in_flight
        settled_at = entry.intent_at + max(self.choices.ambiguous_settle, flight)
        self.log.info("A paid request has no known outcome; looking for its job on %s.", self.server_name)
        seen, looks = Sightings(), 0
        while True:
            settled = self.now() >= settled_at
            window = self._window(entry, flight)
            try:
                look = walk(self.server, window.opens)
            except SoraError as error:
                if settled:
                    raise self._unlisted(entry, error) from error
                # What took the answer away may still be keeping the list away.
                self.log.warning("%s", error.message)
                self.sleep(self._pause(settled_at))
                continue
            looks += 1
            seen.add(look)
            if not look.whole:
                raise self._ambiguous(entry, f"of the list of {self.server_name} must be said that {look.doubts[0]}")
            fits = {job.id: fit(job, submission, window) for job in seen.jobs.values()}
            # The claims after the list: whoever submitted before the list was read has claimed by now.
            siblings = self.siblings(entry) if any(kind is not Fit.NO for kind in fits.values()) else Siblings()
            free = [name for name, kind in fits.items() if kind is Fit.YES and name not in siblings.claimed]
            if len(free) == 1 and not siblings.in_flight:
                return seen.jobs[free[0]]
            if settled and looks >= MIN_LOOKS:
                break
            self.sleep(self._pause(settled_at))
        if free and siblings.in_flight:
            named = ", ".join(siblings.in_flight[:5])
            raise self._ambiguous(entry, f"equal requests may be under way in {named}", free)
        if free:
            raise self._ambiguous(entry, f"{len(free)} jobs on {self.server_name} fit the request", free)
        self._absent(entry, submission, seen, window, flight)
        return None

    def _absent(self, entry: Entry, submission: Submission, seen: Sightings, window: Window, flight: float) -> None:
        """Whether nothing that was listed can be the job, and the list is known to show such jobs.

        :raises AmbiguousSubmitError: it is not allowed to pay again, or it is not certain enough.
        """
        listed = f"no job on {self.server_name} surely is the one asked for"
        allowed = self.choices.on_ambiguous_submit == RESUBMIT_IF_ABSENT
        witness, doubts = None, []
        siblings = self.siblings(entry) if allowed or seen.jobs else Siblings()
        if allowed:
            try:
                deep = walk(self.server, window.opens - CERTAINLY_OLDER, window.sent)
            except SoraError as error:
                raise self._unlisted(entry, error) from error
            seen.add(deep)
            doubts = deep.doubts
            witness = self._witness(entry, seen, siblings, flight)
        if seen.unreadable:
            doubts = [*doubts, f"{seen.unreadable} of its entries cannot be read"]
        unsure = [
            job.id
            for job in seen.jobs.values()
            if job.id not in siblings.claimed
            and fit(job, submission, window, dates_are_right=witness is not None) is not Fit.NO
        ]
        if unsure:
            may = f"{len(unsure)} jobs on {self.server_name} may be it, but what its list says of them is missing or "
            raise self._ambiguous(entry, f"{may}differs", unsure)
        if doubts:
            raise self._ambiguous(entry, f"{listed}, and its list proves nothing: {'; '.join(doubts)}")
        if not allowed:
            raise self._ambiguous(
                entry,
                f"{listed}, which does not prove that there is none (on_ambiguous_submit='resubmit_if_absent' pays "
                "again where another job of ours shows that the list tells the truth)",
            )
        if witness is None:
            raise self._ambiguous(
                entry,
                f"{listed}, and no other job of ours that was submitted about that time was listed there unfinished, "
                "with its prompt and a right date, so the list may not show such jobs at all",
            )
        self.log.warning(
            "Nothing on the list of %s can be the lost job, while our job %s is shown there as it should be: the "
            "request counts as never accepted, and on_ambiguous_submit='resubmit_if_absent' pays again.",
            self.server_name,
            witness,
        )

    def _witness(self, entry: Entry, seen: Sightings, siblings: Siblings, flight: float) -> str | None:
        """A job of ours that this search saw unfinished, with exactly its prompt and a date that fits its submit."""
        for known in (*siblings.known, *entry.earlier):
            job = seen.unfinished.get(known.video_id)
            if job is None or job.prompt is None or prompt_digest(job.prompt) != known.prompt:
                continue
            if known.intent_at is None:  # told by an earlier version
                continue
            window = self._window(entry, flight, known.intent_at)
            lately = known.intent_at >= entry.intent_at - LATELY
            if known.base_url == entry.base_url and lately and window.holds(job.created_at):
                return known.video_id
        return None

    def _pause(self, settled_at: float) -> float:
        left = settled_at - self.now()
        return min(5.0, left) if left > 0 else 2.0

    def _window(self, entry: Entry, flight: float, intent_at: float | None = None) -> Window:
        """Dates, on the server's clock, that a job submitted at ``intent_at`` (the lost one's) can bear."""
        if self.server.clock_offset is None:
            self._ask_the_time()
        known = [offset for offset in (entry.clock_offset, self.server.clock_offset) if offset is not None]
        slack = WINDOW_SLACK if known else UNKNOWN_CLOCK
        sent = entry.intent_at if intent_at is None else intent_at
        first, last = sent + min(known, default=0.0), sent + max(known, default=0.0)
        return Window(first - slack, first, last + flight + slack)

    def _ask_the_time(self) -> None:
        try:
            self.server.list_videos(limit=1, order="desc")
        except SoraError as error:  # the look that follows says so, and waits
            self.log.debug("The server's clock could not be read: %s", error.message)

    def _unlisted(self, entry: Entry, error: SoraError) -> AmbiguousSubmitError:
        return self._ambiguous(entry, f"{self.server_name} could not be asked for its list ({error.message})")

    def _ambiguous(self, entry: Entry, why: str, candidates: Iterable[str] = ()) -> AmbiguousSubmitError:
        return ambiguous_error(entry, why, self.cost, candidates, sent=self.sent)
