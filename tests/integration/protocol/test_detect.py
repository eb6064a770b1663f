"""Which server answers is found by GETs alone, and the key goes nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    ServerFaultError,
    ServerUnreachableError,
)
from airflow_provider_sora.protocol import detect as detection
from airflow_provider_sora.protocol.connection import ConnectionSettings
from airflow_provider_sora.protocol.detect import capabilities, detect
from tests.integration.protocol.peer import Peer, Reply

pytestmark = pytest.mark.filterwarnings("error")

KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    detection.forget()
    yield
    detection.forget()


def settings(peer: Peer, **fields: Any) -> ConnectionSettings:
    return ConnectionSettings(base_url=peer.url, **{"key": KEY, **fields})


def page(title: str, *paths: str, version: str | None = None, **info: Any) -> Reply:
    routes: dict[str, Any] = {}
    for entry in paths:
        method, _, path = entry.partition(" ")
        routes.setdefault(path, {})[method.lower()] = {}
    stated = {"version": version} if version else {}
    return Reply(200, {"openapi": "3.1.0", "info": {"title": title, **stated, **info}, "paths": routes})


def models(owner: str, *names: str) -> Reply:
    return Reply(200, {"object": "list", "data": [{"id": name, "owned_by": owner} for name in names]})


OMNI_PAGE = Reply(
    200,
    {
        "info": {"title": "FastAPI", "version": "0.1.0"},
        "paths": {"/v1/videos": {"post": {}}, "/v1/videos/sync": {"post": {}}},
        "components": {"schemas": {"Body": {"properties": {"image_reference": {}}}}},
    },
)
SGLANG_PAGE = Reply(
    200,
    {
        "info": {"title": "FastAPI", "version": "0.1.0"},
        "paths": {"/v1/videos": {"post": {}}},
        "components": {"schemas": {"Body": {"properties": {"reference_url": {}, "video_reference": {}}}}},
    },
)
NOT_FOUND = {"detail": "Not Found"}


@pytest.mark.parametrize(
    ("answers", "name", "server"),
    [
        ({"/openapi.json": page("Animatic", version="0.1.0")}, "animatic", "Animatic 0.1.0"),
        ({"/openapi.json": page("LiteLLM API", version="1.109.1")}, "litellm", "LiteLLM 1.109.1"),
        (
            {"/openapi.json": OMNI_PAGE, "/version": Reply(200, {"version": "0.30.0"})},
            "vllm-omni",
            "vLLM-Omni 0.30.0",
        ),
        ({"/openapi.json": OMNI_PAGE}, "vllm-omni", "vLLM-Omni"),
        (
            {"/openapi.json": SGLANG_PAGE, "/server_info": Reply(200, {"version": "0.5.23"})},
            "sglang",
            "SGLang Diffusion 0.5.23",
        ),
        ({"/v1/models": models("vllm", "wan")}, "vllm-omni", "vLLM-Omni"),
        ({"/v1/models": models("sglang", "wan")}, "sglang", "SGLang Diffusion"),
        ({"/v1/models": models("nvidia", "wan")}, "dynamo", "NVIDIA Dynamo"),
        (
            {"/v1/models": Reply(401, {"error": "no"}, {"x-litellm-version": "1.109.1"})},
            "litellm",
            "LiteLLM 1.109.1",
        ),
        ({"/v1/models": Reply(200, {"data": []}, {"X-New-Api-Version": "v1"})}, "new-api", "new-api v1"),
        ({"/health/liveliness": Reply(200, "I'm alive!")}, "litellm", "LiteLLM"),
        (
            {"probe": Reply(400, {"code": "task_not_exist", "message": "m", "data": None})},
            "new-api",
            "new-api",
        ),
        ({"probe": Reply(404, {"detail": "Video not found"})}, "sglang", "SGLang Diffusion"),
        ({"probe": Reply(404, {"error": {"message": "m", "code": 404}})}, "vllm-omni", "vLLM-Omni"),
        ({"/v1/videos": Reply(405, b"")}, "dynamo", "NVIDIA Dynamo"),
    ],
)
def test_a_server_gives_itself_away(peer: Peer, answers: dict[str, Reply], name: str, server: str) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    for path, reply in answers.items():
        peer.on("GET", "/v1/videos/video_airflow_provider_sora_probe" if path == "probe" else path, reply)
    found = detect(settings(peer))
    assert (found.dialect.name, found.server, found.sure) == (name, server, True)
    assert {request.method for request in peer.seen} == {"GET"}
    for request in peer.seen:
        assert ("authorization" in request.headers) is not request.path.startswith(("/openapi", "/health/"))


def test_an_unknown_server_speaks_plain_and_says_so(peer: Peer) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    found = detect(settings(peer))
    assert (found.dialect.name, found.sure) == ("plain", False)
    assert "nothing in its answers identifies it" in found.how
    can = capabilities(settings(peer), found)
    assert not can.sure and "plain protocol" in can.sentence()


def test_an_unknown_server_with_a_page_has_the_calls_of_its_page(peer: Peer) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    paths = ("POST /v1/videos", "GET /v1/videos/{id}", "GET /v1/videos/{id}/content", "POST /v1/videos/edits")
    peer.on("GET", "/openapi.json", page("House", *paths))
    found = detect(settings(peer))
    assert (found.dialect.name, found.sure) == ("plain", False)
    assert found.dialect.calls == {"create", "get", "content", "edit"}
    assert found.dialect.remix == "edits"


def test_litellm_is_never_asked_for_an_unknown_id(peer: Peer) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    peer.on("GET", "/health/liveliness", Reply(200, "I'm alive!"))
    detect(settings(peer))
    assert not [request for request in peer.seen if request.path.startswith("/v1/videos")]


def test_it_is_asked_once_per_process_even_by_many_threads(peer: Peer) -> None:
    peer.on("GET", "/openapi.json", page("Animatic"))
    threads = [threading.Thread(target=detect, args=(settings(peer),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(peer.seen) == 1


def test_a_named_dialect_asks_nothing(peer: Peer) -> None:
    assert detect(settings(peer, dialect="sglang")).dialect.name == "sglang"
    assert detect(settings(peer, dialect={"base": "openai", "name": "house"})).dialect.name == "house"
    with pytest.raises(ConfigurationError):
        detect(settings(peer, dialect="nope"))
    assert peer.seen == []


def test_a_hosted_service_is_known_by_its_address() -> None:
    found = detect(ConnectionSettings(base_url="https://api.inworld.ai/v1", key=KEY))
    assert (found.dialect.name, found.dialect.documented_only) == ("inworld", True)


def test_a_dead_server_is_said_and_not_remembered_for_long(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = ConnectionSettings(base_url="http://127.0.0.1:9/v1", key=KEY)
    with pytest.raises(ServerUnreachableError):
        detect(dead)
    peer.on("GET", "/openapi.json", Reply(hang=True))
    peer.on("GET", "/v1/models", Reply(hang=True))
    with pytest.raises(ServerFaultError):
        detect(settings(peer, request_timeout=0.2))
    with pytest.raises(ServerFaultError):
        detect(settings(peer, request_timeout=0.2))
    assert len(peer.seen) == 2  # the second error came from memory
    monkeypatch.setattr(detection.time, "monotonic", lambda: 1e12)
    peer.on("GET", "/openapi.json", page("Animatic"))
    assert detect(settings(peer)).dialect.name == "animatic"


def test_one_question_without_an_answer_does_not_end_the_asking(peer: Peer) -> None:
    peer.on("GET", "/openapi.json", Reply(hang=True))
    peer.on("GET", "/v1/models", models("sglang", "wan"))
    assert detect(settings(peer, request_timeout=0.2)).dialect.name == "sglang"


def test_a_refused_key_leaves_the_question_open(peer: Peer) -> None:
    peer.otherwise = Reply(401, {"error": {"message": "no key"}})
    found = detect(settings(peer))
    assert (found.dialect.name, found.sure) == ("plain", False)
    with pytest.raises(AuthenticationFailedError):
        capabilities(settings(peer), found)
    peer.otherwise = Reply(404, NOT_FOUND)
    peer.on("GET", "/v1/models", models("sglang", "wan"))
    assert detect(settings(peer)).dialect.name == "sglang"


def test_a_redirect_does_not_take_the_key_along(peer: Peer) -> None:
    with Peer() as other:
        peer.otherwise = Reply(302, b"", {"Location": f"{other.root}/v1/models"})
        assert detect(settings(peer)).sure is False
        assert other.seen == []


def test_capabilities(peer: Peer) -> None:
    peer.on("GET", "/openapi.json", page("Animatic", version="0.1.0"))
    peer.on("GET", "/v1/models", models("animatic", "sora-2", "sora-2-pro"))
    can = capabilities(settings(peer), detect(settings(peer)))
    assert (can.server, can.version, can.models) == ("Animatic 0.1.0", "0.1.0", ("sora-2", "sora-2-pro"))
    assert "Animatic 0.1.0 (dialect animatic) can" in can.sentence()
    assert "remix" in can.calls and can.as_dict()["models"] == ["sora-2", "sora-2-pro"]
