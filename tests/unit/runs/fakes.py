"""What the index task of a run sees: the XComs of its group, and clips that really lie in the archive."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.reporting.outcome import Clip
from airflow_provider_sora.runs.reporting.report import report
from airflow_provider_sora.words.left_out import LeftOut
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

CLIPS = (Clip("insert", "prompt", "create", "archive"), Clip("remix", "remix_prompt", "remix", "archive_remix"))


class FakeTi:
    """XComs of a finished group, by task, map index and key."""

    dag_id, run_id, map_index = "shop", "r", -1

    def __init__(self, task_id: str = "index") -> None:
        self.task_id = task_id
        self.kept: dict[tuple[str, int, str], Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.kept[(self.task_id, 0, key)] = value

    def xcom_pull(self, task_ids: str, map_indexes: Any = -1, key: str = "return_value", default: Any = None) -> Any:
        if isinstance(map_indexes, int):
            return self.kept.get((task_ids, map_indexes, key), default)
        return [self.kept.get((task_ids, index, key), default) for index in map_indexes]


class Group:
    """A run whose group has ended; each clip costs 40 cents."""

    def __init__(self, run: PlannedRun) -> None:
        self.run, self.ti = run, FakeTi()
        self.items: list[dict[str, Any]] = []

    def plan(self, key: str, title: str = "", *, remix: bool = True, **labels: str) -> int:
        """An item of ``inputs.json``; returns its map index."""
        about = {"key": key, "title": title or key, "link": None, "language": "ja"}
        clip = {
            "prompt": f"shot of {title or key}",
            "remix_prompt": "colder" if remix else "",
            "labels": {"guid": key, "title": title or key, **labels},
            "destination": self.run.paths.item(title or key),
        }
        self.items.append({"key": key, "about": about, "estimated_usd": 0.8 if remix else 0.4, "clip": clip})
        return len(self.items) - 1

    def archive(self, index: int, task: str = "archive", parent: str | None = None) -> str:
        """Archive a clip of an item; returns its video id."""
        clip = self.items[index]["clip"]
        video_id = f"{task}-{self.run.run_id}-{index}"
        record = VideoRecord(
            video_id,
            parent_id=parent,
            base_url="http://h/v1",
            status="completed",
            requested={"prompt": clip["prompt"], "model": "sora-2", "call": "remix" if parent else "create"},
            labels=clip["labels"],
            cost_estimate_usd=0.4,
            completed_at=self.run.paths.moment.isoformat(),
        )
        done = archive_video(MemorySource(sample_mp4()), record, destination=clip["destination"])
        self.ti.kept[(f"g.{task}", index, "return_value")] = done.record.to_xcom()
        self.claim(index, {"archive": "create", "archive_remix": "remix"}[task])
        return video_id

    def make(self, key: str, title: str = "", **labels: str) -> None:
        """Plan an item, and archive its insert and its remix."""
        index = self.plan(key, title, **labels)
        self.archive(index, "archive_remix", parent=self.archive(index))

    def fail(self, index: int, task: str, **reason: Any) -> None:
        self.ti.kept[(f"g.{task}", index, "failure")] = {"status": "failed", "reason": "VideoFailedError: no", **reason}

    def claim(self, index: int, task: str, ordinal: int = 1, phase: str = "submitted") -> None:
        self.ti.kept[(f"g.{task}", index, "sora_claim")] = {"ordinal": ordinal, "phase": phase}

    def finish(self, monkeypatch: Any, skipped: Any = (), *, keep: bool = True) -> dict[str, Any]:
        """What the index task does; :raises AirflowFailException: as it does."""
        if keep:
            self.run.keep(
                [PlannedItem.from_json(item) for item in self.items], [LeftOut.from_json(entry) for entry in skipped]
            )
        monkeypatch.setattr(PlannedRun, "of", classmethod(lambda cls, context: self.run))
        return report(self.context(), group="g", clips=CLIPS)

    def context(self, **more: Any) -> dict[str, Any]:
        return {"ti": self.ti, "params": self.run.params, "dag_run": SimpleNamespace(dag_id="desk"), **more}
