"""SGLang Diffusion 0.5.23: ``{"detail"}`` errors, no prompt in any object, deleting forgets only the record."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from airflow_provider_sora.animatic.aging import Age, Job
from airflow_provider_sora.animatic.dialects.base import Dialect, uuid_id, whole
from airflow_provider_sora.animatic.errors import ApiError

VERSION = "0.5.23"
#: Refusals that its request models raise before its own code sees the request.
SCHEMA_CODES = frozenset({"missing_required_parameter", "invalid_type", "invalid_json", "invalid_limit"})


def _error(error: ApiError) -> tuple[int, Any]:
    if error.kind == "no_route":
        return error.status, {"detail": "Not Found" if error.status == 404 else "Method Not Allowed"}
    if error.status == 400 and error.code in SCHEMA_CODES and error.param not in ("input_reference", "size"):
        place = ["query" if error.code == "invalid_limit" else "body", error.param or ""]
        return 422, {"detail": [{"type": error.code, "loc": place, "msg": error.message, "input": None}]}
    return error.status, {"detail": error.message}


def _job(job: Job, state: Age, *, prompt: bool) -> dict[str, Any]:
    failed = state.status == "failed" and job.failure is not None
    return {
        "id": job.id,
        "object": "video",
        "model": job.model,
        "status": state.status,
        "progress": state.progress,
        "created_at": int(job.created_at),
        "size": job.size,
        "seconds": str(job.seconds),
        "quality": "standard",
        "remixed_from_video_id": None,
        "completed_at": whole(state.completed_at) if state.status == "completed" else None,
        "expires_at": None,
        "error": {"message": (job.failure or {}).get("message", "")} if failed else None,
        "file_path": f"/var/lib/sglang/outputs/{job.id}.mp4",
    }


def _models(models: tuple[str, ...]) -> dict[str, Any]:
    entry = {"object": "model", "created": 0, "owned_by": "sglang", "root": models[0], "dit_precision": "bf16"}
    return {"object": "list", "data": [{"id": models[0], **entry}]}


def _more() -> APIRouter:
    routes = APIRouter()

    @routes.get("/model_info")
    async def model_info() -> dict[str, Any]:
        return {"model_path": SGLANG.models[0], "is_generation": True}

    @routes.get("/server_info")
    async def server_info() -> dict[str, Any]:
        return {"model_path": SGLANG.models[0], "version": VERSION}

    @routes.post("/v1/set_lora")
    async def set_lora() -> dict[str, Any]:
        raise ApiError(400, "This server has no LoRA.")

    @routes.post("/generate")
    async def generate() -> dict[str, Any]:
        raise ApiError(400, "This server makes videos alone.")

    return routes


SGLANG = Dialect(
    name="sglang",
    title="FastAPI",
    version="0.1.0",
    calls=frozenset({"create", "get", "list", "delete", "content", "models"}),
    models=("Wan-AI/Wan2.1-T2V-1.3B-Diffusers",),
    model_rule="any",
    seconds_rule="either",
    size_rule="any",
    default_size="832x480",
    any_extra=True,
    extra_fields=frozenset({"width", "height", "num_frames", "fps", "reference_url"}),
    reference_forms=frozenset({"file", "string"}),
    job_view=_job,
    error_view=_error,
    new_id=uuid_id,
    models_view=_models,
    checks_key=False,
    variants="index",
    list_rule=(20, 1, 100),
    unknown_after="empty",
    delete_rule="record",
    persistent=False,
    more_routes=_more,
)
