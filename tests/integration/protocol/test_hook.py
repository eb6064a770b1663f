"""The hook in Airflow's own clothes: connection from the environment, sync and async, against a real server."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    ApiShutDownError,
    AuthenticationFailedError,
    InvalidRequestError,
    ServerFaultError,
    ServerUnreachableError,
    UnsupportedByServerError,
    VideoNotFoundError,
)
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.http.pace import Pace
from tests.integration.protocol.peer import Peer, Reply
from tests.support.known_servers import forget

KEY = "sk-test-0123456789"
JOB = {"id": "video_1", "object": "video", "status": "queued"}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def connect(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_connection(**fields: Any) -> SoraHook:
        extra = fields.pop("extra", {"dialect": "openai"})
        conn = {"conn_type": "sora", "host": peer.url, "password": KEY, "extra": extra, **fields}
        monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(conn))
        return SoraHook()

    return set_connection


def test_every_call_has_its_method(peer: Peer, connect: Any) -> None:
    hook = connect(extra={"dialect": "openai", "default_model": "sora-2"})
    for path in ("/v1/videos", "/v1/videos/video_1/remix", "/v1/videos/edits", "/v1/videos/extensions"):
        peer.on("POST", path, Reply(200, JOB))
    peer.on("POST", "/v1/videos/characters", Reply(200, {"id": "char_1"}))
    peer.on("GET", "/v1/videos/characters/char_1", Reply(200, {"id": "char_1"}))
    peer.on("GET", "/v1/videos/video_1", Reply(200, JOB))
    peer.on("GET", "/v1/videos", Reply(200, {"data": [JOB], "has_more": True, "last_id": "video_1"}))
    peer.on("DELETE", "/v1/videos/video_1", Reply(200, {"id": "video_1", "deleted": True}))
    peer.on("GET", "/v1/videos/video_1/content", Reply(200, b"\0\0\0\x20ftypisom", {"Content-Type": "video/mp4"}))
    assert hook.create_video("a kite", seconds=4, size="1280x720").status is JobStatus.QUEUED
    assert peer.seen[-1].json()["model"] == "sora-2"
    assert hook.remix_video("video_1", "colder").id == "video_1"
    assert peer.seen[-1].json() == {"prompt": "colder"}
    assert hook.edit_video("warmer", video_id="video_1").id == "video_1"
    assert hook.extend_video("on", 8, video_id="video_1").id == "video_1"
    assert hook.create_character("Kite", b"mp4") == hook.get_character("char_1")
    assert hook.get_video("video_1").id == "video_1"
    page = hook.list_videos(limit=1, after="video_0", order="asc")
    assert (page.has_more, page.last_id, page.jobs[0].id) == (True, "video_1", "video_1")
    assert peer.seen[-1].path == "/v1/videos?limit=1&after=video_0&order=asc"
    assert hook.download_content("video_1").endswith(b"isom")
    assert hook.delete_video("video_1") is True
    with pytest.raises(UnsupportedByServerError, match="has no cancel call"):
        hook.cancel_video("video_1")
    keys = [request.headers["idempotency-key"] for request in peer.posts() if "characters" not in request.path]
    assert len(set(keys)) == 4
    assert -5 < hook.clock_offset < 5


def test_checks_come_before_paying(peer: Peer, connect: Any) -> None:
    with pytest.raises(InvalidRequestError, match="seconds"):
        connect().create_video("a kite", seconds=5)
    with pytest.raises(UnsupportedByServerError, match="vLLM-Omni, has no remix"):
        connect(extra={"dialect": "vllm-omni"}).remix_video("video_1", "colder")
    assert peer.seen == []
    peer.on("GET", "/v1/models", Reply(200, {"data": [{"id": "wan", "owned_by": "vllm"}]}))
    hook = connect(extra={"dialect": "vllm-omni"})
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="model is 'sora'"):
            hook.create_video("a kite", model="sora")
    peer.on("GET", "/v1/models", Reply(401, {"error": "Unauthorized"}))
    with pytest.raises(AuthenticationFailedError):
        connect(extra={"dialect": "vllm-omni"}).create_video("a kite", model="wan")
    assert [request.path for request in peer.seen] == ["/v1/models"] * 2


def test_cancel_where_it_is_served(peer: Peer, connect: Any) -> None:
    hook = connect(extra={"dialect": {"base": "openai", "cancel": ["POST", "/videos/{id}/cancel"]}})
    peer.on("POST", "/v1/videos/video_1/cancel", Reply(200, {"id": "video_1", "status": "canceled"}))
    assert hook.cancel_video("video_1").status is JobStatus.CANCELLED
    peer.on("POST", "/v1/videos/video_1/cancel", Reply(409, {"error": {"code": "video_not_cancellable"}}))
    assert hook.cancel_video("video_1") is None


def test_a_job_that_completes_in_create_keeps_its_content_here(peer: Peer, connect: Any) -> None:
    hook = connect(extra={"dialect": "dynamo", "default_model": "wan"})
    mp4 = b"\0\0\0\x20ftypisom" + b"x" * 5000
    body = {"id": "u-1", "status": "completed", "created": 1, "data": [{"b64_json": base64.b64encode(mp4).decode()}]}
    peer.on("POST", "/v1/videos", Reply(200, body))
    job = hook.create_video("a kite", seconds=4)
    assert peer.posts()[0].json()["seconds"] == 4
    assert hook.get_video(job.id).status is JobStatus.COMPLETED
    assert hook.download_content(job.id) == mp4
    assert [(request.method, request.path) for request in peer.seen] == [("GET", "/v1/models"), ("POST", "/v1/videos")]


def test_the_test_button(peer: Peer, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(host="").test_connection()[0] is False
    assert "2026-09-24" in connect(host="").test_connection()[1]
    assert connect(host="http://127.0.0.1:9/v1").test_connection()[0] is False
    assert connect(extra={"dialect": "nope"}).test_connection()[0] is False
    assert SoraHook("missing").test_connection()[0] is False
    peer.on("GET", "/v1/models", Reply(401, {"error": {"message": f"bad key {KEY}"}}))
    worked, words = connect().test_connection()
    assert not worked and "password" in words and KEY not in words
    peer.on("GET", "/v1/models", Reply(200, {"data": [{"id": "sora-2", "owned_by": "x"}]}))
    worked, words = connect().test_connection()
    assert not worked and "has no /videos" in words  # a server of language models has models, too
    peer.on("GET", "/v1/videos", Reply(200, {"object": "list", "data": []}))
    worked, words = connect().test_connection()
    assert worked and "sora-2" in words and "It lists videos" in words
    assert peer.posts() == []


def test_blank_host_says_the_api_was_shut_down(connect: Any) -> None:
    with pytest.raises(ApiShutDownError):
        connect(host="https://api.openai.com/v1").create_video("a kite")


async def test_async_twins_speak_the_same(peer: Peer, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "poison")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/poison")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Poison: poison\nAuthorization: Bearer poison")
    hook = connect()
    peer.on("GET", "/v1/videos/video_1", Reply(200, JOB))
    peer.on("GET", "/v1/videos", Reply(200, {"data": [JOB]}))
    peer.on("GET", "/v1/videos/bad", Reply(500, {"id": "bad", "status": "failed", "error": {"message": "oom"}}))
    async with hook.asession() as session:
        assert (await session.get_video("video_1")).id == "video_1"
        assert (await session.list_videos(limit=5)).jobs[0].id == "video_1"
        assert (await session.get_video("bad")).status is JobStatus.FAILED
        assert session.clock_offset is not None
        with pytest.raises(VideoNotFoundError):
            await session.get_video("gone")
        with pytest.raises(UnsupportedByServerError):
            await session.cancel_video("video_1")
        peer.on("GET", "/v1/videos/video_1", Reply(reset=True))
        with pytest.raises(ServerFaultError):
            await session.get_video("video_1")
    for request in peer.seen:
        assert "poison" not in json.dumps(request.headers)
        assert request.headers["authorization"] == f"Bearer {KEY}"
    peer.on("GET", "/v1/videos/video_1", Reply(200, JOB))


async def looked_at(hook: SoraHook) -> VideoJob:
    async with hook.asession() as session:
        return await session.get_video("video_1")


async def test_async_outages(peer: Peer, connect: Any) -> None:
    peer.on("GET", "/v1/videos/video_1", Reply(hang=True))
    with pytest.raises(ServerFaultError):
        await looked_at(connect(extra={"dialect": "openai", "request_timeout": 0.2}))
    peer.on("GET", "/v1/videos/video_1", Reply(400, b"x" * (4 << 20)))
    with pytest.raises(InvalidRequestError):
        await looked_at(connect(extra={"dialect": "openai"}))
    with pytest.raises(ServerUnreachableError):
        await looked_at(connect(host="http://127.0.0.1:9/v1"))


async def test_a_server_that_is_down_at_first_is_an_outage_of_one_call(peer: Peer, connect: Any) -> None:
    peer.on("GET", "/openapi.json", Reply(hang=True))
    async with connect(extra={"request_timeout": 2}).asession() as session:
        with pytest.raises(ServerFaultError):
            await session.get_video("video_1")
        forget()
        peer.on("GET", "/openapi.json", Reply(200, {"info": {"title": "Animatic"}, "paths": {}}))
        peer.on("GET", "/v1/videos/video_1", Reply(200, JOB))
        assert (await session.get_video("video_1")).id == "video_1"


async def test_async_detection_does_not_block_the_loop(peer: Peer, connect: Any) -> None:
    hook = connect(extra={"request_timeout": 0.5})
    peer.on("GET", "/openapi.json", Reply(hang=True))
    waiting = asyncio.ensure_future(looked_at(hook))
    turns = 0
    while not waiting.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 5  # the loop kept turning while the server let detection hang
    with pytest.raises(ServerFaultError):
        await waiting


def test_the_pace_spreads_gets(connect: Any) -> None:
    settings = connect(host="http://pace.example/v1", extra={"requests_per_minute": 60}).settings
    waits = [Pace.reserve(settings) for _ in range(3)]
    assert waits[0] == 0
    assert 0.9 < waits[1] <= 1.0 and 1.9 < waits[2] <= 2.0
    assert Pace.reserve(connect(host="http://pace.example/v1").settings) == 0


def test_imports_are_free() -> None:
    heavy = ("openai", "httpx", "httpx2", "google.cloud", "PIL", "av", "fastapi")
    code = (
        "import sys, airflow_provider_sora.provider_info as p; p.get_provider_info();"
        "assert 'airflow' not in sys.modules;"
        "from airflow.sdk import DAG, BaseOperator, BaseHook; before = set(sys.modules);"
        "import airflow_provider_sora.hooks.sora;"
        f"print([m for m in {heavy} if m in sys.modules and m not in before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr
