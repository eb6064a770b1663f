"""Every envelope is read, every refusal named, and no bytes at all make the readers stumble."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_sora import exceptions as errors
from airflow_provider_sora.paid import knowing
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, answer_error, no_answer_error
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.answers.reading import (
    read_deleted,
    read_listed,
    read_models,
    read_object,
    read_polled,
    read_submitted,
)
from airflow_provider_sora.protocol.http.reading.envelope import Answer, ErrorInfo, read_error, redact, retry_after
from airflow_provider_sora.protocol.servers.dialects import LITELLM, NEW_API, OPENAI, VLLM_OMNI

GET = Call("asking for the job", "Server at http://s/v1", video_id="video_1")
PAID = Call("creating the video", "Server at http://s/v1", paid=True)
JOB = {"id": "video_1", "status": "queued"}


def answer(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(
    ("body", "info"),
    [
        ({"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}, ErrorInfo("m", "c", "t", "p")),
        ({"error": {"message": "m", "code": 404}}, ErrorInfo("m", "404")),
        ({"error": {"message": "m", "code": None}}, ErrorInfo("m")),
        ({"error": "Unauthorized"}, ErrorInfo("Unauthorized")),
        ({"detail": "Video not found"}, ErrorInfo("Video not found")),
        (
            {"detail": [{"loc": ["body", "seconds"], "msg": "not an integer"}]},
            ErrorInfo("body.seconds: not an integer"),
        ),
        ({"message": "m", "type": "Not Found", "code": 404}, ErrorInfo("m", "404", "Not Found")),
        ({"code": "task_not_exist", "message": "m", "data": None}, ErrorInfo("m", "task_not_exist")),
        ("just text", ErrorInfo("just text")),
        (b"plain words", ErrorInfo("plain words")),
        (b"<html><style>x{}</style><h1>502</h1> Bad\n Gateway</html>", ErrorInfo("502 Bad Gateway")),
        (b"", ErrorInfo("")),
        (b"\xff\xfe", ErrorInfo("\ufffd\ufffd")),
        (None, ErrorInfo("null")),
    ],
)
def test_envelopes(body: Any, info: ErrorInfo) -> None:
    assert read_error(answer(400, body).body) == info


def test_a_polled_answer_names_its_error() -> None:
    cases: list[tuple[int, Any, type[errors.SoraError]]] = [
        (404, {"detail": "Video not found"}, errors.VideoNotFoundError),
        (404, {"error": {"message": "Not Found"}}, errors.VideoNotFoundError),
        (401, {"error": "Unauthorized"}, errors.AuthenticationFailedError),
        (403, {"error": {"message": "no"}}, errors.AuthenticationFailedError),
        (405, b"", errors.UnsupportedByServerError),
        (409, {"error": {"message": "several workers"}}, errors.ServerFaultError),
        (410, b"", errors.VideoExpiredError),
        (429, b"", errors.RateLimitedError),
        (500, {"error": {"message": "content policy module crashed"}}, errors.ServerFaultError),
        (503, b"", errors.ServerFaultError),
        (400, {"error": {"message": "No connected db.", "type": "no_db_connection"}}, errors.AuthenticationFailedError),
        (301, b"", errors.InvalidRequestError),
        (200, b"<html>login</html>", errors.UnreadableAnswerError),
        (200, [], errors.UnreadableAnswerError),
        (200, {"object": "video"}, errors.UnreadableAnswerError),
    ]
    for status, body, kind in cases:
        with pytest.raises(errors.SoraError) as caught:
            read_polled(answer(status, body), GET, OPENAI)
        assert type(caught.value) is kind, (status, body, caught.value)
        assert caught.value.video_id == "video_1"
        assert "Next: " in str(caught.value)


def test_new_api_says_400_for_an_unknown_id() -> None:
    call = Call("asking", "new-api", video_id="task_1", not_found_codes=NEW_API.not_found_codes)
    with pytest.raises(errors.VideoNotFoundError):
        read_polled(answer(400, {"code": "task_not_exist", "message": "m", "data": None}), call, NEW_API)


@pytest.mark.parametrize("status", [400, 422, 500, 504])
def test_a_failed_job_inside_an_error_status_is_a_job(status: int) -> None:
    body = {"id": "video_1", "status": "failed", "error": {"code": 500, "message": "CUDA out of memory"}}
    job = read_polled(answer(status, body), GET, VLLM_OMNI)
    assert (job.id, job.status) == ("video_1", JobStatus.FAILED)
    assert job.error is not None and job.error.message == "CUDA out of memory"


def test_litellm_pastes_the_failed_job_into_a_message() -> None:
    pasted = 'litellm.InternalServerError: {"id": "video_1", "status": "failed", "error": {"message": "oom"}} - x'
    job = read_polled(answer(500, {"error": {"message": pasted, "code": "500"}}), GET, LITELLM)
    assert (job.id, job.status) == ("video_1", JobStatus.FAILED)
    running = pasted.replace("failed", "in_progress")
    with pytest.raises(errors.ServerFaultError):
        read_polled(answer(500, {"error": {"message": running}}), GET, LITELLM)


def test_a_job_wrapped_once_more_is_read() -> None:
    assert read_polled(answer(200, {"code": 0, "data": JOB}), GET, OPENAI).id == "video_1"


def test_paid_404_tells_a_missing_route_from_a_missing_model_and_a_missing_source() -> None:
    remix = Call("remixing the video", "S", paid=True, video_id="video_1")
    cases: list[tuple[Call, Any, type[errors.SoraError]]] = [
        (remix, {"detail": "Not Found"}, errors.UnsupportedByServerError),
        (remix, {"error": {"message": "Video video_1 does not exist"}}, errors.VideoNotFoundError),
        (PAID, b"404 page not found", errors.UnsupportedByServerError),
        (PAID, {"error": {"message": "The API deployment does not exist"}}, errors.InvalidRequestError),
        (PAID, {"message": "Model not found", "code": 404}, errors.InvalidRequestError),
    ]
    for call, body, kind in cases:
        error = answer_error(answer(404, body), call)
        assert type(error) is kind, (body, error)
        assert "Nothing was paid" in str(error)


def test_a_5xx_that_holds_the_new_job_is_not_ambiguous() -> None:
    body = {"id": "v", "status": "failed", "error": "prompt too long"}
    job = read_submitted(answer(500, body), PAID, OPENAI)
    assert (job.id, job.status) == ("v", JobStatus.FAILED)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({"retry_after": "Sun, 22 Nov 2026 02:00:30 GMT", "date": "Sun, 22 Nov 2026 02:00:00 GMT"}, 30.0),
        ({"retry_after": "Sun, 22 Nov 2026 02:00:30 GMT"}, 10.0),
        ({"retry_after": "Sun, 22 Nov 2020 02:00:30 GMT"}, 0.0),
        ({"retry_after": "-5"}, 0.0),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "inf"}, 86400.0),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    now = 1795312820.0  # Sun, 22 Nov 2026 02:00:20 GMT
    assert retry_after({name.replace("_", "-"): value for name, value in headers.items()}, now) == seconds


def test_delete_is_read_in_its_three_forms() -> None:
    for body, gone in [
        ({"id": "v", "deleted": True, "object": "video.deleted"}, True),
        ({"id": "v", "status": "deleted"}, True),
        (b"", True),
        ({"id": "v", "deleted": False}, False),
        ({"id": "v", "status": "in_progress"}, False),
    ]:
        assert read_deleted(answer(200, body), GET) is gone


def test_a_lost_connection_is_not_a_refused_one() -> None:
    assert type(no_answer_error(NoAnswer("x", connected=False), PAID)) is errors.ServerUnreachableError
    assert type(no_answer_error(NoAnswer("x", connected=True), PAID)) is errors.AmbiguousSubmitError
    assert type(no_answer_error(NoAnswer("x", connected=True), GET)) is errors.ServerFaultError


def test_redaction() -> None:
    text = redact("key sk-secret1 at https://a.example/x?sig=1&b=2, and http://b/ c", ["sk-secret1"])
    assert text == "key *** at https://a.example/x?*** and http://b/ c"


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["id", "status", "error", "message", "detail", "code", "data", "task_id", "progress", "seconds", "loc", "msg",
         "created_at", "expires_at", "url", "output", "usage", "metadata", "has_more", "last_id", "type"]
    ) | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip
_bodies = st.binary(max_size=200) | _json.map(lambda value: json.dumps(value).encode()) | st.just(b"[" * 100_000)


@given(st.sampled_from([200, 202, 204, 302, 400, 401, 404, 409, 422, 429, 500, 503]), _bodies, st.text(max_size=30))
def test_any_answer_gives_a_verdict_or_one_of_our_errors(status: int, body: bytes, header: str) -> None:
    headers = {"content-type": header, "retry-after": header, "date": header, "location": header}
    given_answer = Answer(status, headers, body)
    for reader in (
        lambda: read_polled(given_answer, GET, OPENAI),
        lambda: read_listed(given_answer, GET, OPENAI),
        lambda: read_deleted(given_answer, GET),
        lambda: read_object(given_answer, GET),
        lambda: read_models(given_answer, GET),
    ):
        try:
            reader()
        except errors.SoraError as error:
            assert str(error)


@given(st.sampled_from([200, 202, 204, 302, 307, 400, 404, 408, 409, 429, 500, 503]), _bodies)
def test_any_answer_to_a_paid_post_is_a_job_a_refusal_or_ambiguous(status: int, body: bytes) -> None:
    try:
        assert isinstance(read_submitted(Answer(status, {}, body), PAID, OPENAI), VideoJob)
    except errors.SoraError as error:
        ambiguous = status < 300 or status in (302, 408, 409) or status >= 500
        assert isinstance(error, errors.AmbiguousSubmitError) is ambiguous
        assert ("Nothing was paid" in str(error)) is not ambiguous


@pytest.mark.parametrize("depth", [60, 300, 510, 900, 20_000])
def test_however_deep_an_answer_is_a_paid_job_is_not_lost_to_the_stack(depth: int) -> None:
    body = b'{"id": "job_1", "status": "failed", "error": ' + b"[" * depth + b"1" + b"]" * depth + b"}"
    try:
        assert isinstance(read_submitted(Answer(200, {}, body), PAID, OPENAI), VideoJob)
    except errors.SoraError as error:
        assert isinstance(error, errors.AmbiguousSubmitError)


def test_a_refusal_says_what_was_paid_before_it() -> None:
    refusals = (
        lambda: answer_error(answer(429, b"{}"), PAID),
        lambda: no_answer_error(NoAnswer("x", connected=False), PAID),
    )
    for refuse in refusals:
        assert refuse().cost == "Nothing was paid."
        with knowing(lambda: "Nothing more was paid."):
            assert refuse().cost == "Nothing more was paid."
    with knowing(lambda: "Nothing more was paid."):
        assert answer_error(answer(429, b"{}"), GET).cost == ""
