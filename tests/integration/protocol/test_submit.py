"""A paid POST is sent exactly once, whatever happens to it, and nothing of the environment goes along."""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    AuthenticationFailedError,
    InvalidRequestError,
    PolicyRefusalError,
    QuotaExceededError,
    RateLimitedError,
    ServerUnreachableError,
    SoraError,
    UnverifiedOrganizationError,
)
from airflow_provider_sora.protocol.answers.job import JobStatus
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.dialects import OPENAI, VLLM_OMNI
from airflow_provider_sora.protocol.session import VideosSession
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from tests.integration.protocol.peer import Peer, Reply, Seen

pytestmark = pytest.mark.filterwarnings("error")

CREATE = Submission(SubmitKind.CREATE, "a red kite over dunes", model="m", seconds=4, size="1280x720")
JOB = {"id": "video_1", "object": "video", "status": "queued", "model": "m"}
KEY = "sk-test-0123456789"


def session(url: str, dialect: Any = OPENAI, **fields: Any) -> VideosSession:
    settings = ConnectionSettings(base_url=url, **{"key": KEY, **fields})
    return VideosSession(settings, dialect, VideosClient(settings))


def test_create_is_one_post_with_our_headers_only(peer: Peer) -> None:
    peer.on("POST", "/v1/videos", Reply(202, JOB))
    job = session(peer.url, headers={"X-Team": "video"}).submit(CREATE, "idem-1")
    assert (job.id, job.status) == ("video_1", JobStatus.QUEUED)
    (post,) = peer.seen
    assert post.json() == {"prompt": CREATE.prompt, "model": "m", "seconds": "4", "size": "1280x720"}
    assert post.headers["authorization"] == f"Bearer {KEY}"
    assert post.headers["idempotency-key"] == "idem-1"
    assert post.headers["x-team"] == "video"
    assert set(post.headers) <= {
        "host", "user-agent", "accept", "accept-encoding", "authorization", "x-team", "idempotency-key",
        "content-length", "content-type", "connection",
    }  # fmt: skip


