"""Codes, types, parameters and the status tell a refusal; words that a proxy adds do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_sora import exceptions as errors
from airflow_provider_sora.protocol.answers.errors import Call, answer_error
from airflow_provider_sora.protocol.answers.reading import read_polled
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialects import OPENAI

GET = Call("asking for the job", "Server at http://s/v1", video_id="video_1")
PAID = Call("creating the video", "Server at http://s/v1", paid=True)
REMIX = Call("remixing the video", "Server at http://s/v1", paid=True, video_id="video_1")

#: What LiteLLM adds to every error of its upstream.
DECORATION = "litellm.NotFoundError: {} Received Model Group=sora-2\nAvailable Model Group Fallbacks=None"


def answer(status: int, body: Any, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode())


@pytest.mark.parametrize("said", ["Video not found", "Not Found", "The model is gone", "policy, quota, deployment"])
def test_words_that_a_proxy_adds_decide_nothing(said: str) -> None:
    body = {"error": {"message": DECORATION.format(said), "type": None, "param": None, "code": "404"}}
    assert type(answer_error(answer(404, body), GET)) is errors.VideoNotFoundError
    assert type(answer_error(answer(404, body), REMIX)) is errors.UnsupportedByServerError
    body["error"]["message"] = DECORATION.format("no video video_1 here")
    assert type(answer_error(answer(404, body), REMIX)) is errors.VideoNotFoundError


@pytest.mark.parametrize("code", ["video_not_found", "task_not_exist"])
def test_a_job_that_a_gateway_forgot_is_not_found_whatever_the_status(code: str) -> None:
    assert type(answer_error(answer(400, {"code": code, "message": "m"}), GET)) is errors.VideoNotFoundError
    with pytest.raises(errors.VideoNotFoundError):
        read_polled(answer(200, {"code": code, "message": "m"}), GET, OPENAI)


@pytest.mark.parametrize("error", [{"code": "model_not_found"}, {"code": "DeploymentNotFound"}, {"param": "model"}])
def test_an_unknown_model_is_told_by_code_or_param(error: dict[str, str]) -> None:
    found = answer_error(answer(404, {"error": {"message": "m", **error}}), PAID)
    assert type(found) is errors.InvalidRequestError and "name a model" in str(found)


def test_a_new_deployment_is_told_to_wait_and_not_to_correct_the_request() -> None:
    said = "The API deployment for this resource does not exist. If you created it within the last 5 minutes, wait"
    found = answer_error(answer(404, {"error": {"message": said, "type": "video_generation_user_error"}}), PAID)
    assert "may take hours to answer" in str(found) and "correct the request" not in str(found)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"code": "content_filter", "message": "m"}, errors.PolicyRefusalError),
        (400, {"code": "InputTextSensitiveContentDetected", "message": "m"}, errors.PolicyRefusalError),
        (400, {"code": "DataInspectionFailed", "message": "m"}, errors.PolicyRefusalError),
        (403, {"code": "AccountOverdueError", "message": "m"}, errors.QuotaExceededError),
        (403, {"code": "insufficient_user_quota", "message": "m"}, errors.QuotaExceededError),
        (429, {"code": "insufficient_quota", "message": "m"}, errors.QuotaExceededError),
        (429, {"message": "You exceeded your current quota"}, errors.QuotaExceededError),
        (402, {"message": "m"}, errors.QuotaExceededError),
        (400, {"type": "no_db_connection", "message": "m"}, errors.AuthenticationFailedError),
    ],
)
def test_refusals_by_code(status: int, error: dict[str, Any], kind: type[errors.SoraError]) -> None:
    assert type(answer_error(answer(status, {"error": error}), PAID)) is kind


def test_a_rate_limit_that_says_when_to_come_back_is_one_whatever_its_words() -> None:
    """Google calls a plain rate limit an exceeded quota."""
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota"}}
    found = answer_error(answer(429, body, retry_after="9"), PAID)
    assert type(found) is errors.RateLimitedError and found.retry_after == 9.0


def test_a_full_queue_is_ambiguous_unless_the_dialect_says_otherwise() -> None:
    full = answer(503, {"error": {"code": "queue_full", "message": "queue is full"}}, retry_after="30")
    found = answer_error(full, PAID)
    assert type(found) is errors.AmbiguousSubmitError
    assert "queue is full" in str(found) and '"refusal_statuses": [503]' in str(found)
    dialects = [resolve_dialect({"refusal_statuses": [503]}), resolve_dialect({"refusal_codes": ["queue_full"]})]
    for dialect in dialects:
        assert dialect is not None
        call = Call(
            "creating", "S", paid=True, refusal_statuses=dialect.refusal_statuses, refusal_codes=dialect.refusal_codes
        )
        found = answer_error(full, call)
        assert type(found) is errors.RateLimitedError and found.retry_after == 30.0
        assert "Nothing was paid" in str(found)


@pytest.mark.parametrize("value", [503, ["503"], [True], [200], None])
def test_a_dialects_refusal_statuses_are_checked(value: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="refusal_statuses"):
        resolve_dialect({"refusal_statuses": value})


@pytest.mark.parametrize("said", ["your session has expired", "blocked by policy", "exceeded your current quota"])
def test_words_about_a_job_do_not_end_it(said: str) -> None:
    """A look that is refused in words of expiry, policy or quota is no verdict on the job."""
    assert type(answer_error(answer(400, {"error": {"message": said}}), GET)) is errors.InvalidRequestError
