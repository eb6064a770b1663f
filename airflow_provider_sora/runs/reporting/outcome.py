"""What became of each planned clip: read from what the group's tasks left behind, item by item."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.jobs.settling.siblings import CLAIM_KEY, read_claim
from airflow_provider_sora.record import RECORD_KEY
from airflow_provider_sora.runs.clips import Clip
from airflow_provider_sora.runs.gates import REASON_KEY
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.remembered.made import Made
from airflow_provider_sora.words.reasons import Reason, because

ARCHIVED, FAILED, UNCHANGED, PLANNED = "archived", "failed", "unchanged", "planned"
#: How long, in seconds and in all, to look again for reasons that are not there yet.
PATIENCE = 6


@dataclass(frozen=True, slots=True)
class ClipOutcome:
    """What became of one planned clip.

    :param made: what its archive task returned, where it is archived.
    :param reason: why it is not; neither of a dry run, which makes nothing.
    """

    name: str
    prompt: str
    made: Made | None = None
    reason: Reason | None = None

    @property
    def status(self) -> str:
        return self.reason.status if self.reason else ARCHIVED if self.made else PLANNED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item.

    :param clips: those that were planned of it.
    :param submitted: how many jobs were submitted for them.
    """

    item: PlannedItem
    clips: tuple[ClipOutcome, ...]
    submitted: int = 0

    @property
    def reason(self) -> Reason | None:
        """Of the first clip that fell short."""
        return next((clip.reason for clip in self.clips if clip.reason), None)

    @property
    def status(self) -> str:
        """``archived`` when every planned clip is, ``unchanged`` when another run made it meanwhile, else ``failed``;
        ``planned`` in a dry run."""
        return self.reason.status if self.reason else next((clip.status for clip in self.clips), ARCHIVED)

    @property
    def submitted_usd(self) -> float | None:
        """Every clip of an item costs the same: it has one model, one size and one length."""
        whole = self.item.estimated_usd
        return None if whole is None else self.submitted * whole / len(self.clips)


def outcomes(ti: Any, items: Sequence[PlannedItem], group: str, clips: Sequence[Clip]) -> list[Outcome]:
    """What became of each item, read from what its tasks left.

    :param ti: the task instance of the reporting task; its run's XComs are read.
    """
    if not items:
        return []
    indexes = range(len(items))
    pulled = {
        clip.name: ti.xcom_pull(task_ids=f"{group}.{clip.archive}", map_indexes=indexes, default=None)
        for clip in clips
    }  # fmt: skip
    claims = {
        clip.name: ti.xcom_pull(task_ids=f"{group}.{clip.make}", key=CLAIM_KEY, map_indexes=indexes, default=None)
        for clip in clips
    }  # fmt: skip
    left = _await_reasons(ti, items, group, clips, pulled)
    found = []
    for index, item in enumerate(items):
        planned = [clip for clip in clips if item.clip.prompt(clip.prompt)]
        entries = tuple(
            _outcome(ti, clip, item.clip.prompt(clip.prompt), pulled[clip.name][index], group, index, left[index])
            for clip in planned
        )
        shown = [read_claim(claims[clip.name][index]) for clip in planned]
        found.append(Outcome(item, entries, sum(claim.submitted for claim in shown if claim is not None)))
    return found


def as_planned(items: Sequence[PlannedItem], clips: Sequence[Clip]) -> list[Outcome]:
    """A dry run's items, which no task made."""
    return [
        Outcome(
            item,
            tuple(
                ClipOutcome(clip.name, item.clip.prompt(clip.prompt)) for clip in clips if item.clip.prompt(clip.prompt)
            ),
        )
        for item in items
    ]


def _await_reasons(
    ti: Any, items: Sequence[PlannedItem], group: str, clips: Sequence[Clip], pulled: Mapping[str, Sequence[Any]]
) -> list[dict[str, Reason]]:
    """For each item the reasons its tasks left, by task.

    Airflow reports a task's end first and calls its ``on_failure_callback`` after that, so this task may be here
    before the last reason is. Every item that fell short is given a few seconds, all of them together.
    """
    deadline = time.monotonic() + PATIENCE
    left: list[dict[str, Reason]] = [{} for _ in items]
    short = [
        index
        for index, item in enumerate(items)
        if any(item.clip.prompt(clip.prompt) and not _stored(pulled[clip.name][index]) for clip in clips)
    ]
    tasks = [task for clip in clips for task in (clip.make, clip.archive)] if short else []
    while True:
        for task in tasks:
            reasons = ti.xcom_pull(task_ids=f"{group}.{task}", key=REASON_KEY, map_indexes=short, default=None)
            for index, reason in zip(short, reasons, strict=True):
                if reason:
                    left[index][task] = Reason.from_json(reason, status=FAILED)
        short = [index for index in short if not left[index]]
        if not short or time.monotonic() >= deadline:
            return left
        time.sleep(1)


def _stored(record: Any) -> bool:
    return isinstance(record, Mapping) and bool(record.get("uri"))


def _outcome(
    ti: Any, clip: Clip, prompt: str, record: Any, group: str, index: int, left: Mapping[str, Reason]
) -> ClipOutcome:
    if _stored(record):
        return ClipOutcome(clip.name, prompt, made=Made.from_json(record))
    # What starts from a clip that another run made is not made either.
    spared = next((reason for reason in left.values() if reason.status == UNCHANGED), None)
    return ClipOutcome(clip.name, prompt, reason=spared or _reason(ti, clip, group, index, left))


def _reason(ti: Any, clip: Clip, group: str, index: int, left: Mapping[str, Reason]) -> Reason:
    for task in (clip.make, clip.archive):
        if task in left:
            return left[task]
    # A task that was killed leaves no reason; what it pushed as soon as its job was accepted still tells of the money.
    made = ti.xcom_pull(task_ids=f"{group}.{clip.make}", map_indexes=index, default=None)
    if made:
        return because("not_archived")
    job = ti.xcom_pull(task_ids=f"{group}.{clip.make}", key=RECORD_KEY, map_indexes=index, default=None)
    if isinstance(job, Mapping) and job.get("video_id"):
        return because("stopped", video_id=job["video_id"])
    return because("not_made")
