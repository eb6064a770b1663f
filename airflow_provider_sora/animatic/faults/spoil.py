"""What a fault rule makes of an answer."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from airflow_provider_sora.animatic.errors import PRESETS, ApiError
from airflow_provider_sora.animatic.faults.rules import Rule
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.wire import Answer, Line, plain

HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Spoiler:
    """Lets the server do its work where the rule says so, then answers as the rule wants."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self._spoilers: dict[str, Callable[[Rule, Answer, Line, Scope, Send], Awaitable[None]]] = {
            "reset_after_accept": self._reset,
            "reset_mid_answer": self._mid_answer,
            "truncate": self._truncate,
            "cut_after": self._cut_after,
            "wrong_length": self._wrong_length,
            "no_length": self._no_length,
            "slow": self._slow,
        }

    async def spoil(self, rule: Rule, scope: Scope, replay: Receive, receive: Receive, send: Send) -> None:
        """Answer one request by a rule.

        :param replay: gives the request's body again, for the server; ``receive`` is the wire itself.
        """
        answer = Answer()
        if rule.works_first:
            await self._app(_altered_scope(rule, scope), replay, answer.catch)
        if rule.action == "hang":
            await _wait_or_leave(receive, float(rule.options.get("seconds", 3600)))
            await Line(send, receive).close()
        elif rule.action == "reset_after_body":
            await Line(send, receive).reset()
        elif rule.action in self._spoilers:
            await self._spoilers[rule.action](rule, answer, Line(send, receive), scope, send)
        else:
            await self._changed(rule, answer, scope).deliver(send)

    # -- answers that are good HTTP

    def _changed(self, rule: Rule, answer: Answer, scope: Scope) -> Answer:
        if rule.action in ("status", "html", "empty", "json_content", "vanish", "redirect"):
            return self._instead(rule, scope)
        dropped = [name.lower().encode() for name in rule.options.get("drop", [])]
        if rule.action == "half_json":
            answer.body = answer.body[: len(answer.body) // 2]
        elif rule.action == "corrupt":
            middle = len(answer.body) // 2
            answer.body = answer.body[:middle] + random.Random(7).randbytes(len(answer.body) - middle)
        elif rule.action == "patch":
            answer.body = _patched(answer.body, rule.options.get("patch", {}), rule.options.get("drop", []))
        elif rule.action == "change_etag":
            answer.set_header(b"etag", f'"{uuid.uuid4().hex}"'.encode())
        answer.status = rule.options.get("status", answer.status)
        answer.set_header(b"content-length", str(len(answer.body)).encode())
        if rule.action == "drop_headers":
            for name in dropped:
                answer.set_header(name, None)
        return answer

    def _instead(self, rule: Rule, scope: Scope) -> Answer:
        """An answer that has nothing to do with what the server did."""
        options = rule.options
        if rule.action == "status":
            return self._status(rule)
        if rule.action == "vanish":
            return self._refusal(scope)
        if rule.action == "redirect":
            return self._redirect(rule, scope)
        status = options.get("status", 200)
        if rule.action == "html":
            return plain(status, HTML, "text/html")
        if rule.action == "empty":
            return plain(status, b"", "text/plain")
        body = options.get("body", {"id": "video", "status": "completed", "url": f"{_root(scope)}/animatic/signed/x"})
        return plain(status, json.dumps(body).encode(), "application/json")

    def _status(self, rule: Rule) -> Answer:
        options = rule.options
        if preset := options.get("preset"):
            error = PRESETS[preset]
        else:
            error = ApiError(options["status"], f"This is the fault of rule {rule.id}.", kind="server_error")
        headers = {**error.headers, **options.get("headers", {})}
        status, body = self._desk.dialect.error_view(error)
        body = options.get("body", body)
        status = options.get("status", status)
        if isinstance(body, str):
            return plain(status, body.encode(), "text/plain; charset=utf-8", headers)
        return plain(status, json.dumps(body).encode(), "application/json", headers)

    def _refusal(self, scope: Scope) -> Answer:
        video_id = scope["path"].split("/videos/")[-1].split("/")[0]
        error = self._desk.unknown(unquote(video_id), "content" if scope["path"].endswith("/content") else "get")
        status, body = self._desk.dialect.error_view(error)
        return plain(status, json.dumps(body).encode(), "application/json")

    def _redirect(self, rule: Rule, scope: Scope) -> Answer:
        options = rule.options
        video_id = scope["path"].split("/videos/")[-1].split("/")[0]
        root = _root(scope, options.get("host"))
        location = options.get("location") or f"{root}/animatic/signed/{self._desk.sign(unquote(video_id))}"
        return plain(options.get("status", 302), b"", "text/plain", {"location": location})

    # -- answers that are not

    async def _reset(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        await line.reset()

    async def _mid_answer(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        line.write_head(answer)
        line.write(answer.body[: int(len(answer.body) * rule.options.get("share", 0.5))])
        await asyncio.sleep(0.05)  # let the first half out, or the reset would overtake it
        await line.reset()

    async def _truncate(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        line.write_head(answer)
        size = rule.options.get("bytes", int(len(answer.body) * rule.options.get("share", 0.5)))
        line.write(answer.body[:size])
        await line.close()

    async def _cut_after(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        line.write_head(answer)
        await line.write_slowly(answer.body, rule.options["bytes_per_second"], limit=rule.options.get("seconds", 60.0))
        await line.close()

    async def _wrong_length(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        answer.set_header(b"content-length", str(max(0, len(answer.body) + rule.options["bytes"])).encode())
        line.write_head(answer)
        line.write(answer.body)
        await line.close()

    async def _no_length(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        answer.set_header(b"content-length", None)
        line.write_head(answer)
        line.write(answer.body)
        await line.close()

    async def _slow(self, rule: Rule, answer: Answer, line: Line, scope: Scope, send: Send) -> None:
        await asyncio.sleep(float(rule.options.get("seconds", 0.0)))
        if rate := rule.options.get("bytes_per_second"):
            line.write_head(answer)
            await line.write_slowly(answer.body, rate)
            await line.close()
        elif not line.gone:
            await answer.deliver(send)


def _root(scope: Scope, host: str | None = None) -> str:
    _, port = scope["server"]
    return f"http://{host or scope['server'][0]}:{port}"


def _patched(body: bytes, patch: dict[str, Any], drop: list[str]) -> bytes:
    """The JSON answer with other fields; in a list, every entry is changed."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    entries = value["data"] if isinstance(value, dict) and value.get("object") == "list" else [value]
    for entry in entries:
        entry.update(patch)
        for name in drop:
            entry.pop(name, None)
    return json.dumps(value, ensure_ascii=False).encode()


def _altered_scope(rule: Rule, scope: Scope) -> Scope:
    """The request as the server is to see it: without its Range, or without its variant."""
    scope = dict(scope)
    if rule.action == "ignore_range":
        scope["headers"] = [(k, v) for k, v in scope["headers"] if k not in (b"range", b"if-range")]
    if rule.action == "whole_mp4":
        scope["query_string"] = b""
    return scope


async def _wait_or_leave(receive: Receive, seconds: float) -> None:
    """Wait, but no longer than the client does."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
