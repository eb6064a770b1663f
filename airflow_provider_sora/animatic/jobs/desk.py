"""Takes orders: turns a checked request into a billed job, and finds jobs again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow_provider_sora.animatic import errors
from airflow_provider_sora.animatic.aging import Age, Job, age
from airflow_provider_sora.animatic.dialects.base import Dialect
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.forms import Form
from airflow_provider_sora.animatic.jobs.store import Store
from airflow_provider_sora.animatic.jobs.studio import Studio
from airflow_provider_sora.animatic.renderer import scene as scenes
from airflow_provider_sora.animatic.settings import ServerSettings

MOST_EXTENSIONS = 6
LONGEST_FILM = 120


class Desk:
    """The one place where jobs are accepted. ``log`` keeps the last requests for the control route."""

    def __init__(self, settings: ServerSettings, dialect: Dialect, store: Store, studio: Studio) -> None:
        self.settings = settings
        self.dialect = dialect
        self.store = store
        self.studio = studio
        self.signed: dict[str, str] = {}
        self.keys_at_signed = 0
        self.port = settings.port
        self._secret = os.urandom(16)
        self.log: deque[dict[str, Any]] = deque(maxlen=1000)

    # -- finding

    def unknown(self, video_id: str, call: str) -> ApiError:
        """What this dialect says of an id it does not know."""
        say = self.dialect.unknown_id
        return errors.not_found(video_id) if say is None else say(video_id, call)

    def find(self, video_id: str, call: str = "get") -> tuple[Job, Age]:
        """A job and where it stands.

        :param call: ``content`` where a fetch finds an unknown id, which some servers answer differently.
        :raises ApiError: when there is none, as this dialect says it.
        """
        job = self.store.get(video_id)
        if job is None:
            raise self.unknown(video_id, call)
        return job, age(job, time.time())

    def sign(self, video_id: str) -> str:
        """The path of a bearer address for a video, as object stores hand them out: it needs no key."""
        token = hashlib.sha256(self._secret + video_id.encode()).hexdigest()[:32]
        self.signed[token] = video_id
        return f"{token}.mp4"

    def view(self, job: Job, *, listed: bool = False) -> dict[str, Any]:
        """The job object clients get."""
        prompt = not listed or self.settings.prompts_in_list
        return self.dialect.job_view(job, age(job, time.time()), prompt=prompt)

    def source(self, video_id: str) -> Job:
        """A finished job that can be remixed, edited or extended."""
        job, state = self.find(video_id)
        if state.status != "completed":
            raise ApiError(
                400,
                f"Video '{video_id}' is {state.status}; only a completed video can be changed.",
                param="video_id",
                code="video_not_completed",
            )
        return job

    # -- taking orders

    def repeated(self, call: str, form: Form, key: str | None) -> Job | None:
        """The job that the same Idempotency-Key made before, where the server honours it.

        :raises ApiError: 409 when the key came with another request.
        """
        if not key or not self.settings.honour_idempotency_key:
            return None
        job = self.store.by_idempotency_key(key)
        if job is None:
            return None
        if job.request_hash != fingerprint(call, form):
            raise ApiError(409, "This Idempotency-Key was used with another request.", code="idempotency_key_reused")
        self.store.counters["idempotent_replays"] += 1
        self.store.save_counters()
        return job

    def label(self, model: str, size: str, seconds: int) -> str:
        return f"{model[-40:]}  ·  {size.replace('x', '×')}  ·  {seconds} s"

    def accept(
        self,
        call: str,
        form: Form,
        scene: scenes.Scene,
        *,
        model: str,
        size: str,
        seconds: int,
        billed: int,
        parent_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        shapes: Sequence[Mapping[str, Any]] = (),
        film: Path | None = None,
        asked: str | None = None,
    ) -> Job:
        """Make the job: from here on it is billed.

        :param asked: the call as :meth:`repeated` is asked about it, where that says more than ``call``.
        :param film: the video that an extension goes on from.
        """
        key = uuid.uuid4().hex
        settings, dialect = self.settings, self.dialect
        job = Job(
            id=dialect.new_id(key, model),
            key=key,
            call=call,
            model=model,
            prompt=str(form.fields.get("prompt", "")),
            size=size,
            seconds=seconds,
            billed_seconds=billed,
            created_at=time.time(),
            queue_seconds=0.0 if dialect.inline else settings.queue_seconds,
            render_seconds=settings.render_seconds,
            ttl=dialect.ttl if settings.ttl is None else settings.ttl,
            parent_id=parent_id,
            scene=scene.as_json(),
            extra=dict(extra or {}),
            needs_render=settings.render == "eager",
            idempotency_key=idempotency_key if settings.honour_idempotency_key else None,
            request_hash=fingerprint(asked or call, form),
        )
        if film is not None:
            name = f"{key}.source.mp4"
            os.link(film, self.store.media / name)
            job.extra["source"] = f"media/{name}"
        for shape in shapes:
            apply_shape(job, shape)
        self.store.add(job)
        if job.needs_render:
            self.studio.schedule(job)
        return job

    async def film_of(self, job: Job) -> Path:
        """The rendered video of a finished job."""
        await self.studio.ensure(job)
        return self.store.video_path(job)

    def check_extension(self, parent: Job, seconds: int) -> None:
        """:raises ApiError: when the film would get too long or was extended too often."""
        times = parent.extra.get("extensions", 0)
        if times >= MOST_EXTENSIONS:
            raise ApiError(400, f"A video can be extended at most {MOST_EXTENSIONS} times.", param="video")
        if parent.seconds + seconds > LONGEST_FILM:
            raise ApiError(400, f"An extended video can be at most {LONGEST_FILM} seconds long.", param="seconds")

    async def finished(self, job: Job) -> None:
        """Wait until a job is final, for servers that answer a create with the finished video."""
        while not age(job, time.time()).final:
            await asyncio.sleep(0.05)
        if job.failure is None:
            await self.studio.ensure(job)


def fingerprint(call: str, form: Form) -> str:
    """What makes two requests the same for an Idempotency-Key."""
    files = {name: hashlib.sha256(part.data).hexdigest() for name, part in form.files.items()}
    text = json.dumps([call, form.fields, files], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def apply_shape(job: Job, shape: Mapping[str, Any]) -> None:
    """Let a fault rule decide the fate of a job that is being accepted."""
    action = shape["action"]
    if action == "fail_job":
        job.failure = dict(shape["error"])
        job.failure_status = int(shape.get("status", 500))
        job.fail_at = float(shape.get("at", 0.5))
    elif action == "stuck":
        job.stuck = True
    elif action == "expire":
        job.lapsed = True
    elif action == "pad":
        job.extra["pad"] = int(shape["bytes"])
    elif action == "pace":
        job.queue_seconds = float(shape.get("queue_seconds", job.queue_seconds))
        job.render_seconds = float(shape.get("render_seconds", job.render_seconds))
