"""The paid calls and the job objects: create, remix, edit, extend, retrieve, list, delete."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from airflow_provider_sora.animatic.aging import Job
from airflow_provider_sora.animatic.desk import LONGEST_FILM, Desk
from airflow_provider_sora.animatic.errors import ApiError, invalid_type, missing
from airflow_provider_sora.animatic.forms import Form, read_form
from airflow_provider_sora.animatic.pictures import reference
from airflow_provider_sora.animatic.renderer import scene as scenes
from airflow_provider_sora.animatic.validate import (
    CHANGE_FIELDS,
    model_of,
    prompt_of,
    read_create,
    refuse_unknown,
    seconds_of,
)

Handler = Callable[..., Awaitable[Response]]


def key_of(request: Request) -> str | None:
    return request.headers.get("idempotency-key")


def shapes_of(request: Request) -> list[dict[str, Any]]:
    """What fault rules have in store for the job this request makes."""
    found: list[dict[str, Any]] = request.scope.get("animatic.shapes", [])
    return found


async def checked_form(request: Request, desk: Desk) -> Form:
    """The body, in an encoding that this server takes."""
    form = await read_form(request)
    if form.encoding not in desk.dialect.encodings and form.encoding != "urlencoded":
        raise (desk.dialect.wrong_encoding or _original_wrong_encoding)(form.encoding)
    return form


def _original_wrong_encoding(encoding: str) -> ApiError:
    return ApiError(
        400,
        "Unsupported content type: expected application/json or multipart/form-data.",
        code="unsupported_content_type",
    )


async def create_job(request: Request, desk: Desk) -> Job:
    """Check a create request and accept it."""
    form = await checked_form(request, desk)
    asked = read_create(form, desk.settings, desk.dialect)
    if (first := desk.repeated("create", form, key_of(request))) is not None:
        return first
    picture = await asyncio.to_thread(reference, form, asked.size, desk.settings, desk.dialect, desk.store)
    cast = _characters(form, desk)
    scene = scenes.read_prompt(
        asked.prompt,
        size=asked.size,
        seconds=asked.seconds,
        fps=desk.settings.fps,
        picture=picture,
        label=desk.label(asked.model, asked.size, asked.seconds),
        cast=cast,
    )
    return desk.accept(
        "create",
        form,
        scene,
        model=asked.model,
        size=asked.size,
        seconds=asked.seconds,
        billed=asked.seconds,
        extra=asked.extra,
        idempotency_key=key_of(request),
        shapes=shapes_of(request),
    )


def _characters(form: Form, desk: Desk) -> tuple[str, ...]:
    """Names of the characters asked for."""
    wanted = form.fields.get("characters")
    if wanted is None:
        return ()
    if isinstance(wanted, str):
        try:
            wanted = json.loads(wanted)
        except ValueError as error:
            raise invalid_type("characters", "an array", wanted) from error
    if not isinstance(wanted, list):
        raise invalid_type("characters", "an array", wanted)
    if len(wanted) > 2:
        raise ApiError(
            400, "At most 2 characters can be used in a video.", param="characters", code="array_above_max_length"
        )
    names = []
    for entry in wanted:
        found = desk.store.get_record("character", str(entry.get("id"))) if isinstance(entry, dict) else None
        if found is None:
            raise ApiError(404, "Character not found.", param="characters", code="character_not_found")
        names.append(str(found["name"]))
    return tuple(names)


async def change_job(request: Request, desk: Desk, call: str, video_id: str | None = None) -> Job:
    """Check a remix, an edit or an extension and accept it."""
    form = await checked_form(request, desk)
    if not desk.dialect.any_extra:
        refuse_unknown(form, CHANGE_FIELDS[call], desk.settings)
    prompt = prompt_of(form)
    seconds = 0
    if call == "extend":
        if form.fields.get("seconds") is None:
            raise missing("seconds")
        seconds = seconds_of(form.fields["seconds"], desk.dialect)
    if (first := desk.repeated(f"{call}:{video_id}", form, key_of(request))) is not None:
        return first
    if "video" in form.files:
        return await _change_upload(request, desk, call, form, prompt, seconds)
    parent = desk.source(video_id or _video_id(form))
    before = scenes.Scene.from_json(parent.scene)
    film: Path | None = None
    if call == "extend":
        desk.check_extension(parent, seconds)
        film = await desk.film_of(parent)
        total = parent.seconds + seconds
        label = desk.label(parent.model, parent.size, total)
        scene = scenes.follow(before, prompt, seconds=seconds, start=parent.seconds, label=label)
        extra = {**parent.extra, "extensions": parent.extra.get("extensions", 0) + 1}
    else:
        total = parent.seconds
        scene = scenes.change(before, prompt, label=desk.label(parent.model, parent.size, total))
        extra = dict(parent.extra)
        if extra.pop("source", None):
            extra.pop("extensions", None)
            scene = scenes.whole(scene, total)
    return desk.accept(
        call,
        form,
        scene,
        model=parent.model,
        size=parent.size,
        seconds=total,
        billed=seconds or total,
        parent_id=parent.id,
        extra=extra,
        idempotency_key=key_of(request),
        shapes=shapes_of(request),
        film=film,
    )


def _video_id(form: Form) -> str:
    """The id in the ``video`` field: an object, or the same as JSON text in a form."""
    value = form.fields.get("video")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise invalid_type("video", "an object with 'id'", value) from error
    if value is None:
        raise missing("video")
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise invalid_type("video", "an object with 'id'", value)
    return str(value["id"])


async def _change_upload(request: Request, desk: Desk, call: str, form: Form, prompt: str, seconds: int) -> Job:
    """Edit or extend a video of the client's own."""
    name = desk.store.keep_upload(form.files["video"].data, ".mp4")
    path = desk.store.uploads / name
    try:
        width, height, length = await desk.studio.probe(path)
    except ValueError as error:
        path.unlink()
        raise ApiError(400, f"Invalid video: {error}.", param="video", code="invalid_video") from error
    size = f"{width // 2 * 2}x{height // 2 * 2}"
    whole = max(1, round(length))
    if whole + seconds > LONGEST_FILM:
        raise ApiError(400, f"A video can be at most {LONGEST_FILM} seconds long.", param="video")
    model = model_of(form, desk.settings, desk.dialect)
    scene = scenes.read_prompt(prompt, size=size, seconds=whole, fps=desk.settings.fps)
    extra: dict[str, Any] = {"upload": name}
    total = whole
    if call == "extend":
        total = whole + seconds
        scene = scenes.follow(scene, prompt, seconds=seconds, start=whole)
        extra["extensions"] = 1
    scene = replace(scene, label=desk.label(model, size, total))
    return desk.accept(
        call,
        form,
        scene,
        model=model,
        size=size,
        seconds=total,
        billed=seconds or total,
        extra=extra,
        idempotency_key=key_of(request),
        shapes=shapes_of(request),
    )


