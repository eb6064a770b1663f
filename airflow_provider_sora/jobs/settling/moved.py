"""A mapped item whose job another map index of the same run holds.

Airflow knows a mapped task by its place in the list. A list that comes in another order after a clear brings every
item to a place whose record is another item's, while its own job lies with a sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.jobs.known_job import KnownJob
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, SUBMITTED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint, Scope
from airflow_provider_sora.jobs.settling.siblings import (
    GOING_ON,
    NOT_BEGUN,
    Claim,
    DagReader,
    Paying,
    claims_of,
    name_of,
    others,
    read_claim,
)
from airflow_provider_sora.paid import said

#: How long a mapped task that begins after a clear is given to show what it holds, in seconds.
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other map indexes of this task show, in this run.

    :param claims: by map index.
    :param begun: the map indexes that have begun since the clear, so that they ask for what they show.
    :param silent: names of those that have begun and show nothing yet.
    """

    claims: Mapping[int, Claim]
    begun: frozenset[int] = frozenset()
    silent: tuple[str, ...] = ()

    def hold(self, video_id: str) -> bool:
        """Whether one of them has this very job as its own."""
        return any(claim.job is not None and claim.job.video_id == video_id for claim in self.claims.values())


def read_neighbours(reader: DagReader, scope: Scope) -> Neighbours:
    """States before and after the claims: who began in between has emptied its claim unseen, and counts as silent."""
    here = {scope.dag_id: Paying((scope.task_id,), (scope.run_id,))}
    before = others(reader, scope, here)
    shown = claims_of(reader, before)
    after = others(reader, scope, here)
    begun = {where for where in {*before, *after} if not {before.get(where), after.get(where)} <= NOT_BEGUN}
    # What was read of one that began in between may be of the time before: it need not ask for that any more.
    between = {where for where in begun if before.get(where) in NOT_BEGUN}
    read = {where: read_claim(claim) for where, claim in shown.items() if where in before and where not in between}
    claims = {where: claim for where, claim in read.items() if claim is not None}
    at_work = {where for where in begun - claims.keys() if {before.get(where), after.get(where)} & GOING_ON}
    silent = between | at_work
    return Neighbours(
        {where[3]: claim for where, claim in claims.items()},
        frozenset(where[3] for where in begun),
        tuple(name_of(where, scope) for where in sorted(silent)),
    )


def held_job(around: Neighbours, request: Fingerprint, mine: Iterable[KnownJob] = ()) -> KnownJob | None:
    """The job of exactly this request that a neighbour holds and does not ask for itself, or None.

    A job whose holder has begun and asks for the same video stays with it: these are two items.

    :param mine: jobs that this map index held before.
    """
    kept = {
        claim.job.video_id
        for index, claim in around.claims.items()
        if index in around.begun and claim.job is not None and request.digest == claim.digest == claim.asks
    }
    offered = [job for claim in around.claims.values() for job in claim.jobs]
    for job in (*offered, *mine):
        if job.digest == request.digest and job.phase != FAILED and job.video_id not in kept:
            return job
    return None


def find_held(
    look: Callable[[], Neighbours],
    request: Fingerprint,
    mine: Iterable[KnownJob],
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> KnownJob | None:
    """:func:`held_job`, once every neighbour that has begun shows what it holds.

    :raises SoraError: one of them does not; nothing was paid, and a retry looks again.
    """
    give_up = now() + PATIENCE
    while True:
        around = look()
        job = held_job(around, request, mine)
        if job is not None or not around.silent:
            return job
        if now() >= give_up:
            raise SoraError(
                "After a clear, the job of this item may lie with another map index of this run, and "
                f"{', '.join(around.silent[:5])} has not shown yet what it holds.",
                cost=said(),
                step="a retry looks again.",
            )
        sleep(2.0)


def taken_over(intent: Entry, job: KnownJob, deadline: float) -> Entry:
    """The record of a neighbour's job, made from the intent that would have paid for it once more."""
    begun = job.intent_at or intent.intent_at
    return intent.changed(
        ordinal=max(intent.ordinal - 1, 1),  # none was paid for
        phase=COMPLETED if job.phase == COMPLETED else SUBMITTED,
        video_id=job.video_id,
        sora_conn_id=job.sora_conn_id or intent.sora_conn_id,
        intent_at=begun,
        submitted_at=begun,
        deadline=deadline,
        adopted=True,
    )
