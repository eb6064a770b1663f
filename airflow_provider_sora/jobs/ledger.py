"""The recovery record of one task's paid job, kept where a crash of the worker cannot reach it.

Written before the paid request (the intent) and again once the job's id is known. It lives in Airflow's task
state store, which is scoped to dag, run, task and map index and survives retry, clear, deferral and ``kill -9``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.known_job import KnownJob, read_job
from airflow_provider_sora.jobs.request_digest import Fingerprint

#: Key in the task state store. Renaming it would orphan jobs in flight during an upgrade.
STATE_KEY = "sora_job"
SCHEMA = 1

PHASES = INTENT, SUBMITTED, COMPLETED, FAILED, REFUSED = ("intent", "submitted", "completed", "failed", "refused")

#: A person's word: the recorded job is the lost request's; or the next try pays for another.
ADOPT, AGAIN = "adopt", "again"

#: So many jobs of one task are remembered: the record stays far below the store's 64 KB.
MAX_EARLIER = 50


class StateStore(Protocol):
    """The part of Airflow's task state store that is used here."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One paid job of one task instance.

    :param phase: ``intent`` (about to be submitted, or its answer was lost), ``submitted`` (id known),
        ``completed``, ``failed`` (the server ended it without a video) or ``refused`` (no job was made).
    :param ordinal: 1 for the task's first paid job; goes up only when a new job is really meant.
    :param intent_at: Unix seconds on this machine, before the request was sent.
    :param clock_offset: the server's clock minus this one, in seconds, where it is known.
    :param deadline: Unix seconds; anchored at submit, so retries do not stretch it.
    :param max_tries: Airflow's ``max_tries`` when this was written; a clear by the user changes it.
    :param adopted: the id was found on the server after its answer was lost.
    :param destination: the rendered archive prefix of the first try; later tries keep it.
    :param returned: what the server said of the finished video (model, seconds, size).
    :param in_flight: seconds after ``intent_at`` in which the request may still reach the server or be answered;
        None in records of earlier versions.
    :param lost: further paid requests of this task before this one whose answers were lost and never settled.
    :param earlier: jobs of this task that this one follows, the oldest first: see :func:`jobs_of`.
    :param decided: what a person said of it (:data:`ADOPT`, :data:`AGAIN`); the next try takes it, and it is gone.
    """

    phase: str
    ordinal: int
    fingerprint: Fingerprint
    idempotency_key: str
    intent_at: float
    sora_conn_id: str
    base_url: str
    try_number: int
    max_tries: int
    clock_offset: float | None = None
    video_id: str | None = None
    submitted_at: float | None = None
    deadline: float | None = None
    completed_at: float | None = None
    adopted: bool = False
    destination: str | None = None
    returned: Mapping[str, Any] = field(default_factory=dict)
    in_flight: float | None = None
    lost: int = 0
    earlier: tuple[KnownJob, ...] = ()
    decided: str | None = None

    def changed(self, **values: Any) -> Entry:
        return replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        earlier = [job.to_json() for job in self.earlier]
        return {"schema": SCHEMA, **asdict(self), "fingerprint": self.fingerprint.to_json(), "earlier": earlier}

    @classmethod
    def from_json(cls, value: Any) -> Entry:
        """Read back what :meth:`to_json` wrote; raises on anything else, because unreadable is not absent."""
        if not isinstance(value, Mapping) or value.get("schema") != SCHEMA:
            raise ValueError(f"not a record of schema {SCHEMA}")
        fields = {name: value[name] for name in cls.__slots__ if name in value}
        fields["fingerprint"] = Fingerprint.from_json(value["fingerprint"])
        fields["earlier"] = earlier = tuple(map(read_job, value.get("earlier", ())))
        if None in earlier:
            raise ValueError("an earlier job without its id")
        entry = cls(**fields)
        if entry.phase not in PHASES or (entry.phase not in (INTENT, REFUSED) and not entry.video_id):
            raise ValueError(f"unknown phase {entry.phase!r} or no video id")
        return entry


def jobs_of(entry: Entry) -> tuple[KnownJob, ...]:
    """The jobs that a record knows, its own last, as the next record of the task keeps them: small, no prompt."""
    if entry.video_id is None:
        return entry.earlier
    job = KnownJob(
        entry.video_id,
        prompt=entry.fingerprint.parts.get("prompt"),
        intent_at=entry.intent_at,
        base_url=entry.base_url,
        phase=entry.phase,
        digest=entry.fingerprint.digest,
        sora_conn_id=entry.sora_conn_id,
    )
    return (*(known for known in entry.earlier if known.video_id != entry.video_id), job)[-MAX_EARLIER:]


class Ledger:
    """Reads and writes the record; ``store`` is None on an Airflow that has no task state store (before 3.3).

    One process's view: it remembers what it last saw there, and never overwrites anything else. A process that was
    frozen, or has outlived its try, so learns that another try has gone on without it.
    """

    def __init__(self, store: StateStore | None) -> None:
        self._store = store
        self._seen: Any = None
        self._was_read = False
        #: What the last intent was written in place of.
        self._before: Any = None
        #: Set once another try's record was met in place of this process's own.
        self.overtaken = False

    @property
    def is_durable(self) -> bool:
        return self._store is not None

    def read(self) -> Entry | None:
        """The record, or None when this task instance never got as far as an intent.

        :raises LedgerError: the store or the record cannot be read. The task stops before it pays.
        """
        if self._store is None:
            return None
        try:
            value = self._store.get(STATE_KEY)
            entry = None if value is None else Entry.from_json(value)
        except Exception as error:
            raise LedgerError(
                f"The recovery record of this task cannot be read ({type(error).__name__}: {error}). Going on could "
                "pay twice, so the task stopped before it sent anything further. A retry reads it again. If it "
                f"stays unreadable, look at the state-store key {STATE_KEY!r} of this task instance through Airflow's "
                "REST API: it names the job; delete the key only if you want a new paid job."
            ) from error
        self._seen, self._was_read = value, True
        return entry

    def known(self) -> Entry | None:
        """The record as this process last saw it, read where it has not been yet.

        Good enough for any decision: whatever is written next is compared with the store first.

        :raises LedgerError: as :meth:`read`.
        """
        return (None if self._seen is None else Entry.from_json(self._seen)) if self._was_read else self.read()

    def write(self, entry: Entry, *, just_read: bool = False) -> None:
        """Store the record in place of the one that this process saw last.

        The store has no compare-and-set, so the comparison is a read right before the write.

        :param just_read: the record was read right before, so this does not read it again.
        :raises LedgerError: it could not be stored, or another try's record is there, which is left as it is. Before
            a paid request nothing was paid; after one the message names the job.
        """
        if self._store is None:
            return
        value = entry.to_json()
        try:
            there = self._seen if just_read and self._was_read else self._store.get(STATE_KEY)
            free = there == self._seen or (entry.video_id is not None and _job_in(there) == entry.video_id)
            if free:
                self._store.set(STATE_KEY, value)
        except Exception as error:
            raise LedgerError(
                f"The recovery record of this task cannot be written ({type(error).__name__}: {error}). "
                + _of_this_try(entry, "a retry may not find it by itself and will look for it as after a lost answer"),
                video_id=entry.video_id,
            ) from error
        if not free:
            self.overtaken = True
            raise _overtaken(there, entry)
        self._seen = value

    def write_intent(self, entry: Entry) -> None:
        """Store an intent. Paying is allowed only once :meth:`still_holds` has read it back."""
        self._before = self._seen
        self.write(entry)

    def still_holds(self, entry: Entry) -> None:
        """Read an intent back: the last thing before its request is sent.

        :raises LedgerError: it is not the one on record, or cannot be read; this process must not pay.
        """
        if self._store is None or self.read() == entry:
            return
        if self._seen is not None and self._seen == self._before:
            raise LedgerError(
                "The recovery record was written, and what was there before is still there, so the task stopped before "
                "paying. Look at the task state store of this Airflow (its database, or [workers] state_backend)."
            )
        self.overtaken = True
        raise _overtaken(self._seen, entry)


def _job_in(value: Any) -> Any:
    return value.get("video_id") if isinstance(value, Mapping) else None


def _overtaken(there: Any, entry: Entry) -> LedgerError:
    """The error of a process whose task another try has taken over."""
    held = _job_in(there)
    record = (
        f"names job {held}"
        if held
        else "was deleted, or never kept,"
        if there is None
        else "holds another try's request"
    )
    return LedgerError(
        f"The recovery record of this task {record}: something else has gone on with the task while this process "
        "stood still, and the record was left as it is. "
        + _of_this_try(entry, "no record holds it: archive it by its id with ArchiveVideoOperator, or cancel it there"),
        video_id=entry.video_id,
    )


def _of_this_try(entry: Entry, unrecorded: str) -> str:
    """What became of the request that could not be noted."""
    if entry.video_id is not None:
        return f"Job {entry.video_id} exists on {entry.base_url} and may be billed; {unrecorded}."
    if entry.phase == INTENT:
        return "This request was not sent, so it costs nothing."
    return "The server refused this try's request, so it costs nothing."
