"""Finished videos and their stills, characters, files and models."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.errors import ApiError, invalid_value, missing
from airflow_provider_sora.animatic.forms import read_form
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.validate import models_of

VARIANTS = ("video", "thumbnail", "spritesheet")
TYPES = {"video": "video/mp4", "thumbnail": "image/webp", "spritesheet": "image/jpeg"}
LONGEST_NAME = 80


def _ready(desk: Desk, job: Job, state: Age) -> None:
    """:raises ApiError: when the job has nothing to fetch, or no longer."""
    dialect = desk.dialect
    if state.status == "failed":
        reason = (job.failure or {}).get("message", "")
        raise ApiError(
            dialect.failed_content, f"Video '{job.id}' failed: {reason}", param="video_id", code="video_failed"
        )
    if state.status != "completed":
        raise ApiError(
            dialect.not_ready,
            f"Video '{job.id}' is not ready yet: its status is {state.status}.",
            param="video_id",
            code="video_not_ready",
        )
    if state.content_lapsed(time.time()):
        raise ApiError(
            404, f"The content of video '{job.id}' has expired.", param="video_id", code="video_content_expired"
        )


def variant_of(desk: Desk, request: Request) -> str:
    """Which asset is asked for, in the dialect's reading."""
    value = request.query_params.get("variant")
    rule = desk.dialect.variants
    if rule == "ignored" or value is None:
        return "video"
    if rule == "index":
        if value != "0":
            raise ApiError(404, f"Variant '{value}' not found", param="variant")
        return "video"
    if value not in VARIANTS:
        raise invalid_value("variant", value, VARIANTS)
    return value


def send_file(request: Request, path: Path, media_type: str, *, ranges: bool, name: str) -> Response:
    """A file, with ETag, Range and If-Range unless the dialect has none of them."""
    if not ranges:
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(path.read_bytes(), media_type=media_type, headers=headers)
    etag = f'"{path.name.split(".")[0]}-{path.stat().st_size:x}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return FileResponse(path, media_type=media_type, headers={"etag": etag, "accept-ranges": "bytes"})


class ContentRoutes:
    """The handlers, bound to one server."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def content(self, video_id: str, request: Request) -> Response:
        """Download a video, its thumbnail or its spritesheet."""
        job, state = self.desk.find(video_id, "content")
        _ready(self.desk, job, state)
        variant = variant_of(self.desk, request)
        path = await self.desk.film_of(job)
        if variant != "video":
            path = await self.desk.studio.still(job, variant)
        self.desk.store.counters["downloads"] += 1
        name = f"video_{job.id}.mp4"
        return send_file(request, path, TYPES[variant], ranges=self.desk.dialect.ranges, name=name)

    async def make_character(self, request: Request) -> Response:
        """Create a character."""
        form = await read_form(request)
        name, video = form.text("name"), form.files.get("video")
        if name is None:
            raise missing("name")
        if len(name) > LONGEST_NAME:
            raise ApiError(400, f"Invalid 'name': string too long, at most {LONGEST_NAME} characters.", param="name")
        if video is None:
            raise missing("video")
        stored = self.desk.store.keep_upload(video.data, ".mp4")
        try:
            await self.desk.studio.probe(self.desk.store.uploads / stored)
        except ValueError as error:
            raise ApiError(400, f"Invalid video: {error}.", param="video", code="invalid_video") from error
        record = {"id": f"char_{uuid.uuid4().hex}", "name": name, "created_at": int(time.time())}
        self.desk.store.put_record("character", record["id"], record)  # type: ignore[arg-type]
        return JSONResponse(record)

    async def get_character(self, character_id: str) -> Response:
        """Get a character."""
        record = self.desk.store.get_record("character", character_id)
        if record is None:
            raise ApiError(404, f"Character with id '{character_id}' not found.", param="character_id")
        return JSONResponse(record)

    async def keep_file(self, request: Request) -> Response:
        """Upload a file, to be named as ``file_id``."""
        form = await read_form(request)
        upload = form.files.get("file")
        if upload is None:
            raise missing("file")
        suffix = Path(upload.name).suffix.lower()
        name = self.desk.store.keep_upload(upload.data, suffix if suffix.isascii() and suffix[1:].isalnum() else ".bin")
        record = {"id": f"file-{uuid.uuid4().hex[:24]}", "name": name}
        self.desk.store.put_record("file", record["id"], record)
        return JSONResponse(
            {
                "id": record["id"],
                "object": "file",
                "bytes": len(upload.data),
                "created_at": int(time.time()),
                "filename": upload.name,
                "purpose": form.text("purpose") or "user_data",
            }
        )

    async def models(self) -> Response:
        """List models."""
        return JSONResponse(self.desk.dialect.models_view(models_of(self.desk.settings, self.desk.dialect)))

    def table(self) -> list[tuple[str, str, str, Callable[..., Awaitable[Response]]]]:
        """Call, method, path and handler of each route."""
        return [
            ("content", "GET", "/videos/{video_id}/content", self.content),
            ("character_create", "POST", "/videos/characters", self.make_character),
            ("character_get", "GET", "/videos/characters/{character_id}", self.get_character),
            ("files", "POST", "/files", self.keep_file),
            ("models", "GET", "/models", self.models),
        ]


def router(desk: Desk) -> APIRouter:
    """The routes this dialect has."""
    routes = APIRouter()
    for prefix in desk.dialect.prefixes:
        for call, method, path, handler in ContentRoutes(desk).table():
            if call in desk.dialect.calls:
                routes.add_api_route(prefix + path, handler, methods=[method], name=call)
    return routes
