"""A server that echoes our credentials everywhere, in every spelling: none gets past the gate; without it, they do."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from airflow_provider_sora.error_details import details_of
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.jobs.waiting.polling import ended
from airflow_provider_sora.protocol.http.reading import redaction
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, event_of
from tests.integration.protocol.peer import Peer, Reply, Seen

CANARY = "kan/ar+y&<0>42-secret"
EXTRA = "x-kanari\"e'77-secret"
SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda key: key,
    html.escape,
    lambda key: quote(key, safe=""),
    lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    lambda key: json.dumps(key)[1:-1],
)
#: Pieces of the canaries that would survive in no redacted text.
IN_BASE64 = base64.b64encode(f"user:{CANARY}".encode())[8:24].decode()
PIECES = ("0>42", "0&gt;42", "0%3E42", "77-secret", "42-secret", IN_BASE64)
LEAK = "https://u:pw-canary@files.example/1.mp4?X-Sig=sig-canary"


def echo() -> str:
    said = " | ".join(spell(secret) for spell in SPELLINGS for secret in (CANARY, EXTRA))
    return f"you sent {said} and {LEAK}"


def job(status: str, **fields: Any) -> dict[str, Any]:
    return {"id": "video_1", "status": status, "model": echo(), "size": CANARY, "prompt": f"a kite {CANARY}", **fields}


ANSWERS: dict[str, Reply] = {
    "failed job": Reply(200, job("failed", error={"code": f"c {CANARY}", "message": echo()})),
    "failed job, plain": Reply(200, job("failed", fail_reason=echo())),
    "failed job in a 500": Reply(500, job("failed", error=echo())),
    "completed job": Reply(200, job("completed", url=LEAK)),
    "odd word": Reply(200, job(f"odd {CANARY}")),
    "404": Reply(404, {"error": {"message": echo(), "code": CANARY, "type": EXTRA, "param": CANARY}}),
    "400 text": Reply(400, f"<p>{echo()}</p>".encode(), {"Content-Type": "text/html"}),
    "422 list": Reply(422, {"detail": [{"loc": [CANARY], "msg": echo()}]}),
    "500": Reply(500, {"message": echo()}),
    "200 with an error": Reply(200, {"error": {"message": echo(), "code": "x"}}),
    "200, unreadable": Reply(200, {"jobUuid": CANARY, "msg": echo()}),
    "redirect": Reply(301, b"", {"Location": f"https://elsewhere.example/{quote(CANARY, safe='')}?k={CANARY}"}),
    # The id of another job is shown in an error; a job of ours is called by what its server calls it.
    "another job": Reply(200, {"id": f"b {CANARY}", "status": "queued", "task_id": "b-1"}),
    "long": Reply(400, {"message": "x" * 590 + CANARY}),
}


@pytest.fixture
def hook(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> SoraHook:
    extra = {"dialect": "openai", "headers": {"X-Own": EXTRA}, "request_timeout": 5}
    connection = {"conn_type": "sora", "host": peer.url, "login": "user", "password": CANARY, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    return SoraHook()


def texts_of_everything(hook: SoraHook, peer: Peer, reply: Reply, log: pytest.LogCaptureFixture) -> Iterator[str]:
    """What an error, an event, a job's text and the log hold after this answer, sync, async and in the triggerer."""
    peer.otherwise = reply

    def told(call: Callable[[], Any]) -> str:
        try:
            return repr(call())
        except SoraError as error:
            return f"{error} {details_of(error)}"

    def outcome() -> Any:
        found = hook.get_video("video_1")
        return [found, event_of(ended(found), found.id)] if found.status.is_final else found

    async def looked_at() -> Any:
        async with hook.asession() as session:
            return await session.get_video("video_1")

    async def fired() -> Any:
        trigger = VideoCompletionTrigger(
            video_id="video_1",
            sora_conn_id="sora_default",
            deadline=time.time() + 0.2,
            poll_interval=0.05,
            first_poll_after=0.0,
            submitted_at=1.0,
        )
        return [event.payload async for event in trigger.run()]

    yield told(outcome)
    yield told(lambda: asyncio.run(looked_at()))
    yield told(lambda: asyncio.run(fired()))
    yield told(hook.list_videos)
    yield told(lambda: hook.get_character("c"))
    if "b-1" not in str(reply.body):  # an id is used as it is
        yield told(lambda: hook.submit(Submission(SubmitKind.CREATE, "a kite"), idempotency_key="k"))
    yield told(lambda: hook.download_content("video_1"))
    yield log.text


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_of_it_gets_out(hook: SoraHook, peer: Peer, caplog: pytest.LogCaptureFixture, name: str) -> None:
    with caplog.at_level(logging.DEBUG, logger="airflow"):
        for text in texts_of_everything(hook, peer, ANSWERS[name], caplog):
            for piece in (CANARY, EXTRA, "sig-canary", "pw-canary", *PIECES):
                assert piece not in text, (piece, text)


@pytest.mark.parametrize("name", ["failed job", "404", "200, unreadable", "odd word"])
def test_without_the_gate_it_would(
    hook: SoraHook, peer: Peer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(redaction, "_pattern", lambda secrets: None)
    texts = list(texts_of_everything(hook, peer, ANSWERS[name], caplog))
    assert any("42-secret" in text for text in texts[:3])


def test_what_the_server_saw_was_the_canary(hook: SoraHook, peer: Peer) -> None:
    seen: list[Seen] = []
    peer.on("GET", "/v1/videos/video_1", lambda request: seen.append(request) or Reply(200, job("queued")))  # type: ignore[func-returns-value]
    hook.get_video("video_1")
    assert seen[0].headers["authorization"] == f"Bearer {CANARY}" and seen[0].headers["x-own"] == EXTRA