def page_of(request: Request, desk: Desk) -> dict[str, Any]:
    """One page of the list, as asked by ``limit``, ``order`` and ``after``."""
    default, smallest, largest = desk.dialect.list_rule
    limit = _limit(request.query_params.get("limit"), default, smallest, largest)
    order = request.query_params.get("order", "desc")
    if order not in ("asc", "desc"):
        raise ApiError(400, f"Invalid value: '{order}'. Supported values are: 'asc' and 'desc'.", param="order")
    jobs = list(desk.store.jobs())
    if order == "desc":
        jobs.reverse()
    if after := request.query_params.get("after"):
        places = [index for index, job in enumerate(jobs) if job.id == after]
        if not places and desk.dialect.unknown_after == "refuse":
            raise ApiError(404, f"No video with id '{after}' to list after.", param="after", code="video_not_found")
        jobs = jobs[places[0] + 1 :] if places else []
    page = jobs if limit is None else jobs[:limit]
    return {
        "object": "list",
        "data": [desk.view(job, listed=True) for job in page],
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
        "has_more": limit is not None and len(jobs) > limit,
    }


def _limit(text: str | None, default: int | None, smallest: int, largest: int) -> int | None:
    if text is None:
        return default
    if not text.isdigit() or not smallest <= int(text) <= largest:
        raise ApiError(
            400, f"Invalid 'limit': expected a value from {smallest} to {largest}, got '{text}'.", param="limit"
        )
    return int(text)


def delete_job(desk: Desk, video_id: str) -> JSONResponse:
    """Forget a job as the dialect does."""
    job, state = desk.find(video_id)
    rule = desk.dialect.delete_rule
    if rule == "final" and not state.final:
        raise ApiError(
            400,
            f"Video '{video_id}' is {state.status}; only a completed or failed video can be deleted.",
            param="video_id",
            code="video_not_final",
        )
    if rule != "record":
        desk.studio.forget(job)
    view = desk.view(job)
    desk.store.remove(job)
    if rule == "record":
        return JSONResponse({**view, "status": "deleted"})
    return JSONResponse({"id": job.id, "deleted": True, "object": "video.deleted"})


def job_answer(desk: Desk, job: Job, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """A job object; a failed one carries its failure's HTTP status where the dialect does that."""
    view = desk.view(job)
    failed = desk.dialect.failed_as_error and view.get("status") == "failed"
    return JSONResponse(view, job.failure_status if failed else 200, headers=headers)


def router(desk: Desk) -> APIRouter:
    """The routes this dialect has."""
    routes = APIRouter()
    calls = desk.dialect.calls

    async def create(request: Request) -> Response:
        """Create a video."""
        job = await create_job(request, desk)
        if desk.dialect.create_answer is None:
            return job_answer(desk, job)
        if desk.dialect.inline:
            await desk.finished(job)
        body, headers = desk.dialect.create_answer(job, desk.view(job), desk.store.video_path(job))
        return JSONResponse(body, headers=headers)

    async def retrieve(video_id: str) -> Response:
        """Retrieve a video."""
        return job_answer(desk, desk.find(video_id)[0])

    async def listing(request: Request) -> Response:
        """List videos."""
        if desk.dialect.check_list is not None:
            desk.dialect.check_list(request)
        return JSONResponse(page_of(request, desk))

    async def delete(video_id: str) -> Response:
        """Delete a video."""
        return delete_job(desk, video_id)

    async def remix(video_id: str, request: Request) -> Response:
        """Remix a video."""
        return job_answer(desk, await change_job(request, desk, "remix", video_id))

    async def edit(request: Request) -> Response:
        """Edit a video."""
        return job_answer(desk, await change_job(request, desk, "edit"))

    async def extend(request: Request) -> Response:
        """Extend a video."""
        return job_answer(desk, await change_job(request, desk, "extend"))

    table: list[tuple[str, str, str, Handler]] = [
        ("create", "POST", "/videos", create),
        ("list", "GET", "/videos", listing),
        ("edit", "POST", "/videos/edits", edit),
        ("extend", "POST", "/videos/extensions", extend),
        ("remix", "POST", "/videos/{video_id}/remix", remix),
        ("get", "GET", "/videos/{video_id}", retrieve),
        ("delete", "DELETE", "/videos/{video_id}", delete),
    ]
    for prefix in desk.dialect.prefixes:
        for call, method, path, handler in table:
            if call in calls:
                routes.add_api_route(prefix + path, handler, methods=[method], name=call, tags=["videos"])
    return routes
