"""What a run tells of itself in numbers: what its report returns, its notice says and a dry run's page shows (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.runs.items import Choice, total
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.reporting.outcome import ARCHIVED, FAILED, UNCHANGED, Outcome


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers; money in USD, None where a price is unknown.

    :param items: that were chosen; ``archived``, ``failed`` and ``skipped`` (left out or unchanged) likewise.
    :param clips: that lie in the archive now; ``cost_usd``: of these.
    :param submitted: jobs, those that failed and those of retries among them.
    :param index: address of the run's page, and ``review``: how many of its clips were decided how, once it is
        written; a dry run has nothing to review.
    """

    dag_id: str
    run_id: str
    date: str
    dry_run: bool
    items: int
    archived: int
    failed: int
    skipped: int
    clips: int
    cost_usd: float | None
    submitted: int
    submitted_usd: float | None
    estimated_usd: float | None
    index: str | None = None
    review: Mapping[str, int] | None = None

    @classmethod
    def of(cls, run: PlannedRun, choice: Choice, items: Sequence[Outcome]) -> Summary:
        made = [clip.made for item in items for clip in item.clips if clip.made]
        unchanged = sum(item.status == UNCHANGED for item in items)
        return cls(
            dag_id=run.dag_id,
            run_id=run.run_id,
            date=run.paths.date,
            dry_run=run.dry_run,
            items=len(items),
            archived=sum(item.status == ARCHIVED for item in items),
            failed=sum(item.status == FAILED for item in items),
            skipped=len(choice.skipped) + unchanged,
            clips=len(made),
            cost_usd=total(clip.cost_estimate_usd for clip in made),
            submitted=sum(item.submitted for item in items),
            submitted_usd=total(item.submitted_usd for item in items if item.submitted),
            estimated_usd=choice.estimated_usd,
        )

    def to_json(self) -> dict[str, Any]:
        late = ("index", "review")
        return {name: value for name, value in asdict(self).items() if value is not None or name not in late}
