"""Submit once: the one place where money is spent.

The order never changes: the intent is stored, the request is sent, the id is stored. Whatever dies in between, the
next try finds out what happened before it pays.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import AmbiguousSubmitError, LedgerError, PolicyRefusalError, SoraError
from airflow_provider_sora.jobs.attach import after_clear, look_again
from airflow_provider_sora.jobs.intent import Moment, Payer, accepted, next_intent
from airflow_provider_sora.jobs.ledger import AGAIN, FAILED, REFUSED, Entry, Ledger
from airflow_provider_sora.jobs.money import ambiguous_error, repeat_later, say_earlier, warn_of_repeats
from airflow_provider_sora.jobs.plan import Attach, Choices, Settle, Submit, plan, refuse_change, too_many
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope, fingerprint_of
from airflow_provider_sora.jobs.server import NO_PURSE, PayingServer, Purse
from airflow_provider_sora.jobs.settling.moved import Neighbours, find_held, taken_over
from airflow_provider_sora.jobs.settling.settle import Settlement, Siblings
from airflow_provider_sora.jobs.settling.shown_record import ShownRecord
from airflow_provider_sora.jobs.waiting.verdict import error_of
from airflow_provider_sora.paid import knowing
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.http.sending.upload import time_in_flight
from airflow_provider_sora.protocol.submission import Submission


@dataclass(slots=True)
class Submitter:
    """Obtains the one job of a task instance: by attaching, adopting, or paying.

    :param announce: called with the claim whenever it changes, so that it shows in XCom even if the task fails later.
    :param siblings: reads what other tasks of the DAG have claimed.
    :param neighbours: for a mapped task of a run that was cleared: reads what its other map indexes hold.
    :param item_key: the user's own name for the item.
    :param honours_key: the server answers a repeated Idempotency-Key with the first job.
    :param cost: the estimate in words, for messages.
    :param purse: of a deployment with spending caps.
    """

    server: PayingServer
    sora_conn_id: str
    ledger: Ledger
    scope: Scope
    choices: Choices
    try_number: int
    max_tries: int
    announce: Callable[[dict[str, Any]], None]
    siblings: Callable[[Entry], Siblings]
    neighbours: Callable[[], Neighbours] | None = None
    item_key: str | None = None
    lists_prompts: bool = False
    honours_key: bool = False
    request_timeout: float = 0.0
    cost: str = "an unknown sum"
    destination: str | None = None
    purse: Purse = NO_PURSE
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    log: Any = field(default_factory=lambda: logging.getLogger(__name__))
    _sent: int = field(default=0, init=False)
    _record: ShownRecord = field(init=False)

    def obtain(self, submission: Submission) -> tuple[VideoJob, Entry]:
        """The task's job and its record. At most one paid request is sent, unless the server refused it for certain.

        :raises AmbiguousSubmitError: a paid request's outcome cannot be found out; never retried by itself.
        :raises BudgetExceededError: a retry would pay for more jobs than ``max_jobs`` allows.
        :raises RequestChangedError: an automatic retry would ask for something else.
        :raises LedgerError: the record cannot be read or written; stopped before paying.
        :raises SoraError: the server's refusal, typed; nothing was paid.
        """
        request = fingerprint_of(submission, self.server.base_url, self.item_key)
        self._record = ShownRecord(self.ledger, self.announce, self.scope.map_index, request)
        entry = self.ledger.known()
        # This try's start emptied the task's XCom: siblings must not take us for a task that may hold anything. One
        # that holds nothing and waits for nobody shows its intent right away.
        if entry is not None or self.neighbours is not None:
            self._record.show(entry)
        todo = plan(entry, request, self.choices, max_tries=self.max_tries)
        if isinstance(todo, Attach) and todo.cleared and self.neighbours and self.neighbours().hold(todo.video_id):
            # Two items that ask for the same: another one of them has taken over this one's job since the clear.
            todo = Submit(todo.entry.ordinal + 1, f"job {todo.video_id} went to another map index", another=True)
        if isinstance(todo, Submit) and todo.another:
            todo = self._moved(todo, submission, request, entry)
        if isinstance(todo, Attach):
            return self._attach(todo, submission, request)
        if isinstance(todo, Settle):
            return self._settle(todo.entry, submission, request)
        return self._submit(todo, submission, request, entry)

    def _moved(
        self, todo: Submit, submission: Submission, request: Fingerprint, entry: Entry | None
    ) -> Attach | Submit:
        """The job of this very request that another map index of the run holds, taken over; else as planned."""
        if self.neighbours is None:
            return todo
        mine = entry.earlier if entry else ()
        job = find_held(self.neighbours, request, mine, self.now, self.sleep)
        if job is None:
            return todo
        intent = self._intent(todo, submission, request, entry)
        taken = self._record.keep(taken_over(intent, job, self.now() + self.choices.timeout))
        return Attach(taken, "this item's job was held by another map index of this run", cleared=True)

    def _attach(self, todo: Attach, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        entry, video_id = todo.entry, todo.video_id
        job = look_again(self.server, entry, self.log)
        if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            entry = self._record.keep(entry.changed(phase=FAILED))
            error = error_of(job)
            if isinstance(error, PolicyRefusalError) and not (todo.cleared or todo.changed):
                raise error
            anew = Submit(entry.ordinal + 1, f"the server ended job {video_id} without a video")
            return self._submit(anew, submission, request, entry)
        if todo.changed:
            raise refuse_change(entry, todo.changed)
        self.log.info("%s; going on with job %s (%s). Nothing is paid again.", todo.why, video_id, job.status)
        return job, self._record.keep(self._after_clear(entry))

    def _after_clear(self, entry: Entry) -> Entry:
        return after_clear(entry, self.max_tries, self.now(), self.choices.timeout, self.destination)

    def _settle(self, entry: Entry, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        changed = tuple(request.changed_from(entry.fingerprint))
        if changed and entry.decided != AGAIN and self.choices.on_ambiguous_submit != "resubmit":
            raise self._ambiguous(entry, f"this try asks for something else ({', '.join(changed)})")
        return self._resolve(entry, submission, request)

    def _resolve(self, entry: Entry, submission: Submission, request: Fingerprint) -> tuple[VideoJob, Entry]:
        """One paid request of ours has an unknown outcome; act as the user chose."""
        choice = AGAIN if entry.decided == AGAIN else self.choices.on_ambiguous_submit
        if choice == "fail":
            raise self._ambiguous(entry, "on_ambiguous_submit='fail' is set")
        if choice in (AGAIN, "resubmit"):
            why = "a person said so" if choice == AGAIN else "on_ambiguous_submit='resubmit'"
            self.log.warning("Submitting again, since %s; this may pay twice.", why)
            return self._submit(Submit(entry.ordinal + 1, why), submission, request, entry, settled=True)
        if self.honours_key:
            self.log.info("The server knows repeated requests by their Idempotency-Key; sending the same one again.")
            todo = Submit(entry.ordinal, "the same Idempotency-Key")
            return self._submit(todo, submission, request, entry, repeat=True)
        settlement = Settlement(
            server=self.server,
            lists_prompts=self.lists_prompts,
            server_name=self.server.server_name,
            choices=self.choices,
            siblings=self.siblings,
            now=self.now,
            sleep=self.sleep,
            log=self.log,
            in_flight=self._flight(submission),
            cost=self.cost,
            sent=self._sent,
        )
        job = settlement.find(entry, submission)
        if job is None:
            todo = Submit(entry.ordinal, "a search found no trace of the lost request's job")
            return self._submit(todo, submission, request, entry, settled=True)
        self.log.info("Adopted job %s: it is the one whose answer was lost. Nothing is paid again.", job.id)
        return job, self._record.keep(self._accepted(entry, job, adopted=True))

    def _intent(
        self, todo: Submit, submission: Submission, request: Fingerprint, prior: Entry | None, *, lost: int = 0
    ) -> Entry:
        who = (self.scope, self.sora_conn_id, self.server.base_url, self.try_number, self.max_tries)
        payer = Payer(*who, self.destination, self.ledger.is_durable)
        clock = Moment(self.now(), self._flight(submission), self.server.clock_offset)
        return next_intent(payer, todo.ordinal, request, prior, clock, lost=lost)

    def _flight(self, submission: Submission) -> float:
        return time_in_flight(submission.size_to_send, self.request_timeout)

    def _submit(
        self,
        todo: Submit,
        submission: Submission,
        request: Fingerprint,
        prior: Entry | None,
        *,
        settled: bool = False,
        repeat: bool = False,
    ) -> tuple[VideoJob, Entry]:
        """Intent, request, record.

        :param prior: the record that this request follows.
        :param settled: the request before it has no known outcome, and it was decided to pay all the same.
        :param repeat: an earlier request may have made a job, and the server will give it back for the same key.
        """
        if prior is not None and (error := too_many(prior, todo, self.choices, self.max_tries)):
            self._record.show(prior)  # the run's index counts the jobs by what stands in XCom
            raise error
        entry = self._intent(todo, submission, request, prior, lost=int(settled))
        self.purse.take(entry.idempotency_key)
        # The claim first: if it cannot be shown, no intent is left behind that somebody would have to settle.
        self._record.show(entry)
        self.ledger.write_intent(entry)
        self.log.info("Submitting to %s: %s. Estimated cost: %s.", self.server.server_name, todo.why, self.cost)

        def last_look() -> None:
            """This process may have stood still since it wrote its intent, and another try may have gone on."""
            self.ledger.still_holds(entry)
            self._sent += 1

        try:
            # The intent is this request's own: what an error on the way says of the money is what was paid before it.
            with knowing(lambda: say_earlier(prior)):
                job = self.server.submit(submission, idempotency_key=entry.idempotency_key, before=last_look)
        except AmbiguousSubmitError as error:
            if repeat:
                raise repeat_later(entry, error, self.server.server_name, self.cost, self._sent) from error
            if settled:
                # A second lost answer in one try: leave the intent for a person or a later try to settle.
                raise self._ambiguous(entry, error.happened) from error
            # Its advice is for people; this task looks for the job itself first.
            self.log.warning("%s", error.happened)
            return self._resolve(entry, submission, request)
        except LedgerError:
            # Not sent. Where the record is still ours, it must not look like a lost request.
            with suppress(LedgerError):
                if not (self.ledger.overtaken or repeat):
                    self._refused(entry)
            raise
        except SoraError:
            # Refused for certain: no job exists, so the intent must not look like a lost one. A refused repeat says
            # nothing about the request before it, so that intent stays open.
            if not repeat:
                self._refused(entry)
            raise
        entry = self._record.keep(self._accepted(entry, job))
        self.log.info("Job %s was accepted (%s).", job.id, job.status)
        warn_of_repeats(job, self.log)
        return job, entry

    def _refused(self, entry: Entry) -> None:
        self._record.keep(entry.changed(phase=REFUSED))
        self.purse.give_back(entry.idempotency_key)

    def _ambiguous(self, entry: Entry, why: str) -> AmbiguousSubmitError:
        return ambiguous_error(entry, why, self.cost, sent=self._sent)

    def _accepted(self, entry: Entry, job: VideoJob, *, adopted: bool = False) -> Entry:
        return self._after_clear(accepted(entry, job, self.choices.timeout, adopted=adopted))
