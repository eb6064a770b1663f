"""The recovery record of one task's paid job, kept where a crash of the worker cannot reach it.

Written before the paid request (the intent) and again once the job's id is known. It lives in Airflow's task
state store, which is scoped to dag, run, task and map index and survives retry, clear, deferral and ``kill -9``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.fingerprint import Fingerprint

#: Key in the task state store. Renaming it would orphan jobs in flight during an upgrade.
STATE_KEY = "sora_job"
SCHEMA = 1

INTENT = "intent"
SUBMITTED = "submitted"
COMPLETED = "completed"
FAILED = "failed"
REFUSED = "refused"
PHASES = (INTENT, SUBMITTED, COMPLETED, FAILED, REFUSED)


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

    def changed(self, **values: Any) -> Entry:
        return replace(self, **values)

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self), "fingerprint": self.fingerprint.to_json()}

    @classmethod
    def from_json(cls, value: Any) -> Entry:
        """Read back what :meth:`to_json` wrote; raises on anything else, because unreadable is not absent."""
        if not isinstance(value, Mapping) or value.get("schema") != SCHEMA:
            raise ValueError(f"not a record of schema {SCHEMA}")
        fields = {name: value[name] for name in cls.__slots__ if name in value}
        fields["fingerprint"] = Fingerprint.from_json(value["fingerprint"])
        entry = cls(**fields)
        if entry.phase not in PHASES or (entry.phase not in (INTENT, REFUSED) and not entry.video_id):
            raise ValueError(f"unknown phase {entry.phase!r} or no video id")
        return entry


class Ledger:
    """Reads and writes the record; ``store`` is None on an Airflow that has no task state store (before 3.3)."""

    def __init__(self, store: StateStore | None) -> None:
        self._store = store

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
            return None if value is None else Entry.from_json(value)
        except Exception as error:
            raise LedgerError(
                f"The recovery record of this task cannot be read ({type(error).__name__}: {error}). Going on could "
                "pay twice, so the task stopped; nothing was submitted by this try. A retry reads it again. If it "
                f"stays unreadable, look at the state-store key {STATE_KEY!r} of this task instance through Airflow's "
                "REST API: it names the job; delete the key only if you want a new paid job."
            ) from error

    def write(self, entry: Entry) -> None:
        """Store the record.

        :raises LedgerError: it could not be stored. Before a paid request nothing was paid; after one the
            message names the job.
        """
        if self._store is None:
            return
        try:
            self._store.set(STATE_KEY, entry.to_json())
        except Exception as error:
            if entry.video_id is None:
                paid = "Nothing was submitted by this try; a retry starts over."
            else:
                paid = (
                    f"The job {entry.video_id} exists on {entry.base_url} and is paid for; a retry may not find it by "
                    "itself and will look for it as after a lost answer."
                )
            raise LedgerError(
                f"The recovery record of this task cannot be written ({type(error).__name__}: {error}). {paid}",
                video_id=entry.video_id,
            ) from error

    def write_intent(self, entry: Entry) -> None:
        """Store an intent and read it back: paying is allowed only once the record is known to be there."""
        self.write(entry)
        if self._store is not None and self.read() != entry:
            raise LedgerError(
                "The recovery record was written but reads back differently, so the task stopped before paying. "
                "Look at the task state store of this Airflow (its database, or [workers] state_backend)."
            )
