"""How far the job of a waiting task is, as its server says it: a free look, at most once in ten seconds a job."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from anyio import CapacityLimiter, move_on_after, to_thread

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.record import RECORD_KEY, VideoRecord, read_record

log = logging.getLogger(__name__)

#: Seconds that an answer counts; seconds after which a page does without one.
REMEMBERED_SECONDS = 10.0
PATIENCE_SECONDS = 5.0
_MOST = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a job.

    :param status: the server's own word; blank where it did not answer. ``percent``: None where it gives none.
    """

    video_id: str
    submitted_at: str
    status: str = ""
    percent: float | None = None


async def progress_of(dag_id: str, run_id: str, task_id: str, map_index: int) -> Progress | None:
    """Of the job that a task instance waits for; None where it has submitted none.

    The caller has checked that its user may know.
    """
    record = await to_thread.run_sync(_record, dag_id, run_id, task_id, map_index, limiter=_askers())
    if record is None:
        return None
    found = Progress(record.video_id, record.submitted_at or "")
    with move_on_after(PATIENCE_SECONDS):
        return await to_thread.run_sync(_asked, record, found, limiter=_askers(), abandon_on_cancel=True)
    return found


@cache
def _askers() -> CapacityLimiter:
    return CapacityLimiter(2)


_known: dict[str, tuple[float, Progress]] = {}


def _asked(record: VideoRecord, blank: Progress) -> Progress:
    from airflow_provider_sora.hooks.sora import SoraHook

    at, known = _known.get(record.video_id, (-REMEMBERED_SECONDS, blank))
    if time.monotonic() - at < REMEMBERED_SECONDS or not record.sora_conn_id:
        return known
    try:
        job = SoraHook(record.sora_conn_id).get_video(record.video_id)
        found = Progress(blank.video_id, blank.submitted_at, job.raw_status or job.status.value, job.progress)
    except SoraError as error:
        # A page that waits is no place for an outage: the task's own log has it.
        log.info("The state of job %r is not known: %s", record.video_id, error)
        found = blank
    if len(_known) >= _MOST:
        _known.clear()
    _known[record.video_id] = (time.monotonic(), found)
    return found


def _record(dag_id: str, run_id: str, task_id: str, map_index: int) -> VideoRecord | None:
    """What the task left of its job right after submitting it."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    asked = XComModel.get_many(
        key=RECORD_KEY, run_id=run_id, dag_ids=dag_id, task_ids=task_id, map_indexes=map_index, limit=1
    )
    with create_session() as session:
        row: Any = session.execute(asked).scalars().first()
        value = None if row is None else XComModel.deserialize_value(row)
    return read_record(value) if isinstance(value, Mapping) else None
