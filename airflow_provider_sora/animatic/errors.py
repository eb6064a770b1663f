"""Refusals, before a dialect has given them its own envelope, and the messages users of the original know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """A refused request.

    :param status: HTTP status.
    :param message: text for a human.
    :param kind: the envelope's ``type``; ``no_route`` marks a path the server does not have.
    :param param: the request field at fault.
    :param code: machine-readable word.
    :param headers: further answer headers, such as Retry-After.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = dict(headers or {})


def envelope(error: ApiError) -> dict[str, Any]:
    """The original protocol's error object."""
    kind = "invalid_request_error" if error.kind == "no_route" else error.kind
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}


def missing_key() -> ApiError:
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY).",
        code="missing_api_key",
    )


def wrong_key(key: str) -> ApiError:
    shown = f"{key[:3]}{'*' * 5}{key[-2:]}" if len(key) > 8 else "*****"
    return ApiError(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def not_found(video_id: str) -> ApiError:
    return ApiError(404, f"Video with id '{video_id}' not found.", param="video_id", code="video_not_found")


def missing(param: str) -> ApiError:
    return ApiError(400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def invalid_type(param: str, expected: str, value: object) -> ApiError:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    got = "null" if value is None else names.get(type(value), type(value).__name__)
    return ApiError(
        400,
        f"Invalid type for '{param}': expected {expected}, but got {got} instead.",
        param=param,
        code="invalid_type",
    )


def invalid_value(param: str, value: object, allowed: tuple[str, ...]) -> ApiError:
    quoted = [f"'{choice}'" for choice in allowed]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    return ApiError(
        400,
        f"Invalid value: '{value}'. Supported values are: {listed}.",
        param=param,
        code="invalid_value",
    )


def wrong_picture_size(picture: tuple[int, int], size: str) -> ApiError:
    return ApiError(
        400,
        f"Inpaint image must match the requested width and height ({size}); it is {picture[0]}x{picture[1]}.",
        param="input_reference",
    )


#: Refusals that a fault rule can name. Those of the organisation, of running jobs and of a missing deployment
#: are what clients have seen on this API; those of quota are the account's general ones.
PRESETS: Mapping[str, ApiError] = {
    "unverified_organization": ApiError(
        403,
        "Your organization must be verified to use the model `sora-2`. Please go to your organization settings and "
        "click on Verify Organization. If you just verified, it can take up to 15 minutes for access to propagate.",
    ),
    "insufficient_quota": ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        kind="insufficient_quota",
        code="insufficient_quota",
    ),
    "billing_hard_limit_reached": ApiError(
        400, "Billing hard limit has been reached", code="billing_hard_limit_reached"
    ),
    "rate_limit": ApiError(
        429,
        "Rate limit reached for sora-2 on requests per min (RPM): Limit 25, Used 25, Requested 1. "
        "Please try again in 2s.",
        kind="requests",
        code="rate_limit_exceeded",
        headers={"Retry-After": "2"},
    ),
    "too_many_running": ApiError(
        429, "You have too many running tasks: at most 2 concurrent tasks are allowed.", code="rate_limit_exceeded"
    ),
    "moderation": ApiError(
        400,
        "Your request was rejected because it may violate our content policy.",
        param="prompt",
        code="moderation_blocked",
    ),
    "deployment_missing": ApiError(
        404, "The API deployment for this resource does not exist.", kind="video_generation_user_error"
    ),
    "model_not_found": ApiError(
        404, "The model `sora-2` does not exist or you do not have access to it.", code="model_not_found"
    ),
}

#: What a job that failed after it was accepted says, by name.
JOB_FAILURES: Mapping[str, dict[str, str]] = {
    "moderation_blocked": {
        "code": "moderation_blocked",
        "message": "Your request was blocked by our moderation system.",
    },
    "server_error": {
        "code": "video_generation_failed",
        "message": "The video generation failed. Please try again.",
    },
}
