"""The record of a paid request that is about to be sent, in place of the record before it (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.jobs.ledger import COMPLETED, INTENT, SUBMITTED, Entry, jobs_of
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope, fresh_key, idempotency_key
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is about to pay, and where: what all requests of one try have in common.

    :param durable: the record outlives the try.
    """

    scope: Scope
    sora_conn_id: str
    base_url: str
    try_number: int
    max_tries: int
    destination: str | None
    durable: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request is sent.

    :param now: Unix seconds on this machine.
    :param flight: seconds in which it may still reach the server or be answered.
    :param clock_offset: the server's clock minus this one, where it is known.
    """

    now: float
    flight: float
    clock_offset: float | None


def next_intent(
    payer: Payer,
    ordinal: int,
    request: Fingerprint,
    prior: Entry | None,
    moment: Moment,
    *,
    lost: int = 0,
) -> Entry:
    """The intent that follows ``prior``, with what the task has paid for so far.

    A request that is sent once more keeps its key: a lost one, because the server may know it; a refused one,
    because nothing came of it. Any other gets one that nobody else can have, where a record keeps it.

    :param lost: 1 where the request before it has no known outcome and never will.
    """
    if prior is not None and prior.ordinal == ordinal and prior.fingerprint.digest == request.digest:
        key = prior.idempotency_key
    else:
        key = fresh_key() if payer.durable else idempotency_key(payer.scope, request, ordinal)
    return Entry(
        phase=INTENT,
        ordinal=ordinal,
        fingerprint=request,
        idempotency_key=key,
        intent_at=moment.now,
        sora_conn_id=payer.sora_conn_id,
        base_url=payer.base_url,
        try_number=payer.try_number,
        max_tries=payer.max_tries,
        clock_offset=moment.clock_offset,
        destination=payer.destination,
        in_flight=moment.flight,
        lost=lost + (prior.lost if prior else 0),
        earlier=jobs_of(prior) if prior else (),
    )


def accepted(entry: Entry, job: VideoJob, timeout: float, *, adopted: bool) -> Entry:
    """The record once the job's id is known. The deadline counts from the intent, so that no retry stretches it."""
    completed = job.status is JobStatus.COMPLETED
    return entry.changed(
        phase=COMPLETED if completed else SUBMITTED,
        video_id=job.id,
        submitted_at=entry.intent_at,
        deadline=entry.intent_at + timeout,
        completed_at=job.completed_at if completed else None,
        adopted=adopted,
        returned={} if job.upstream_requests is None else {"upstream_requests": job.upstream_requests},
    )
