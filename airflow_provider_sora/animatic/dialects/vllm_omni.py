"""vLLM-Omni 0.30: multipart only, one model, a failed job answered with its failure's HTTP status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.dialects.base import Dialect, original_job
from airflow_provider_sora.animatic.errors import ApiError

KINDS = {400: "BadRequestError", 404: "NotFoundError", 422: "UnprocessableEntityError", 500: "InternalServerError"}
VERSION = "0.30.0"


def _error(error: ApiError) -> tuple[int, Any]:
    if error.kind == "unauthorized":
        return 401, {"error": "Unauthorized"}
    status = error.status
    message = HTTPStatus(status).phrase if error.kind == "no_route" else error.message
    kind = KINDS.get(status, HTTPStatus(status).phrase)
    return status, {"error": {"message": message, "type": kind, "param": error.param, "code": status}}


def _wrong_encoding(encoding: str) -> ApiError:
    return ApiError(
        400, "1 validation error:\n  {'type': 'missing', 'loc': ('body', 'prompt'), 'msg': 'Field required'}"
    )


def _job(job: Job, state: Age, *, prompt: bool) -> dict[str, Any]:
    done = state.status == "completed"
    view = original_job(job, state, prompt=prompt)
    if state.status == "failed" and job.failure is not None:
        view["error"] = {"code": job.failure_status, "message": job.failure.get("message", "failed")}
    fps = job.extra.get("fps", 24)
    return {
        **view,
        "progress": 100 if done else 0,
        "size": None if job.extra.get("size_untold") else job.size,
        "fps": fps,
        "num_frames": job.extra.get("num_frames", job.seconds * fps),
        "duration_s": float(job.seconds) if done else None,
        "inference_time_s": job.render_seconds if done else None,
    }


def _models(models: tuple[str, ...]) -> dict[str, Any]:
    entry = {"object": "model", "created": 0, "owned_by": "vllm", "root": models[0], "parent": None}
    return {"object": "list", "data": [{"id": models[0], **entry}]}


def _more() -> APIRouter:
    routes = APIRouter()

    @routes.get("/version")
    async def version() -> dict[str, str]:
        return {"version": VERSION}

    @routes.post("/v1/omni/sleep")
    async def sleep() -> dict[str, Any]:
        raise ApiError(400, "This server does not sleep.")

    return routes


VLLM_OMNI = Dialect(
    name="vllm-omni",
    title="FastAPI",
    version="0.1.0",
    calls=frozenset({"create", "sync", "get", "list", "delete", "content", "models"}),
    encodings=frozenset({"multipart"}),
    models=("Wan-AI/Wan2.2-TI2V-5B-Diffusers",),
    model_rule="single",
    seconds_rule="digits",
    size_rule="any",
    default_size="832x480",
    any_extra=True,
    extra_fields=frozenset({"width", "height", "num_frames", "fps", "image_reference"}),
    reference_forms=frozenset({"file", "image_url"}),
    job_view=_job,
    error_view=_error,
    new_id=lambda key, model: f"video_gen_{key}",
    models_view=_models,
    wrong_key=lambda key: ApiError(401, "Unauthorized", kind="unauthorized"),
    wrong_encoding=_wrong_encoding,
    variants="ignored",
    list_rule=(None, 0, 100),
    unknown_after="empty",
    delete_rule="any",
    failed_as_error=True,
    failed_content=422,
    persistent=False,
    more_routes=_more,
)
