"""Which server answers is found by GETs alone, and the key goes nowhere else."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    ServerFaultError,
    ServerUnreachableError,
    SoraError,
)
from airflow_provider_sora.protocol.detection import detect as detection
from airflow_provider_sora.protocol.detection.detect import capabilities, detect
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.missing import PROBE_ID
from airflow_provider_sora.protocol.servers.capabilities import Grade
from airflow_provider_sora.protocol.servers.dialects import PLAIN
from tests.integration.protocol.peer import Peer, Reply
from tests.support.known_servers import forget

pytestmark = pytest.mark.filterwarnings("error")

KEY = "sk-test-0123456789"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


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


def fields(*names: str) -> dict[str, Any]:
    return {"schemas": {"Body": {"properties": {name: {} for name in names}}}}


def made_page(components: dict[str, Any], *paths: str) -> Reply:
    reply = page("FastAPI", *paths, version="0.1.0")
    reply.body["components"] = components
    return reply


OMNI_PAGE = made_page(fields("image_reference"), "POST /v1/videos", "POST /v1/videos/sync", "POST /v1/omni/sleep")
SGLANG_PAGE = made_page(fields("reference_url", "video_reference"), "POST /v1/videos", "GET /server_info")
#: An entry of the list of models of SGLang 0.5.23's diffusion server.
SGLANG_MODELS = Reply(200, {"data": [{"id": "wan", "owned_by": "sglang", "dit_precision": "bf16", "num_gpus": 1}]})
NOT_FOUND = {"detail": "Not Found"}
PROBE = f"/v1/videos/{PROBE_ID}"


@pytest.mark.parametrize(
    ("answers", "name", "server"),
    [
        ({"/openapi.json": page("Animatic", version="0.1.0")}, "animatic", "Animatic 0.1.0"),
        ({"/openapi.json": page("LiteLLM API", version="1.109.1")}, "litellm", "LiteLLM 1.109.1"),
        (
            {"/openapi.json": page("NVIDIA Dynamo OpenAI Frontend", "POST /v1/videos", version="1.6.1")},
            "dynamo",
            "NVIDIA Dynamo 1.6.1",
        ),
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
        ({"/v1/models": SGLANG_MODELS}, "sglang", "SGLang Diffusion"),
        (
            {"/v1/models": models("vllm", "wan"), "/v1/omni/sleep": Reply(405, b"", {"Allow": "POST"})},
            "vllm-omni",
            "vLLM-Omni",
        ),
        (
            {
                "/v1/models": models("nvidia", "wan"),
                "/health": Reply(200, {"status": "healthy", "endpoints": [], "instances": []}),
            },
            "dynamo",
            "NVIDIA Dynamo",
        ),
        (
            {"/v1/models": Reply(401, {"error": "no"}, {"x-litellm-version": "1.109.1"})},
            "litellm",
            "LiteLLM 1.109.1",
        ),
        ({"/v1/models": Reply(200, {"data": []}, {"X-New-Api-Version": "v1"})}, "new-api", "new-api v1"),
        (
            {"/api/status": Reply(200, {"success": True, "data": {"system_name": "New API", "version": "v1.0.0"}})},
            "new-api",
            "new-api v1.0.0",
        ),
        ({"/health/liveliness": Reply(200, "I'm alive!")}, "litellm", "LiteLLM"),
    ],
)
def test_a_server_gives_itself_away(peer: Peer, answers: dict[str, Reply], name: str, server: str) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    for path, reply in answers.items():
        peer.on("GET", path, reply)
    found = detect(settings(peer))
    assert (found.dialect.name, found.server, found.grade) == (name, server, Grade.RECOGNISED)
    assert {request.method for request in peer.seen} == {"GET"}
    keyless = ("/openapi", "/health", "/api/status")
    for request in peer.seen:
        assert ("authorization" in request.headers) is not request.path.startswith(keyless)


LOOK_ALIKES = [
    ({PROBE: Reply(404, {"detail": "Video not found"})}, "sglang"),
    ({PROBE: Reply(404, {"error": {"message": "m", "code": 404}})}, "vllm-omni"),
    ({PROBE: Reply(400, {"code": "task_not_exist", "message": "m", "data": None})}, "new-api"),
    ({PROBE: Reply(500, {"error": {"message": "litellm.APIConnectionError: 'x'", "code": "500"}})}, "litellm"),
    ({"/v1/videos": Reply(405, b"")}, "dynamo"),
    ({"/v1/videos": Reply(404, b"", {"Allow": "POST"})}, "dynamo"),
    ({"/v1/models": models("vllm", "wan")}, "vllm-omni"),
    ({"/v1/models": models("sglang", "wan")}, "sglang"),
    ({"/v1/models": models("nvidia", "wan")}, "dynamo"),
    ({"/v1/models": models("animatic", "sora-2")}, "animatic"),
]


@pytest.mark.parametrize(("answers", "like"), LOOK_ALIKES)
def test_a_resemblance_is_said_and_grants_nothing(peer: Peer, answers: dict[str, Reply], like: str) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    for path, reply in answers.items():
        peer.on("GET", path, reply)
    found = detect(settings(peer))
    assert (found.dialect, found.grade, found.like, found.sure) == (PLAIN, Grade.RESEMBLES, like, False)
    can = capabilities(settings(peer), found)
    assert (can.recognised, can.resembles, can.sure) == ("resembles", like, False)
    assert not can.list_has_prompts and not can.idempotent and "cannot be found again" in can.lost_answer
    assert f"write {like} as the connection's dialect" in can.sentence() and "proves nothing" in can.sentence()


@pytest.mark.parametrize(("answers", "like"), LOOK_ALIKES)
def test_a_resemblance_overrules_no_page(peer: Peer, answers: dict[str, Reply], like: str) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    paths = ("POST /v1/videos", "GET /v1/videos", "GET /v1/videos/{id}", "POST /v1/videos/{id}/remix")
    peer.on("GET", "/openapi.json", page("House video service", *paths))
    for path, reply in answers.items():
        peer.on("GET", path, reply)
    found = detect(settings(peer))
    assert found.dialect.calls == {"create", "list", "get", "remix"} and found.dialect.remix_call == "remix"
    assert not found.sure and not found.dialect.list_has_prompts and not found.dialect.keeps_content_only_in_create


def test_a_page_with_a_few_borrowed_names_is_a_resemblance(peer: Peer) -> None:
    peer.otherwise = Reply(404, NOT_FOUND)
    peer.on("GET", "/openapi.json", made_page(fields("image_reference"), "POST /v1/videos", "POST /v1/videos/sync"))
    found = detect(settings(peer))
    assert (found.dialect.name, found.like, found.dialect.calls) == ("plain", "vllm-omni", {"create"})
    forget()
    peer.on("GET", "/openapi.json", page("DynamoDB of videos", "POST /v1/videos", "GET /v1/videos/{id}"))
    assert detect(settings(peer)).grade is Grade.UNKNOWN


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


def test_what_was_found_expires_and_can_be_forgotten(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(detection.time, "monotonic", lambda: now[0])
    peer.on("GET", "/openapi.json", page("Animatic"))
    assert detect(settings(peer)).dialect.name == "animatic"
    peer.on("GET", "/openapi.json", page("LiteLLM API"))
    assert detect(settings(peer)).dialect.name == "animatic"
    now[0] += detection.LIFE + 1
    assert detect(settings(peer)).dialect.name == "litellm"
    peer.on("GET", "/openapi.json", page("Animatic"))
    forget(peer.url)
    assert detect(settings(peer)).dialect.name == "animatic"


def test_a_silent_server_holds_up_no_other(peer: Peer) -> None:
    with Peer() as silent:
        silent.otherwise = Reply(hang=True)
        waiting = threading.Thread(target=_quietly, args=(settings(silent, request_timeout=8.0),))
        waiting.start()
        while not silent.seen:
            time.sleep(0.01)
        peer.on("GET", "/openapi.json", page("Animatic"))
        started = time.monotonic()
        assert detect(settings(peer)).dialect.name == "animatic"
        assert time.monotonic() - started < 4 and waiting.is_alive()
    waiting.join(10)


def _quietly(of: ConnectionSettings) -> None:
    with contextlib.suppress(SoraError):
        detect(of)


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
    peer.wait_for(2)
    assert len(peer.seen) == 2  # the second error came from memory
    monkeypatch.setattr(detection.time, "monotonic", lambda: 1e12)
    peer.on("GET", "/openapi.json", page("Animatic"))
    assert detect(settings(peer)).dialect.name == "animatic"


def test_one_question_without_an_answer_does_not_end_the_asking(peer: Peer) -> None:
    peer.on("GET", "/openapi.json", Reply(hang=True))
    peer.on("GET", "/v1/models", SGLANG_MODELS)
    assert detect(settings(peer, request_timeout=1.5)).dialect.name == "sglang"


def test_a_refused_key_leaves_the_question_open(peer: Peer) -> None:
    peer.otherwise = Reply(401, {"error": {"message": "no key"}})
    found = detect(settings(peer))
    assert (found.dialect.name, found.sure) == ("plain", False)
    with pytest.raises(AuthenticationFailedError):
        capabilities(settings(peer), found)
    peer.otherwise = Reply(404, NOT_FOUND)
    peer.on("GET", "/v1/models", SGLANG_MODELS)
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
    assert "remix" in can.calls
