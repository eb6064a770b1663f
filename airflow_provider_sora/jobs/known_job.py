"""A job whose id is known, in the one form in which records keep it, claims show it and searches hold it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.protocol.answers.job import number


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A job of this deployment: an earlier one of a task, or one that another task claims.

    What is None was not told: by an earlier version, or since only its id is needed.

    :param prompt: digest of its prompt (:func:`~airflow_provider_sora.jobs.request_digest.prompt_digest`).
    :param intent_at: Unix seconds on our clock, right before it was submitted.
    :param phase: of its task's record, see :class:`~airflow_provider_sora.jobs.ledger.Entry`.
    :param digest: of its request.
    """

    video_id: str
    prompt: str | None = None
    intent_at: float | None = None
    base_url: str | None = None
    phase: str | None = None
    digest: str | None = None
    sora_conn_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_job(value: object) -> KnownJob | None:
    """What :meth:`KnownJob.to_json` wrote, or a claim, which says more; None where it names no job."""
    if not isinstance(value, Mapping) or not value.get("video_id"):
        return None
    told = {name: value.get(name) for name in ("prompt", "base_url", "phase", "digest", "sora_conn_id")}
    known = {name: None if text is None else str(text) for name, text in told.items()}
    return KnownJob(str(value["video_id"]), intent_at=number(value.get("intent_at")), **known)
