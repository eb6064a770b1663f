"""What one kind of server takes, offers and says, as data; the few oddities that need code are its functions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.errors import ApiError, envelope

#: Field of a create: what the picture shows in place of the prompt, for prompts that are made of private data.
CAPTION = "animatic_caption"
SORA_SIZES = ("720x1280", "1280x720")
PRO_SIZES = (*SORA_SIZES, "1024x1792", "1792x1024", "1080x1920", "1920x1080")
ORIGINAL_MODELS: Mapping[str, tuple[str, ...]] = {
    "sora-2": SORA_SIZES,
    "sora-2-pro": PRO_SIZES,
    "sora-2-2025-10-06": SORA_SIZES,
    "sora-2-2025-12-08": SORA_SIZES,
    "sora-2-pro-2025-10-06": PRO_SIZES,
}

ALL_CALLS = frozenset(
    {
        "create",
        "get",
        "list",
        "delete",
        "cancel",
        "content",
        "remix",
        "edit",
        "extend",
        "character_create",
        "character_get",
        "files",
        "models",
    }
)


def whole(moment: float | None) -> int | None:
    return None if moment is None else int(moment)


def original_job(job: Job, state: Age, *, prompt: bool) -> dict[str, Any]:
    """The protocol's own job object, every required field present."""
    return {
        "id": job.id,
        "object": "video",
        "model": job.model,
        "status": state.status,
        "progress": state.progress,
        "created_at": int(job.created_at),
        "completed_at": whole(state.completed_at),
        "expires_at": whole(state.expires_at),
        "prompt": job.prompt if prompt else None,
        "size": job.size,
        "seconds": str(job.seconds),
        "remixed_from_video_id": job.parent_id,
        "error": job.failure if state.status == "failed" else None,
    }


def original_error(error: ApiError) -> tuple[int, Any]:
    return error.status, envelope(error)


def original_id(key: str, model: str) -> str:
    return f"video_{key}"


def uuid_id(key: str, model: str) -> str:
    return str(uuid.UUID(key))


def original_models(models: tuple[str, ...]) -> dict[str, Any]:
    now = int(time.time())
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": now, "owned_by": "animatic"} for name in models],
    }


@dataclass(frozen=True)
class Dialect:
    """One server's accent.

    :param title: of its OpenAPI page; None serves no such page.
    :param encodings: bodies that create takes. :param prefixes: where the routes live.
    :param models: names served by default; ``model_rule`` is ``listed`` (others are refused), ``single`` (absent or
        exactly the one), ``any`` (echoed) ; ``model_required`` refuses a create without.
    :param seconds_rule: ``choice`` (one of the strings of ``seconds_choices``), ``digits`` or ``integer``.
    :param size_rule: ``model`` (the model's list) or ``any`` (``WIDTHxHEIGHT``).
    :param job_view: the job object; ``error_view``: status and body of a refusal.
    :param variants: ``original``, ``ignored`` (always the MP4), ``index`` (SGLang: an output number).
    :param list_rule: page sizes as ``(default, smallest, largest)``; a default of None gives all.
    :param unknown_after: what an unknown ``after`` gives: ``refuse`` or ``empty``.
    :param delete_rule: ``final`` (finished jobs only), ``any``, ``record`` (forgets the record; the run goes on).
    :param failed_as_error: a failed job is answered with its failure's HTTP status (vLLM-Omni).
    :param not_ready: HTTP status of content before the job is completed; ``failed_content`` after it failed.
    :param ranges: whether content has ETag and Range.
    :param persistent: whether jobs outlive a restart. :param ttl: seconds content lives, 0 for ever.
    :param inline: create answers with the finished video in it, and holds the request until then (Dynamo).
    :param create_answer: given the desk, the job and its object, the body and headers of a create's answer.
    """

    name: str
    title: str | None
    calls: frozenset[str]
    encodings: frozenset[str] = frozenset({"json", "multipart"})
    prefixes: tuple[str, ...] = ("/v1",)
    models: tuple[str, ...] = tuple(ORIGINAL_MODELS)
    model_rule: str = "listed"
    model_required: bool = False
    seconds_rule: str = "choice"
    seconds_choices: tuple[str, ...] = ("4", "8", "12", "16", "20")
    default_seconds: int = 4
    size_rule: str = "model"
    default_size: str = "720x1280"
    extra_fields: frozenset[str] = frozenset()
    any_extra: bool = False
    reference_forms: frozenset[str] = frozenset({"file", "object"})
    job_view: Callable[..., dict[str, Any]] = original_job
    error_view: Callable[[ApiError], tuple[int, Any]] = original_error
    new_id: Callable[[str, str], str] = original_id
    models_view: Callable[[tuple[str, ...]], dict[str, Any]] = original_models
    unknown_id: Callable[[str, str], ApiError] | None = None
    wrong_key: Callable[[str | None], ApiError] | None = None
    checks_key: bool = True
    variants: str = "original"
    list_rule: tuple[int | None, int, int] = (20, 0, 100)
    unknown_after: str = "refuse"
    delete_rule: str = "final"
    failed_as_error: bool = False
    not_ready: int = 404
    failed_content: int = 404
    ranges: bool = True
    persistent: bool = True
    ttl: float = 0.0
    inline: bool = False
    wrong_encoding: Callable[[str], ApiError] | None = None
    check_list: Callable[[Request], None] | None = None
    more_routes: Callable[[], APIRouter] | None = None
    version: str | None = None
    description: str = ""
    create_answer: Callable[[Any, Job, dict[str, Any]], tuple[dict[str, Any], dict[str, str]]] | None = None
