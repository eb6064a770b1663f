"""LiteLLM proxy 1.109: long ids that carry its routing, codes as text, no list without a provider, no Range."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from airflow_provider_sora.animatic.aging import Job
from airflow_provider_sora.animatic.dialects.base import ALL_CALLS, Dialect
from airflow_provider_sora.animatic.errors import ApiError

DEPLOYMENT = "5f0c2a0b6d2f4c31a7e8d94b1e3f77c2a9d1b0c4e5f60718293a4b5c6d7e8f90"


def _id(key: str, model: str) -> str:
    routing = f"litellm:custom_llm_provider:openai;model_id:{DEPLOYMENT};video_id:video_{key}"
    return f"video_{base64.b64encode(routing.encode()).decode()}"


def _error(error: ApiError) -> tuple[int, Any]:
    if error.kind == "no_route":
        return error.status, {"detail": "Not Found" if error.status == 404 else "Method Not Allowed"}
    if error.kind in ("auth_error", "no_db_connection"):
        message = error.message
    else:
        message = f"litellm.BadRequestError: OpenAIException - {error.message}"
    return error.status, {
        "error": {"message": message, "type": error.kind, "param": error.param, "code": str(error.status)}
    }


def _wrong_key(key: str | None) -> ApiError:
    if key is None:
        return ApiError(401, "Authentication Error, No api key passed in.", kind="auth_error")
    return ApiError(
        400, "Authentication Error, Invalid proxy server token passed: no connected db.", kind="no_db_connection"
    )


def _unknown(video_id: str, call: str) -> ApiError:
    return ApiError(
        500, "litellm.APIConnectionError: OpenAIException - Connection error.", kind="internal_server_error"
    )


def _check_list(request: Request) -> None:
    if not (request.query_params.get("custom_llm_provider") or request.headers.get("custom-llm-provider")):
        raise ApiError(400, "custom_llm_provider is required to list videos.", param="custom_llm_provider")


def _answer(desk: Any, job: Job, view: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    return view, {"x-litellm-model-id": DEPLOYMENT, "x-litellm-attempted-retries": "0"}


def _models(models: tuple[str, ...]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"id": m, "object": "model", "created": 1677610602, "owned_by": "openai"} for m in models],
    }


def _more() -> APIRouter:
    routes = APIRouter()

    @routes.get("/health/liveliness")
    async def liveliness() -> str:
        return "I'm alive!"

    return routes


LITELLM = Dialect(
    name="litellm",
    title="LiteLLM API",
    version="1.109.1",
    description="Proxy Server to call 100+ LLMs in the OpenAI format.",
    calls=ALL_CALLS - {"delete", "cancel", "files"},
    prefixes=("/v1", ""),
    any_extra=True,
    reference_forms=frozenset({"file"}),
    error_view=_error,
    new_id=_id,
    models_view=_models,
    unknown_id=_unknown,
    wrong_key=_wrong_key,
    check_list=_check_list,
    create_answer=_answer,
    variants="ignored",
    ranges=False,
    ttl=3600.0,
    more_routes=_more,
)
