"""The record of a paid request that is about to be sent, in place of the record before it (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.jobs.fingerprint import Fingerprint, Scope, fresh_key, idempotency_key
from airflow_provider_sora.jobs.ledger import INTENT, Entry, as_earlier


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


def next_intent(
    payer: Payer,
    ordinal: int,
    request: Fingerprint,
    prior: Entry | None,
    *,
    now: float,
    flight: float,
    clock_offset: float | None,
    lost: int = 0,
) -> Entry:
    """The intent that follows ``prior``, with what the task has paid for so far.

    A request that is sent once more keeps its key: a lost one, because the server may know it; a refused one,
    because nothing came of it. Any other gets one that nobody else can have, where a record keeps it.

    :param flight: seconds in which the request may still reach the server or be answered.
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
        intent_at=now,
        sora_conn_id=payer.sora_conn_id,
        base_url=payer.base_url,
        try_number=payer.try_number,
        max_tries=payer.max_tries,
        clock_offset=clock_offset,
        destination=payer.destination,
        in_flight=flight,
        lost=lost + (prior.lost if prior else 0),
        earlier=as_earlier(prior) if prior else (),
    )
