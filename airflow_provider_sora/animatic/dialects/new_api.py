"""new-api: task ids, bare ``{code, message, data}`` errors, 400 for an unknown task, remix alone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.dialects.base import Dialect, original_job
from airflow_provider_sora.animatic.errors import ApiError

OPENAI_SHAPED = frozenset({"new_api_error", "content", "no_channel"})
CONTENT_CODES = frozenset({"video_not_ready", "video_failed", "video_content_expired"})


def _error(error: ApiError) -> tuple[int, Any]:
    if error.kind == "no_route":
        body = {"message": error.message, "type": "invalid_request_error", "param": "", "code": ""}
        return 404, {"error": body}
    if error.kind in OPENAI_SHAPED or error.code in CONTENT_CODES:
        kind = "invalid_request_error" if error.kind == "content" or error.code in CONTENT_CODES else "new_api_error"
        return error.status, {"error": {"message": error.message, "type": kind}}
    return error.status, {"code": error.code or "invalid_request", "message": error.message, "data": None}


def _job(job: Job, state: Age, *, prompt: bool) -> dict[str, Any]:
    view = original_job(job, state, prompt=False)
    del view["prompt"], view["expires_at"]
    return {**view, "task_id": job.id}


def _unknown(video_id: str, call: str) -> ApiError:
    if call == "content":
        return ApiError(404, "Task not found", kind="content")
    return ApiError(400, "task_not_exist", code="task_not_exist")


def _wrong_key(key: str | None) -> ApiError:
    return ApiError(401, "Invalid token" if key else "No token was given", kind="new_api_error")


def _answer(desk: Any, job: Job, view: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    ratio = 1.666667 if job.size in ("1024x1792", "1792x1024") else 1
    return view, {"x-new-api-other-ratios": f'{{"seconds":{job.seconds},"size":{ratio}}}'}


def _models(models: tuple[str, ...]) -> dict[str, Any]:
    entry = {
        "object": "model",
        "created": 1626777600,
        "owned_by": "custom",
        "supported_endpoint_types": ["openai-video"],
    }
    return {"success": True, "object": "list", "data": [{"id": name, **entry} for name in models]}


def _more() -> APIRouter:
    routes = APIRouter()

    @routes.get("/api/status")
    async def status() -> dict[str, Any]:
        return {"success": True, "message": "", "data": {"system_name": "New API", "version": "v1.0.0"}}

    return routes


NEW_API = Dialect(
    name="new-api",
    title=None,
    calls=frozenset({"create", "get", "content", "remix", "models"}),
    models=("sora-2", "sora-2-pro"),
    model_rule="channel",
    model_required=True,
    seconds_rule="either",
    size_rule="any",
    any_extra=True,
    extra_fields=frozenset({"duration", "image"}),
    reference_forms=frozenset({"file", "string"}),
    job_view=_job,
    error_view=_error,
    new_id=lambda key, model: f"task_{key}",
    models_view=_models,
    unknown_id=_unknown,
    wrong_key=_wrong_key,
    create_answer=_answer,
    variants="ignored",
    not_ready=400,
    failed_content=400,
    ttl=3600.0,
    more_routes=_more,
)
