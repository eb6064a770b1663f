"""Jobs, uploads and counters in a folder: a job is one file, replaced atomically, so a killed server loses none."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow_provider_sora.animatic.aging import Job

#: Counters that a client's owner would see on the bill or in the server's log.
COUNTERS = ("paid_posts", "paid_submits", "rendered", "billed_seconds", "idempotent_replays", "deleted", "downloads")


def write_json(path: Path, value: object) -> None:
    """Replace a file as a whole, so that no reader and no restart ever meets half of it."""
    spare = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    spare.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    os.replace(spare, path)


class Store:
    """All that the server remembers.

    :param root: the folder; made if missing.
    :param keep_jobs: False forgets the jobs of an earlier start, as servers do that keep jobs in memory; the
        counters stay either way, since they count money.
    """

    def __init__(self, root: Path, *, keep_jobs: bool = True) -> None:
        self.root = root
        self.media = root / "media"
        self.uploads = root / "uploads"
        self._jobs_dir = root / "jobs"
        self._records_dir = root / "records"
        for folder in (self.media, self.uploads, self._jobs_dir, self._records_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self._jobs: dict[str, Job] = {}
        self._by_idempotency_key: dict[str, str] = {}
        self.counters: Counter[str] = Counter()
        self.posts_by_path: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._load(keep_jobs)

    def _load(self, keep_jobs: bool) -> None:
        counters = self.root / "counters.json"
        if counters.exists():
            saved = json.loads(counters.read_text(encoding="utf-8"))
            self.counters.update(saved.get("counters", {}))
            self.posts_by_path.update(saved.get("posts_by_path", {}))
            self.calls.update(saved.get("calls", {}))
        if not keep_jobs:
            self._forget_files()
            return
        found = [json.loads(path.read_text(encoding="utf-8")) for path in self._jobs_dir.glob("*.json")]
        for values in sorted(found, key=lambda v: v["created_at"]):
            self._remember(Job.from_json(values))

    def _forget_files(self) -> None:
        for folder in (self._jobs_dir, self.media, self.uploads, self._records_dir):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        if job.idempotency_key:
            self._by_idempotency_key[job.idempotency_key] = job.id

    # -- jobs

    def add(self, job: Job) -> None:
        """Keep a newly accepted job and count it as billed."""
        self._remember(job)
        self.save(job)
        self.counters["paid_submits"] += 1
        self.counters["billed_seconds"] += job.billed_seconds
        self.save_counters()

    def save(self, job: Job) -> None:
        if job.id in self._jobs:
            write_json(self._jobs_dir / f"{job.key}.json", job.as_json())

    def get(self, video_id: str) -> Job | None:
        return self._jobs.get(video_id)

    def by_idempotency_key(self, key: str) -> Job | None:
        video_id = self._by_idempotency_key.get(key)
        return self._jobs.get(video_id) if video_id else None

    def jobs(self) -> Iterator[Job]:
        """All jobs, oldest first."""
        return iter(list(self._jobs.values()))

    def remove(self, job: Job, *, keep_files: bool = False) -> None:
        """Forget a job and, unless told otherwise, its files; what it cost stays counted."""
        self._jobs.pop(job.id, None)
        (self._jobs_dir / f"{job.key}.json").unlink(missing_ok=True)
        for path in () if keep_files else self.media.glob(f"{job.key}.*"):
            path.unlink(missing_ok=True)
        picture = job.scene.get("picture")
        if picture and not keep_files and all(other.scene.get("picture") != picture for other in self.jobs()):
            (self.uploads / picture).unlink(missing_ok=True)
        self.counters["deleted"] += 1
        self.save_counters()

    def reset(self) -> None:
        """Forget everything, counters too."""
        for job in self._jobs.values():
            job.gone = True
        self._jobs.clear()
        self._by_idempotency_key.clear()
        self.counters.clear()
        self.posts_by_path.clear()
        self.calls.clear()
        self._forget_files()
        self.save_counters()

    # -- files

    def video_path(self, job: Job) -> Path:
        return self.media / f"{job.key}.mp4"

    def still_path(self, job: Job, variant: str) -> Path:
        return self.media / f"{job.key}.{'thumbnail.webp' if variant == 'thumbnail' else 'spritesheet.jpg'}"

    def keep_upload(self, data: bytes, suffix: str) -> str:
        """Store a picture or a video that came with a request; returns its file name."""
        name = f"{uuid.uuid4().hex}{suffix}"
        (self.uploads / name).write_bytes(data)
        return name

    def put_record(self, kind: str, record_id: str, value: dict[str, Any]) -> None:
        """Keep a small object that is no job: a character, an uploaded file."""
        write_json(self._records_dir / f"{kind}-{record_id}.json", value)

    def get_record(self, kind: str, record_id: str) -> dict[str, Any] | None:
        if not record_id.replace("_", "").replace("-", "").isalnum():
            return None
        path = self._records_dir / f"{kind}-{record_id}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    # -- counters

    def count_post(self, path: str) -> None:
        """Count a paid POST as soon as it arrives, whatever becomes of it."""
        self.counters["paid_posts"] += 1
        self.posts_by_path[path] += 1
        self.save_counters()

    def save_counters(self) -> None:
        write_json(
            self.root / "counters.json",
            {"counters": self.counters, "posts_by_path": self.posts_by_path, "calls": self.calls},
        )

    def stats(self) -> dict[str, Any]:
        return {
            **{name: self.counters.get(name, 0) for name in COUNTERS},
            "posts_by_path": dict(self.posts_by_path),
            "calls": dict(self.calls),
            "jobs": len(self._jobs),
        }
