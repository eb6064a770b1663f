"""How a job grows old: its status and progress follow from the clock and from whether its video is rendered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Job:
    """One accepted, billed job. Times are Unix seconds as floats.

    :param id: the id clients see; ``key``: hexadecimal name of its files.
    :param call: ``create``, ``remix``, ``edit`` or ``extend``.
    :param seconds: length of the finished video; for an extension the stitched total.
    :param billed_seconds: what the client pays for.
    :param scene: the renderer's description, from which a remix of this job is made.
    :param failure: when set, the job ends as failed with this error once ``fail_at`` of its render is done.
    :param stuck: the job stays in progress for ever.
    :param lapsed: the content was declared expired before its time.
    :param gone: deleted while its render was still to come or under way.
    :param needs_render: whether the status waits for the file (eager) or for the clock alone (lazy).
    """

    id: str
    key: str
    call: str
    model: str
    prompt: str
    size: str
    seconds: int
    billed_seconds: int
    created_at: float
    queue_seconds: float
    render_seconds: float
    ttl: float = 0.0
    parent_id: str | None = None
    scene: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    failure: dict[str, Any] | None = None
    failure_status: int = 500
    fail_at: float = 0.5
    stuck: bool = False
    lapsed: bool = False
    gone: bool = False
    needs_render: bool = True
    rendered_at: float | None = None
    cancelled_at: float | None = None
    idempotency_key: str | None = None
    request_hash: str = ""

    @property
    def starts_at(self) -> float:
        return self.created_at + self.queue_seconds

    @property
    def due_at(self) -> float:
        return self.starts_at + self.render_seconds

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Job:
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True)
class Age:
    """Where a job stands at one moment."""

    status: str
    progress: int
    completed_at: float | None = None
    expires_at: float | None = None

    @property
    def final(self) -> bool:
        return self.status in ("completed", "failed", "cancelled")

    def content_lapsed(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at


def age(job: Job, now: float) -> Age:
    """The job's status, progress and end at ``now``."""
    if job.cancelled_at is not None and now >= job.cancelled_at:
        return Age("cancelled", _course(job, job.cancelled_at).progress)
    return _course(job, now)


def _course(job: Job, now: float) -> Age:
    """Where the job stands if nobody cancels it."""
    if now < job.starts_at:
        return Age("queued", 0)
    share = 1.0 if job.render_seconds <= 0 else (now - job.starts_at) / job.render_seconds
    if job.failure is not None:
        if share >= job.fail_at:
            failed_at = job.starts_at + job.fail_at * job.render_seconds
            return Age("failed", int(100 * job.fail_at), completed_at=failed_at)
        return Age("in_progress", int(100 * share))
    waits_for_file = job.needs_render and job.rendered_at is None
    if job.stuck or share < 1.0 or waits_for_file:
        return Age("in_progress", max(1, min(99, int(100 * share))))
    done = max(job.due_at, job.rendered_at or 0.0) if job.needs_render else job.due_at
    expires = done + job.ttl if job.ttl > 0 else None
    if job.lapsed:
        expires = done
    return Age("completed", 100, completed_at=done, expires_at=expires)
