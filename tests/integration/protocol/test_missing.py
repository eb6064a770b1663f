"""An ability that is only assumed: "no such call" is told from "no such video", costs nothing and is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    SoraError,
    UnsupportedByServerError,
    VideoNotFoundError,
)
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.protocol import missing
from tests.integration.protocol.peer import Peer, Reply, Seen
from tests.support.known_servers import forget

JOB = {"id": "v1", "object": "video", "status": "completed", "progress": 100}
NOT_FOUND = Reply(404, {"detail": "Not Found"})


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def hook(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> SoraHook:
    extra = {"dialect": {"base": "openai", "label": "house"}}
    connection = {"conn_type": "sora", "host": peer.url, "password": "sk-0123456789", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    peer.otherwise = NOT_FOUND
    peer.on("GET", "/v1/videos/v1", Reply(200, JOB))
    return SoraHook("sora_default")


def ask(hook: SoraHook, call: str) -> Any:
    return {
        "remix": lambda: hook.remix_video("v1", "colder"),
        "edit": lambda: hook.edit_video("colder", video_id="v1"),
        "extend": lambda: hook.extend_video("on", 4, video_id="v1"),
        "upload": lambda: hook.edit_video("colder", video_file=b"\x00\x00\x00\x18ftypmp42"),
    }[call]()


PATHS = {"remix": "/v1/videos/v1/remix", "edit": "/v1/videos/edits", "extend": "/v1/videos/extensions"}


@pytest.mark.parametrize("call", ["remix", "edit", "extend", "upload"])
@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_call_that_is_not_there_is_unsupported_and_remembered(
    peer: Peer, hook: SoraHook, call: str, status: int
) -> None:
    # A proxy's decoration: only status and shape may count.
    peer.on("POST", PATHS.get(call, PATHS["edit"]), Reply(status, {"error": {"message": "Received Model Group=m"}}))
    with pytest.raises(UnsupportedByServerError, match="Nothing was paid"):
        ask(hook, call)
    posts = len(peer.posts())
    with pytest.raises(UnsupportedByServerError, match="Nothing was paid"):
        ask(SoraHook("sora_default"), call)  # another task of this process
    assert len(peer.posts()) == posts == 1
    missing.forget(peer.url)
    with pytest.raises(UnsupportedByServerError):
        ask(hook, call)
    assert len(peer.posts()) == 2


def test_a_contradiction_has_the_server_asked_anew(peer: Peer, hook: SoraHook, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "sora", "host": peer.url, "password": "sk-0123456789"}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    pages = iter(["Animatic", "LiteLLM API"])
    peer.on("GET", "/openapi.json", lambda seen: Reply(200, {"info": {"title": next(pages)}, "paths": {}}))
    first = SoraHook("sora_default")
    with pytest.raises(UnsupportedByServerError):
        ask(first, "remix")
    assert (first.dialect.name, SoraHook("sora_default").dialect.name) == ("animatic", "litellm")


def test_what_was_learnt_expires(peer: Peer, hook: SoraHook, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsupportedByServerError):
        ask(hook, "remix")
    assert missing.missing_at(peer.url) == {"remix"} and missing.missing_at("http://other/v1") == set()
    later = missing.time.monotonic() + missing.LIFE + 1
    monkeypatch.setattr(missing.time, "monotonic", lambda: later)
    assert missing.missing_at(peer.url) == set()


@pytest.mark.parametrize(
    "source",
    [
        NOT_FOUND,
        Reply(503, b""),
        Reply(200, {**JOB, "expires_at": 5}),
        Reply(200, {**JOB, "status": "expired"}),
        Reply(200, {**JOB, "status": "failed"}),
    ],
)
def test_a_video_that_is_not_there_is_no_missing_call(peer: Peer, hook: SoraHook, source: Reply) -> None:
    peer.on("GET", "/v1/videos/v1", source)
    peer.on("POST", PATHS["remix"], Reply(404, {"error": {"message": "No such video", "code": "video_not_found"}}))
    with pytest.raises(VideoNotFoundError):
        ask(hook, "remix")
    assert missing.missing_at(peer.url) == set()


def test_a_model_that_is_not_there_is_no_missing_call(peer: Peer, hook: SoraHook) -> None:
    peer.on("POST", PATHS["remix"], Reply(404, {"error": {"message": "gone", "code": "model_not_found"}}))
    with pytest.raises(SoraError):
        ask(hook, "remix")
    assert missing.missing_at(peer.url) == set()


def test_an_error_status_with_a_job_in_it_is_a_job(peer: Peer, hook: SoraHook) -> None:
    peer.on("POST", PATHS["remix"], Reply(501, {**JOB, "id": "v2", "status": "failed"}))
    assert ask(hook, "remix").id == "v2"
    assert missing.missing_at(peer.url) == set()


def options(allowed: dict[str, str]) -> Any:
    def answer(seen: Seen) -> Reply:
        if seen.method != "OPTIONS":
            return NOT_FOUND
        known = next((allow for end, allow in allowed.items() if seen.path.endswith(end)), None)
        return NOT_FOUND if known is None else Reply(405, b"", {"Allow": known})

    return answer


@pytest.mark.parametrize(
    ("allowed", "has"),
    [
        ({"/videos": "GET, POST"}, False),
        ({"/videos": "GET, POST", "/remix": "POST"}, True),
        ({}, True),  # a server that answers OPTIONS nowhere tells nothing
        ({"/videos": "GET"}, True),
    ],
)
def test_whether_there_is_a_remix_is_asked_for_free(
    peer: Peer, hook: SoraHook, allowed: dict[str, str], has: bool
) -> None:
    peer.otherwise = options(allowed)
    hook.ask_for_remix()
    assert (hook.dialect.remix_call == "remix") is has
    assert peer.posts() == []


def test_a_dialect_with_edits_alone_has_a_remix_only_where_it_says_so(peer: Peer, hook: SoraHook) -> None:
    dialect = hook.dialect
    alone = dialect.without(frozenset({"remix"}))
    assert alone.remix_call is None and alone.has("edit")
    from dataclasses import replace

    assert replace(alone, remix="edits").remix_call == "edit"


def test_a_gateway_that_counts_is_believed(peer: Peer, hook: SoraHook) -> None:
    counts = {"x-litellm-attempted-retries": "1", "x-litellm-attempted-fallbacks": "1"}
    peer.on("POST", "/v1/videos", Reply(200, {**JOB, "status": "queued"}, counts))
    assert hook.create_video("a kite").upstream_requests == 3
    # The last of three sendings was refused; the others may have made jobs.
    for status in (400, 503):
        peer.on("POST", "/v1/videos", Reply(status, {"error": {"message": "no"}}, counts))
        with pytest.raises(AmbiguousSubmitError, match="sent this 3 times") as raised:
            hook.create_video("a kite")
        assert "Nothing was paid" not in str(raised.value)
    assert all("x-litellm-num-retries" not in request.headers for request in peer.posts())


def test_litellm_is_told_not_to_repeat(peer: Peer, hook: SoraHook, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "sora", "host": peer.url, "password": "k-0123456789", "extra": {"dialect": "litellm"}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    peer.on("POST", "/v1/videos", Reply(503, {"error": {"message": "busy"}}))
    with pytest.raises(AmbiguousSubmitError, match=r"x-litellm-num-retries: 0.*does not say"):
        SoraHook("sora_default").create_video("a kite", model="m")
    (post,) = peer.posts()
    assert post.headers["x-litellm-num-retries"] == "0" and post.json()["disable_fallbacks"] is True
    own = {**connection, "extra": {"dialect": "litellm", "headers": {"X-LiteLLM-Num-Retries": "1"}}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(own))
    with pytest.raises(AmbiguousSubmitError):
        SoraHook("sora_default").create_video("a kite", model="m")
    assert peer.posts()[1].headers["x-litellm-num-retries"] == "1"
