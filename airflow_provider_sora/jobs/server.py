"""The parts of the hook that paying once needs: a real one, or a test's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from airflow_provider_sora.protocol.answers.job import JobPage, VideoJob
from airflow_provider_sora.protocol.submission import Submission


class AskedServer(Protocol):
    """What attaching needs."""

    def get_video(self, video_id: str) -> VideoJob: ...


class ListingServer(Protocol):
    """What a search needs."""

    @property
    def clock_offset(self) -> float | None: ...

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage: ...


class PayingServer(ListingServer, AskedServer, Protocol):
    """What submitting needs."""

    @property
    def base_url(self) -> str: ...

    @property
    def server_name(self) -> str: ...

    def submit(
        self, submission: Submission, *, idempotency_key: str, before: Callable[[], None] | None = None
    ) -> VideoJob: ...


class Purse:
    """What a deployment may spend, beside a task's own limit; this one is open."""

    def take(self, idempotency_key: str) -> None:
        """Before anything of the request with that key is written or sent; raises where there is no room for it."""

    def give_back(self, idempotency_key: str) -> None:
        """That request was refused for certain. Never raises: what is not given back stays counted."""


NO_PURSE = Purse()
