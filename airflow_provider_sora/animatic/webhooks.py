"""Tells by a signed webhook that a job ended, as OpenAI's API did; faults can make it late, doubled, forged or lost."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
import uuid
from collections import deque
from datetime import UTC, datetime
from typing import Any

from airflow_provider_sora.animatic.aging import Job, age
from airflow_provider_sora.animatic.faults.book import FaultBook
from airflow_provider_sora.animatic.faults.rules import Rule
from airflow_provider_sora.animatic.jobs.store import Store
from airflow_provider_sora.animatic.settings import ServerSettings

_EVENTS = {"completed": "video.completed", "failed": "video.failed"}
#: Seconds between two looks at the jobs, and between two tries to deliver.
_LOOK, _PAUSE = 0.1, 1.0
_TRIES = 3


class Messenger:
    """Looks for jobs that ended, and sends their webhooks. ``log`` keeps the last deliveries for the control route."""

    def __init__(self, settings: ServerSettings, store: Store, faults: FaultBook) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._told: set[str] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self.log: deque[dict[str, Any]] = deque(maxlen=1000)

    async def run(self) -> None:
        """Until it is cancelled. What ended before it began is told to nobody."""
        self._ended()
        while True:
            await asyncio.sleep(_LOOK)
            for job, status in self._ended() if self._settings.webhook_url else ():
                task = asyncio.create_task(self._tell(job, status))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    def _ended(self) -> list[tuple[Job, str]]:
        """Jobs that ended since the last look."""
        now = time.time()
        found = []
        for job in self._store.jobs():
            if job.id not in self._told and (state := age(job, now)).final:
                self._told.add(job.id)
                found.append((job, state.status))
        return found

    async def _tell(self, job: Job, status: str) -> None:
        kind = _EVENTS.get(status)
        if kind is None:
            return
        struck = self._faults.take("webhook", f"{job.id} {job.prompt}", paid=False, among=self._faults.rules)
        rule = struck[0] if struck else None
        action = rule.action if rule else ""
        if action == "never":
            self._note(job, kind, None, None, rule)
            return
        if action == "late":
            await asyncio.sleep(float(rule.options.get("seconds", 5)) if rule else 0)
        number = f"evt_{uuid.uuid4().hex}"
        body = json.dumps(
            {"id": number, "object": "event", "created_at": int(time.time()), "type": kind, "data": {"id": job.id}}
        )
        for _ in range(2 if action == "twice" else 1):
            await self._deliver(job, kind, number, body, rule)

    async def _deliver(self, job: Job, kind: str, number: str, body: str, rule: Rule | None) -> None:
        """Send it, again where the receiver failed: on one that refuses, once."""
        import httpx

        for attempt in range(_TRIES):
            status: int | None = None
            try:
                async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                    answer = await client.post(
                        self._settings.webhook_url or "", content=body, headers=self._signed(number, body, rule)
                    )
                    status = answer.status_code
            except httpx.HTTPError:
                pass  # what is noted below: no status
            self._note(job, kind, number, status, rule)
            if status is not None and status < 500:
                return
            if attempt + 1 < _TRIES:
                await asyncio.sleep(_PAUSE)

    def _signed(self, number: str, body: str, rule: Rule | None) -> dict[str, str]:
        from standardwebhooks import Webhook

        now = time.time()
        secret = self._settings.webhook_secret
        if rule and rule.action == "stale":
            now -= float(rule.options.get("seconds", 600))
        if secret is None or (rule and rule.action == "forged"):
            secret = base64.b64encode(secrets.token_bytes(24)).decode()
        signature = Webhook(secret).sign(number, datetime.fromtimestamp(int(now), tz=UTC), body)
        return {
            "content-type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": signature,
        }

    def _note(self, job: Job, kind: str, number: str | None, status: int | None, rule: Rule | None) -> None:
        self.log.append(
            {
                "video_id": job.id,
                "type": kind,
                "webhook_id": number,
                "status": status,
                "fault": rule.action if rule else None,
                "at": time.time(),
            }
        )
