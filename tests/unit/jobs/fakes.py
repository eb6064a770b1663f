"""A server and a state store in memory, which count what is asked of them and fail as told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from airflow_provider_sora.exceptions import SoraError, VideoNotFoundError
from airflow_provider_sora.jobs.ledger import Entry, Ledger
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.request_digest import Scope
from airflow_provider_sora.jobs.settling.moved import Neighbours
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.protocol.answers.job import JobPage, JobStatus, VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

URL = "http://server/v1"


class Died(BaseException):
    """The process is killed here."""


class Store:
    """A task state store that holds only what survives JSON, as the real one does."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.fail_get: Exception | None = None
        self.fail_set: Exception | None = None
        self.die_at_set: int | None = None
        self.sets = 0

    def get(self, key: str, default: Any = None) -> Any:
        if self.fail_get:
            raise self.fail_get
        return json.loads(self.values[key]) if key in self.values else default

    def set(self, key: str, value: Any) -> None:
        self.sets += 1
        if self.die_at_set == self.sets:
            raise Died
        if self.fail_set:
            raise self.fail_set
        self.values[key] = json.dumps(value)
        assert self.get(key) == value, "the real one takes JSON values only"


class Server:
    """Counts paid requests; ``answers`` are errors to raise, before or after the job is really made."""

    base_url = URL
    server_name = "Test server"
    clock_offset = 0.0

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.jobs: dict[str, VideoJob] = {}
        self.posts: list[str] = []
        self.lose_answer: list[BaseException] = []
        self.refuse: list[BaseException] = []
        self.list_error: SoraError | None = None

    def submit(
        self, submission: Submission, *, idempotency_key: str, before: Callable[[], None] | None = None
    ) -> VideoJob:
        if before is not None:
            before()
        self.posts.append(idempotency_key)
        if self.refuse:
            raise self.refuse.pop(0)
        job = self.make(submission)
        if self.lose_answer:
            raise self.lose_answer.pop(0)
        return job

    def make(self, submission: Submission) -> VideoJob:
        job = VideoJob(
            id=f"video_{len(self.jobs) + 1}",
            status=JobStatus.QUEUED,
            prompt=submission.prompt,
            model=submission.model,
            size=submission.size,
            seconds=submission.seconds,
            created_at=float(int(self.clock.time)),
        )
        self.jobs[job.id] = job
        return job

    def end(self, video_id: str, status: JobStatus, error: Any = None) -> None:
        from dataclasses import replace

        self.jobs[video_id] = replace(self.jobs[video_id], status=status, error=error)

    def get_video(self, video_id: str) -> VideoJob:
        if video_id not in self.jobs:
            raise VideoNotFoundError("unknown id", video_id=video_id)
        return self.jobs[video_id]

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage:
        if self.list_error:
            raise self.list_error
        return JobPage(tuple(reversed(self.jobs.values())))


class Clock:
    def __init__(self, time: float = 1_000_000.7) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Desk:
    """One task instance over several tries."""

    def __init__(self, **choices: Any) -> None:
        self.clock = Clock()
        self.server = Server(self.clock)
        self.store: Store | None = Store()
        self.choices = choices
        self.claims: list[dict[str, Any]] = []
        self.neighbours: Callable[[], Neighbours] | None = None
        self.item_key: str | None = None
        self.scope = Scope("dag", "run", "task")
        self.siblings = Siblings()
        self.try_number = 0
        self.max_tries = 2
        self.lists_prompts = True
        self.honours_key = False
        self.destination: str | None = None

    def attempt(self, submission: Submission) -> tuple[VideoJob, Entry]:
        self.try_number += 1
        return Submitter(
            server=self.server,
            sora_conn_id="sora_default",
            ledger=Ledger(self.store),
            scope=self.scope,
            choices=Choices(**self.choices),
            try_number=self.try_number,
            max_tries=self.max_tries,
            announce=self.claims.append,
            siblings=lambda entry: self.siblings,
            neighbours=self.neighbours,
            item_key=self.item_key,
            lists_prompts=self.lists_prompts,
            honours_key=self.honours_key,
            request_timeout=60.0,
            cost="$0.40",
            destination=self.destination,
            now=self.clock.now,
            sleep=self.clock.sleep,
        ).obtain(submission)

    def clear(self) -> None:
        """What a user's clear does to a finished task: more tries than were recorded."""
        self.max_tries = self.try_number + 2


def create(prompt: str = "a mug on a table", **fields: Any) -> Submission:
    return Submission(kind=SubmitKind.CREATE, prompt=prompt, model="sora-2", seconds=4, size="1280x720", **fields)
