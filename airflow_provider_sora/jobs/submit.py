"""Submit once: the one place where money is spent.

The order never changes: the intent is stored, the request is sent, the id is stored. Whatever dies in between, the
next try finds out what happened before it pays.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from airflow_provider_sora.exceptions import AmbiguousSubmitError, PolicyRefusalError, ServerFaultError, SoraError
from airflow_provider_sora.jobs.fingerprint import Fingerprint, Scope, fingerprint_of, idempotency_key
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, INTENT, REFUSED, SUBMITTED, Entry, Ledger
from airflow_provider_sora.jobs.outcome import error_of
from airflow_provider_sora.jobs.plan import Attach, Choices, Settle, Submit, plan, refuse_change
from airflow_provider_sora.jobs.settle import ListingServer, Settlement, Siblings, ambiguous_error
from airflow_provider_sora.protocol.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.submission import Submission


class PayingServer(ListingServer, Protocol):
    """The part of the hook that submitting needs."""

    @property
    def base_url(self) -> str: ...

    @property
    def server_name(self) -> str: ...

    def submit(self, submission: Submission, *, idempotency_key: str) -> VideoJob: ...

    def get_video(self, video_id: str) -> VideoJob: ...


@dataclass(slots=True)
class Submitter:
    """Obtains the one job of a task instance: by attaching, adopting, or paying.

    :param announce: called whenever the record changes, so that it shows in XCom even if the task fails later.
    :param siblings: reads what other tasks of the DAG have claimed.
    :param honours_key: the server answers a repeated Idempotency-Key with the first job.
    :param cost: the estimate in words, for messages.
    """

    server: PayingServer
    sora_conn_id: str
    ledger: Ledger
    scope: Scope
    choices: Choices
    try_number: int
    max_tries: int
    announce: Callable[[Entry], None]
    siblings: Callable[[Entry], Siblings]
    lists_prompts: bool = False
    honours_key: bool = False
    request_timeout: float = 0.0
    cost: str = "an unknown sum"
    destination: str | None = None
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    log: Any = field(default_factory=lambda: logging.getLogger(__name__))

    def obtain(self, submission: Submission) -> tuple[VideoJob, Entry]:
        """The task's job and its record. At most one paid request is sent, unless the server refused it for certain.

        :raises AmbiguousSubmitError: a paid request's outcome cannot be found out; never retried by itself.
        :raises RequestChangedError: an automatic retry would ask for something else.
        :raises LedgerError: the record cannot be read or written; stopped before paying.
        :raises SoraError: the server's refusal, typed; nothing was paid.
        """
        request = fingerprint_of(submission, self.server.base_url)
        entry = self.ledger.read()
        todo = plan(entry, request, self.choices, max_tries=self.max_tries)
        if isinstance(todo, Attach):
            return self._attach(todo, submission, request)
        if isinstance(todo, Settle):
            return self._settle(todo.entry, submission, request)
        return self._submit(todo, submission, request)

    def _attach(self, todo: Attach, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        entry = todo.entry
        video_id = entry.video_id or ""
        # This try's start emptied the task's XCom: siblings must not take us for a task without a job.
        self.announce(entry)
        job = self._look(entry, video_id)
        if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            entry = self._record(entry.changed(phase=FAILED))
            error = error_of(job)
            if isinstance(error, PolicyRefusalError) and not (todo.cleared or todo.changed):
                raise error
            why = f"the server ended job {video_id} without a video"
            return self._submit(Submit(entry.ordinal + 1, why), submission, request)
        if todo.changed:
            raise refuse_change(entry, todo.changed)
        self.log.info("%s; going on with job %s (%s). Nothing is paid again.", todo.why, video_id, job.status)
        return job, self._record(self._after_clear(entry))

    def _after_clear(self, entry: Entry) -> Entry:
        """What a clear by the user changes: a wait that is over starts anew, and the destination may be another.

        ``max_tries`` becomes this try's, or the next automatic retry would look like another clear.
        """
        if entry.max_tries == self.max_tries:
            return entry
        over = (entry.deadline or 0.0) <= self.now()
        deadline = self.now() + self.choices.timeout if over else entry.deadline
        return entry.changed(max_tries=self.max_tries, deadline=deadline, destination=self.destination)

    def _look(self, entry: Entry, video_id: str) -> VideoJob:
        """One look at a recorded job. No answer is no verdict: the wait that follows has the patience for it."""
        try:
            job = self.server.get_video(video_id)
        except SoraError as error:
            job = VideoJob(id=video_id, status=JobStatus.IN_PROGRESS)
            self.log.warning("Job %s could not be looked at: %s", video_id, error.message)
        if entry.phase != COMPLETED or job.status is JobStatus.COMPLETED:
            return job
        # It was seen completed before. Its archive may hold the video even when the server has dropped it, so
        # this is for the archive step to find out; nothing is rendered again either way.
        self.log.warning("Job %s was completed before; the server may no longer hold it.", video_id)
        facts = entry.returned
        return VideoJob(
            id=video_id,
            status=JobStatus.COMPLETED,
            model=facts.get("model"),
            size=facts.get("size"),
            seconds=facts.get("seconds"),
            completed_at=entry.completed_at,
        )

    def _settle(self, entry: Entry, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        # This try's start emptied the task's XCom: show the open claim again before anything else.
        self.announce(entry)
        changed = tuple(request.changed_from(entry.fingerprint))
        if changed and self.choices.on_ambiguous_submit != "resubmit":
            raise ambiguous_error(entry, f"this try asks for something else ({', '.join(changed)})", self.cost)
        return self._resolve(entry, submission, request)

    def _resolve(self, entry: Entry, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        """One paid request of ours has an unknown outcome; act as the user chose."""
        choice = self.choices.on_ambiguous_submit
        if choice == "fail":
            raise ambiguous_error(entry, "on_ambiguous_submit='fail' is set", self.cost)
        if choice == "resubmit":
            self.log.warning("on_ambiguous_submit='resubmit': submitting again; this may pay twice.")
            return self._submit(Submit(entry.ordinal + 1, "resubmit was chosen"), submission, request, settled=True)
        if self.honours_key:
            self.log.info("The server knows repeated requests by their Idempotency-Key; sending the same one again.")
            return self._submit(Submit(entry.ordinal, "the same Idempotency-Key"), submission, request, repeat=True)
        settlement = Settlement(
            server=self.server,
            lists_prompts=self.lists_prompts,
            server_name=self.server.server_name,
            choices=self.choices,
            siblings=self.siblings,
            now=self.now,
            sleep=self.sleep,
            log=self.log,
            request_timeout=self.request_timeout,
            cost=self.cost,
        )
        job = settlement.find(entry, submission)
        if job is None:
            why = "no such job on the server: the lost request was never accepted"
            return self._submit(Submit(entry.ordinal, why), submission, request, settled=True)
        self.log.info("Adopted job %s: it is the one whose answer was lost. Nothing is paid again.", job.id)
        return job, self._record(self._accepted(entry, job, adopted=True))

    def _submit(
        self,
        todo: Submit,
        submission: Submission,
        request: Fingerprint,
        *,
        settled: bool = False,
        repeat: bool = False,
    ) -> tuple[VideoJob, Entry]:
        """Intent, request, record.

        :param settled: an earlier request of this try lost its answer and was shown to have made no job.
        :param repeat: an earlier request may have made a job, and the server will give it back for the same key.
        """
        entry = Entry(
            phase=INTENT,
            ordinal=todo.ordinal,
            fingerprint=request,
            idempotency_key=idempotency_key(self.scope, request, todo.ordinal),
            intent_at=self.now(),
            sora_conn_id=self.sora_conn_id,
            base_url=self.server.base_url,
            try_number=self.try_number,
            max_tries=self.max_tries,
            clock_offset=self.server.clock_offset,
            destination=self.destination,
        )
        # The claim first: if it cannot be shown, no intent is left behind that somebody would have to settle.
        self.announce(entry)
        self.ledger.write_intent(entry)
        self.log.info("Submitting to %s: %s. Estimated cost: %s.", self.server.server_name, todo.why, self.cost)
        try:
            job = self.server.submit(submission, idempotency_key=entry.idempotency_key)
        except AmbiguousSubmitError as error:
            if repeat:
                raise self._repeat_later(error) from error
            if settled:
                # A second lost answer in one try: leave the intent for a person or a later try to settle.
                raise ambiguous_error(entry, error.message, self.cost) from error
            # Its advice is for people; this task looks for the job itself first.
            self.log.warning("%s", error.message.partition(" Next: ")[0])
            return self._resolve(entry, submission, request)
        except SoraError:
            # Refused for certain: no job exists, so the intent must not look like a lost one. A refused repeat says
            # nothing about the request before it, so that intent stays open.
            if not repeat:
                self._record(entry.changed(phase=REFUSED))
            raise
        entry = self._record(self._accepted(entry, job))
        self.log.info("Job %s was accepted (%s).", job.id, job.status)
        if (job.upstream_requests or 1) > 1:
            self.log.warning(
                "The gateway sent this paid request %d times, and each may be a billed job: switch its repeats off.",
                job.upstream_requests,
            )
        return job, entry

    def _repeat_later(self, error: AmbiguousSubmitError) -> ServerFaultError:
        return ServerFaultError(
            f"The answer to a paid request was lost twice in a row ({error.message}) It may have cost {self.cost}. "
            f"{self.server.server_name} honours Idempotency-Key, so a retry of this task sends the same request under "
            "the same key and makes no second job.",
            status_code=error.status_code,
        )

    def _accepted(self, entry: Entry, job: VideoJob, *, adopted: bool = False) -> Entry:
        accepted = entry.changed(
            phase=COMPLETED if job.status is JobStatus.COMPLETED else SUBMITTED,
            video_id=job.id,
            submitted_at=entry.intent_at,
            deadline=entry.intent_at + self.choices.timeout,
            completed_at=job.completed_at if job.status is JobStatus.COMPLETED else None,
            adopted=adopted,
            returned={} if job.upstream_requests is None else {"upstream_requests": job.upstream_requests},
        )
        return self._after_clear(accepted)

    def _record(self, entry: Entry) -> Entry:
        try:
            self.ledger.write(entry)
        finally:
            # Even if the store fails, the id is on show in XCom.
            self.announce(entry)
        return entry
