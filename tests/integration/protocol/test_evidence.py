"""*Test* is green only where a Videos API was seen; anything else is a no, and a true sentence of what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, ServerFaultError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.protocol.missing import PROBE_ID
from tests.integration.protocol.peer import Peer, Reply, Seen
from tests.support.known_servers import forget

KEY = "sk-test-0123456789"
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = Reply(200, b"<!doctype html><title>Welcome</title><form>Sign in</form>", HTML)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(params=["auto", "openai", "plain", "dynamo", "litellm", "merge"])
def hook(request: pytest.FixtureRequest, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> SoraHook:
    """The connection may even name a dialect: that is no evidence."""
    extra = {"dialect": request.param, "request_timeout": 5}
    connection = {"conn_type": "sora", "host": peer.url, "password": KEY, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    return SoraHook("sora_default")


def login(seen: Seen) -> Reply:
    return PAGE if seen.path.startswith("/login") else Reply(302, b"", {"Location": "/login?next=/v1/videos"})


def echo(seen: Seen) -> Reply:
    """Express and Spring name the path in their 404."""
    return Reply(404, {"error": "Not Found", "message": f"Cannot GET {seen.path}", "timestamp": str(id(seen))})


NOTHING = [
    ("an empty web server", Reply(200, b"", {"Content-Type": "text/plain"}), "answers with nothing"),
    ("HTML for every path", PAGE, "web page"),
    ("an empty object", Reply(200, {}), "JSON that is no list of videos"),
    ("an empty list", Reply(200, []), "JSON that is no list of videos"),
    ("an empty list object for every path", Reply(200, {"object": "list", "data": []}), "videos"),
    ("text", Reply(200, b"OK", {"Content-Type": "text/plain"}), "no JSON"),
    ("404 everywhere", Reply(404, {"detail": "Not Found"}), "has no /videos"),
    ("404 that names the path", echo, "has no /videos"),
    ("405 everywhere", Reply(405, {"detail": "Method Not Allowed"}, {"Allow": "POST"}), "has no /videos"),
    ("an HTML 404", Reply(404, b"<html><h1>Not Found</h1></html>", HTML), "web page"),
    ("a login page of its own", login, "after a redirect to /login"),
    ("a login page elsewhere", Reply(302, b"", {"Location": "http://login.test/?token=abc123"}), "redirects to"),
    ("an outage", Reply(503, b"busy"), "answers HTTP 503"),
    ("a page of an outage", Reply(502, b"<html>Bad Gateway</html>", HTML), "answers HTTP 502"),
    ("a limit", Reply(429, {"error": {"message": "slow"}}), "answers HTTP 429"),
]


@pytest.mark.parametrize(("what", "reply", "words"), NOTHING, ids=[row[0] for row in NOTHING])
def test_what_is_no_videos_api_is_not_green(peer: Peer, hook: SoraHook, what: str, reply: Any, words: str) -> None:
    peer.otherwise = reply
    worked, said = hook.test_connection()
    assert not worked and words in said and "Next:" in said
    assert "abc123" not in said and KEY not in said
    assert {request.method for request in peer.seen} == {"GET"}
    passing = "try again" in said
    assert passing is (what in ("an outage", "a page of an outage", "a limit"))
    with pytest.raises(ServerFaultError if passing else ConfigurationError, match="Nothing was paid"):
        hook.require_videos()


@pytest.mark.parametrize(
    ("secret", "told"), [("***", "is the mask"), ("whsec_eA== ***", "holds the mask"), ("whsec_eA==", None)]
)
def test_a_masked_webhook_secret_is_told_though_the_server_answers(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, secret: str, told: str | None
) -> None:
    peer.on("GET", "/v1/models", Reply(200, {"data": [{"id": "sora-2"}]}))
    peer.on("GET", "/v1/videos", Reply(200, {"object": "list", "data": [], "has_more": False}))
    peer.otherwise = Reply(404, {"detail": "Not Found"})
    connection = {"conn_type": "sora", "host": peer.url, "password": KEY, "extra": {"webhook_secret": secret}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    worked, said = SoraHook().test_connection()
    assert worked and "whsec" not in said
    assert (told or "") in said and ("Next: type the secret anew." in said) is (told is not None)


def test_a_wrong_key_is_said_as_such(peer: Peer, hook: SoraHook) -> None:
    peer.otherwise = Reply(401, {"error": {"message": "Invalid token"}})
    worked, said = hook.test_connection()
    assert not worked and "password" in said
    peer.otherwise = Reply(404, {"detail": "Not Found"})
    for path in ("/v1/videos", f"/v1/videos/{PROBE_ID}"):  # open models, closed videos
        peer.on("GET", path, Reply(403, {"error": {"message": "no right"}}))
    worked, said = hook.test_connection()
    assert not worked and "HTTP 403" in said


VIDEOS = [
    ("its list", "/v1/videos", Reply(200, {"object": "list", "data": [{"id": "v", "status": "queued"}]})),
    ("its create", "/v1/videos", Reply(405, b"", {"Allow": "POST"})),
    ("an unknown video", f"/v1/videos/{PROBE_ID}", Reply(404, {"detail": "Video not found"})),
    ("an unknown task", f"/v1/videos/{PROBE_ID}", Reply(400, {"code": "task_not_exist", "message": "no"})),
]


@pytest.mark.parametrize(("what", "path", "reply"), VIDEOS, ids=[row[0] for row in VIDEOS])
@pytest.mark.parametrize("hook", ["auto", "plain", "merge"], indirect=True)
def test_one_sign_of_videos_is_enough(peer: Peer, hook: SoraHook, what: str, path: str, reply: Reply) -> None:
    peer.otherwise = Reply(404, {"detail": "Not Found"})
    peer.on("GET", path, reply)
    worked, said = hook.test_connection()
    assert worked, said
    hook.require_videos()
    assert peer.posts() == []


@pytest.mark.parametrize("hook", ["auto"], indirect=True)
def test_the_lost_answer_and_the_gateway_are_told(peer: Peer, hook: SoraHook) -> None:
    peer.otherwise = Reply(500, {"error": {"message": "x"}}, {"x-litellm-version": "1.106.2"})
    peer.on("GET", "/v1/models", Reply(200, {"data": [{"id": "sora-2"}]}, {"x-litellm-version": "1.106.2"}))
    worked, said = hook.test_connection()
    assert worked and "num_retries: 0" in said and "a person decides" in said
    about = hook.capabilities()
    assert (about.recognised, about.resembles) == ("recognised", None)
    assert about.gateway and "num_retries: 0" in about.gateway[0]