def test_nothing_of_the_environment_reaches_a_request(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    poison = {
        "OPENAI_API_KEY": "poison",
        "OPENAI_ADMIN_KEY": "poison",
        "OPENAI_ORG_ID": "poison",
        "OPENAI_ORGANIZATION": "poison",
        "OPENAI_PROJECT_ID": "poison",
        "OPENAI_WEBHOOK_SECRET": "poison",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/poison",
        "OPENAI_API_BASE": "http://127.0.0.1:9/poison",
        "OPENAI_CUSTOM_HEADERS": (
            "X-Poison: poison\nAuthorization: Bearer poison\nHost: poison\nContent-Type: multipart/form-data; poison\n"
            "Content-Length: 3\nIdempotency-Key: poison\nUser-Agent: poison\nAccept: poison\nRange: poison"
        ),
        "OPENAI_API_VERSION": "poison",
        "AZURE_OPENAI_API_KEY": "poison",
    }
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    peer.on("POST", "/v1/videos", Reply(200, JOB))
    peer.on("GET", "/v1/videos/video_1", Reply(200, JOB))
    peer.on("DELETE", "/v1/videos/video_1", Reply(200, {"id": "video_1", "deleted": True}))
    for key in (KEY, ""):
        calls = session(peer.url, key=key)
        calls.submit(CREATE, "idem-1")
        calls.get_video("video_1")
        assert calls.delete_video("video_1") is True
    assert len(peer.seen) == 6
    for request in peer.seen:
        assert "poison" not in json.dumps([request.path, request.headers]) + request.body.decode()
    assert [r.headers.get("authorization") for r in peer.seen] == [f"Bearer {KEY}"] * 3 + [None] * 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(reset=True),
        Reply(500, {"error": {"message": "boom"}}),
        Reply(502, b"<html><body>Bad Gateway</body></html>", {"Content-Type": "text/html"}),
        Reply(503, b"", {"Retry-After": "1"}),
        Reply(504, b""),
        Reply(408, b""),
        Reply(409, {"error": {"message": "conflict"}}),
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(200, b"not json"),
        Reply(200, {"object": "video"}),
        Reply(200, b'{"id": "video_1"', announce=400),
        Reply(200, b'{"id": "video_1"', announce=400, reset=True),
        Reply(500, {"error": {"message": "retry me"}}, {"x-should-retry": "true"}),
    ],
    ids=str,
)
def test_a_lost_answer_is_ambiguous_and_sent_once(peer: Peer, reply: Reply) -> None:
    peer.on("POST", "/v1/videos", reply)
    with pytest.raises(AmbiguousSubmitError, match="A job may exist"):
        session(peer.url, request_timeout=0.3).submit(CREATE, "idem-1")
    peer.wait_for(1)
    assert len(peer.seen) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400, {"error": {"message": "Inpaint image must match the requested size"}}), InvalidRequestError),
        (Reply(400, {"error": {"message": "blocked by our content policy"}}), PolicyRefusalError),
        (Reply(401, {"error": "Unauthorized"}), AuthenticationFailedError),
        (Reply(402, b""), QuotaExceededError),
        (
            Reply(403, {"error": {"message": "Your organization must be verified to use the model"}}),
            UnverifiedOrganizationError,
        ),
        (Reply(422, {"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}), InvalidRequestError),
        (Reply(429, {"error": {"code": "insufficient_quota", "message": "no credit"}}), QuotaExceededError),
        (Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": "7"}), RateLimitedError),
        (Reply(307, b"", {"Location": "https://elsewhere.example/v1/videos"}), InvalidRequestError),
    ],
    ids=str,
)
def test_a_refusal_is_certain_and_sent_once(peer: Peer, reply: Reply, error: type[SoraError]) -> None:
    peer.on("POST", "/v1/videos", reply)
    with pytest.raises(error, match="Nothing was paid") as caught:
        session(peer.url).submit(CREATE, "idem-1")
    assert type(caught.value) is error
    assert len(peer.seen) == 1
    assert caught.value.retry_after == (7.0 if error is RateLimitedError else None)


def test_no_connection_means_nothing_was_submitted() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(ServerUnreachableError, match="Nothing was paid"):
            session(url).submit(CREATE, "idem-1")


def test_a_huge_error_page_is_cut(peer: Peer) -> None:
    peer.on("POST", "/v1/videos", Reply(400, b"x" * (5 << 20), {"Content-Type": "text/plain"}))
    with pytest.raises(InvalidRequestError) as caught:
        session(peer.url).submit(CREATE, "idem-1")
    assert len(str(caught.value)) < 2000


def test_key_and_signed_address_stay_out_of_errors_and_logs(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    words = f"bad key {KEY}, see https://files.example/x?X-Goog-Signature=abcdef"
    peer.on("POST", "/v1/videos", Reply(401, {"error": {"message": words}}))
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationFailedError) as caught:
        session(peer.url).submit(CREATE, "idem-1")
    for text in (str(caught.value), "\n".join(r.getMessage() for r in caplog.records if r.name != "httpcore")):
        assert KEY not in text
        assert "abcdef" not in text
    assert not [r for r in caplog.records if r.name.partition(".")[0] in ("httpx", "httpx2", "openai")]


def test_multipart_carries_the_picture(peer: Peer) -> None:
    peer.on("POST", "/v1/videos", Reply(200, JOB))
    picture = Reference(data=b"\x89PNG--sora-part", content_type="image/png")
    create = Submission(SubmitKind.CREATE, "p", seconds=5, reference=picture, extra={"lora": {"name": "ü"}, "seed": 3})
    session(peer.url, VLLM_OMNI).submit(create, "idem-1")
    parts = multipart(peer.seen[0])
    assert parts["prompt"] == b"p"
    assert parts["seconds"] == b"5"
    assert parts["input_reference"] == b"\x89PNG--sora-part"
    assert json.loads(parts["lora"]) == {"name": "ü"}
    assert parts["seed"] == b"3"


def multipart(request: Seen) -> dict[str, bytes]:
    """Parse a multipart body with the standard library's own mail parser."""
    from email.parser import BytesParser

    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.body)
    parts = {}
    for part in message.get_payload():
        payload = part.get_payload(decode=True)
        parts[part.get_param("name", header="content-disposition")] = payload
    return parts
