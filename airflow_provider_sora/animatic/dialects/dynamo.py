"""NVIDIA Dynamo 1.6: one JSON request held open until the finished video comes back in its answer; no other call."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.dialects.base import Dialect, uuid_id
from airflow_provider_sora.animatic.errors import ApiError


def _error(error: ApiError) -> tuple[int, Any]:
    return error.status, {
        "message": error.message,
        "type": HTTPStatus(error.status).phrase,
        "code": error.status,
    }


def _job(job: Job, state: Age, *, prompt: bool) -> dict[str, Any]:
    done = state.status == "completed"
    return {
        "id": job.id,
        "object": "video",
        "model": job.model,
        "status": "completed" if done else "failed",
        "progress": 100 if done else 0,
        "created": int(job.created_at),
        "data": [],
        "error": None if done else (job.failure or {}).get("message", "The worker failed."),
        "inference_time_s": job.render_seconds,
    }


def _answer(desk: Any, job: Job, view: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    if job.failure is None:
        if job.extra.get("response_format") == "url":
            address = f"http://{desk.settings.host}:{desk.port}/animatic/signed/{desk.sign(job.id)}"
            view["data"] = [{"url": address, "b64_json": None}]
        else:
            video = desk.store.video_path(job).read_bytes()
            view["data"] = [{"url": None, "b64_json": base64.b64encode(video).decode()}]
    return view, {}


def _models(models: tuple[str, ...]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"id": m, "object": "model", "created": 0, "owned_by": "nvidia"} for m in models],
    }


def _more() -> APIRouter:
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "healthy", "endpoints": [], "instances": []}

    return routes


DYNAMO = Dialect(
    name="dynamo",
    title="NVIDIA Dynamo OpenAI Frontend",
    version="1.6.1",
    description="OpenAI-compatible HTTP API for NVIDIA Dynamo.",
    calls=frozenset({"create", "models"}),
    encodings=frozenset({"json"}),
    models=("Wan-AI/Wan2.1-T2V-1.3B-Diffusers",),
    model_rule="missing",
    model_required=True,
    seconds_rule="integer",
    size_rule="any",
    default_size="832x480",
    any_extra=True,
    extra_fields=frozenset({"response_format"}),
    reference_forms=frozenset({"string"}),
    job_view=_job,
    error_view=_error,
    new_id=uuid_id,
    models_view=_models,
    checks_key=False,
    wrong_encoding=lambda encoding: ApiError(415, "Expected request with `Content-Type: application/json`"),
    persistent=False,
    inline=True,
    create_answer=_answer,
    more_routes=_more,
)
