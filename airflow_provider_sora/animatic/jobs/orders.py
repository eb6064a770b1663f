"""From a paid request to an accepted job: create, remix, edit, extend."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import Request

from airflow_provider_sora.animatic.aging import Job
from airflow_provider_sora.animatic.errors import ApiError, invalid_type, missing
from airflow_provider_sora.animatic.forms import Form, read_form
from airflow_provider_sora.animatic.jobs.desk import LONGEST_FILM, Desk
from airflow_provider_sora.animatic.jobs.pictures import reference
from airflow_provider_sora.animatic.renderer import scene as scenes
from airflow_provider_sora.animatic.validate import (
    CHANGE_FIELDS,
    model_of,
    prompt_of,
    read_create,
    refuse_unknown,
    seconds_of,
)


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
        asked.caption or asked.prompt,
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
    asked = f"{call}:{video_id}"
    if (first := desk.repeated(asked, form, key_of(request))) is not None:
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
        asked=asked,
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
        asked=f"{call}:None",  # no id in the path
    )
