"""From what was asked and what came back to the XCom record, and what differs between the two (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.jobs.ledger import Entry
from airflow_provider_sora.jobs.request_digest import prompt_digest
from airflow_provider_sora.protocol.answers.job import VideoJob, number
from airflow_provider_sora.protocol.submission import Submission
from airflow_provider_sora.record import PRIVATE_PROMPT, VideoRecord, iso

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def requested_of(submission: Submission) -> dict[str, Any]:
    """What was asked for, as small JSON: the picture by its digest, never its bytes.

    Of a prompt made of private data only a keyed digest, and of such a picture only its size.
    """
    seal = submission.seal
    asked: dict[str, Any] = {
        "call": submission.kind.value,
        "prompt": submission.prompt if seal is None else None,
        PRIVATE_PROMPT: None if seal is None else prompt_digest(submission.prompt, seal),
        "caption": submission.caption,
        "model": submission.model,
        "seconds": submission.seconds,
        "size": submission.size,
    }
    if submission.reference is not None:
        reference = submission.reference
        sealed = seal is not None and reference.origin is None
        told = ("width", "height") if sealed else ("origin", "sha256", "file_id", "width", "height")
        facts = {name: getattr(reference, name) for name in told}
        asked["input_reference"] = {name: value for name, value in facts.items() if value is not None}
    if submission.characters:
        asked["characters"] = list(submission.characters)
    if submission.variant_of:
        asked["variant_fallback"] = "recreate"
    if submission.extra:
        asked["extra_body"] = dict(submission.extra)
    return {name: value for name, value in asked.items() if value is not None}


def record_of(
    submission: Submission,
    job: VideoJob,
    entry: Entry,
    *,
    dialect: str,
    cost_estimate_usd: float | None,
    labels: Mapping[str, Any] | None,
) -> VideoRecord:
    """The record of a job just submitted, adopted or attached to."""
    record = VideoRecord(
        video_id=job.id,
        parent_id=submission.source_id or submission.variant_of or submission.final_of or job.parent_id,
        sora_conn_id=entry.sora_conn_id,
        base_url=entry.base_url,
        dialect=dialect,
        requested=requested_of(submission),
        cost_estimate_usd=cost_estimate_usd,
        labels={str(key): str(value) for key, value in (labels or {}).items()},
        submitted_at=iso(entry.submitted_at),
        try_number=entry.try_number,
    )
    sent_on = job.upstream_requests or entry.returned.get("upstream_requests")
    record = with_job(record, job)
    return record if sent_on is None else record.changed(returned={**record.returned, "upstream_requests": sent_on})


def with_job(record: VideoRecord, job: VideoJob) -> VideoRecord:
    """The record brought up to what the server last said of the job."""
    returned = dict(record.returned)
    for name in ("model", "size", "seconds", "cost_usd"):
        if getattr(job, name) is not None:
            returned[name] = getattr(job, name)
    if job.expires_at is not None:
        returned["expires_at"] = iso(job.expires_at)
    completed_at = iso(job.completed_at) or record.completed_at
    return record.changed(status=job.status.value, returned=returned, completed_at=completed_at)


def mismatches(record: VideoRecord) -> list[str]:
    """What the server says it made, where it differs from what was asked: one phrase each."""
    found = []
    asked, made = record.requested, record.returned
    for name in ("model", "size"):
        want, have = asked.get(name), made.get(name)
        # A dated snapshot (name-2025-10-06) is the model that was asked for.
        if want and have and want != _SNAPSHOT.sub("", str(have)) and want != have:
            found.append(f"{name}: asked {want}, got {have}")
    want_seconds, have_seconds = number(asked.get("seconds")), number(made.get("seconds"))
    # Extensions answer with the stitched total.
    if asked.get("call") != "extend" and want_seconds and have_seconds and abs(want_seconds - have_seconds) >= 1:
        found.append(f"seconds: asked {want_seconds:g}, got {have_seconds:g}")
    return found
