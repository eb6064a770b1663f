"""The outermost layer of the server: counts and records every request, and lets fault rules strike it."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_sora.animatic.desk import Desk
from airflow_provider_sora.animatic.errors import PRESETS, ApiError
from airflow_provider_sora.animatic.faults import PAID, FaultBook, Rule
from airflow_provider_sora.animatic.forms import Form, read_form
from airflow_provider_sora.animatic.wire import Answer, Line, plain

LONGEST_BODY = 512 * 1024 * 1024
HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"

_PATHS: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/videos(/sync)?", "create"),
    ("GET", r"/videos", "list"),
    ("POST", r"/videos/edits", "edit"),
    ("POST", r"/videos/extensions", "extend"),
    ("POST", r"/videos/characters", "character_create"),
    ("GET", r"/videos/characters/[^/]+", "character_get"),
    ("POST", r"/videos/[^/]+/remix", "remix"),
    ("GET", r"/videos/[^/]+/content", "content"),
    ("GET", r"/videos/[^/]+", "get"),
    ("DELETE", r"/videos/[^/]+", "delete"),
    ("POST", r"/files", "files"),
    ("GET", r"/models", "models"),
)


def call_of(method: str, path: str, query: str = "") -> str | None:
    """Which call of the protocol a request is, whatever the server makes of it; None for anything else."""
    if path == "/openapi.json":
        return "openapi"
    bare = path.removeprefix("/v1")
    for wanted, pattern, call in _PATHS:
        if method == wanted and re.fullmatch(pattern, bare):
            variant = re.search(r"variant=(thumbnail|spritesheet)", query)
            return variant[1] if call == "content" and variant else call
    return None


class Tripwire:
    """ASGI layer around the whole server."""

    def __init__(self, app: ASGIApp, desk: Desk, faults: FaultBook) -> None:
        self._app = app
        self._desk = desk
        self._faults = faults
        self._spoilers: dict[str, Callable[[Rule, Answer, Line, Scope, Send], Awaitable[None]]] = {
            "reset_after_accept": self._reset,
            "reset_mid_answer": self._mid_answer,
            "truncate": self._truncate,
            "cut_after": self._cut_after,
            "wrong_length": self._wrong_length,
            "no_length": self._no_length,
            "slow": self._slow,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = (
            call_of(scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
            if scope["type"] == "http"
            else None
        )
        if call is None:
            await self._app(scope, receive, send)
            return
        store = self._desk.store
        store.calls[call] += 1
        paid = scope["method"] == "POST" and call in PAID
        if paid:
            store.count_post(scope["path"])
        if self._strikes_early(call, scope, paid=paid):
            await Line(send, receive).reset()
            return
        body = await _body(receive)
        if body is None:
            return
        form = await self._note(scope, body)
        shapes, spoiler = self._struck(call, scope, form, paid=paid)
        scope["animatic.shapes"] = [{"action": rule.action, **rule.options} for rule in shapes]
        replay = _replay(body, receive)
        if spoiler is None:
            await self._app(scope, replay, send)
        else:
            await self._spoil(spoiler, call, scope, replay, receive, send)

    def _strikes_early(self, call: str, scope: Scope, *, paid: bool) -> bool:
        """Whether a rule resets this connection before the body is read; such a rule sees the path only."""
        early = [r for r in self._faults.rules if r.action == "reset_before_body"]
        if not early:
            return False
        return bool(self._faults.take(call, _line(scope), paid=paid, among=early))

    def _struck(self, call: str, scope: Scope, form: Form | None, *, paid: bool) -> tuple[list[Rule], Rule | None]:
        rules = [r for r in self._faults.rules if r.action != "reset_before_body"]
        if not rules:
            return [], None
        text = _line(scope)
        if form is not None:
            text += "\n" + json.dumps(form.fields, ensure_ascii=False)
        found = self._faults.take(call, text, paid=paid, among=rules)
        return [r for r in found if r.shapes_job], next((r for r in found if not r.shapes_job), None)

    async def _note(self, scope: Scope, body: bytes) -> Form | None:
        """Record what came, for the control route; the fields, if they can be read."""
        request = Request(scope, _replay(body, _never))
        form: Form | None = None
        if body:
            try:
                form = await read_form(request)
            except ApiError:
                form = None
        headers = {name: value for name, value in request.headers.items() if name not in ("authorization", "cookie")}
        self._desk.log.append(
            {
                "at": time.time(),
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode("latin-1"),
                "headers": headers,
                "authorized": "authorization" in request.headers,
                "encoding": form.encoding if form else "none",
                "fields": form.fields if form else {},
                "files": {
                    name: {"name": part.name, "content_type": part.content_type, "bytes": len(part.data)}
                    for name, part in (form.files if form else {}).items()
                },
                "body_bytes": len(body),
            }
        )
        return form

    async def _spoil(self, rule: Rule, call: str, scope: Scope, replay: Receive, receive: Receive, send: Send) -> None:
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
            await self._changed(rule, call, answer, scope).deliver(send)

    # -- answers that are good HTTP

    def _changed(self, rule: Rule, call: str, answer: Answer, scope: Scope) -> Answer:
        options = rule.options
        action = rule.action
        if action == "status":
            return self._status(rule)
        if action == "html":
            return plain(options.get("status", 200), HTML, "text/html")
        if action == "empty":
            return plain(options.get("status", 200), b"", "text/plain")
        if action == "json_content":
            body = options.get("body", {"id": "video", "status": "completed", "url": f"{_root(scope)}/animatic/signed"})
            return plain(options.get("status", 200), json.dumps(body).encode(), "application/json")
        if action == "vanish":
            return self._refusal(scope)
        if action == "redirect":
            return self._redirect(rule, scope)
        if action == "half_json":
            answer.body = answer.body[: len(answer.body) // 2]
        elif action == "corrupt":
            middle = len(answer.body) // 2
            answer.body = answer.body[:middle] + random.Random(7).randbytes(len(answer.body) - middle)
        elif action == "patch":
            answer.body = _patched(answer.body, options.get("patch", {}), options.get("drop", []))
        elif action == "change_etag":
            answer.set_header(b"etag", f'"{uuid.uuid4().hex}"'.encode())
        elif action == "drop_headers":
            for name in options.get("drop", []):
                answer.set_header(name.lower().encode(), None)
        answer.status = options.get("status", answer.status)
        if action != "drop_headers" or b"content-length" not in [n.lower().encode() for n in options.get("drop", [])]:
            answer.set_header(b"content-length", str(len(answer.body)).encode())
        return answer

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


def _line(scope: Scope) -> str:
    return f"{unquote(scope['path'])}?{unquote(scope['query_string'].decode('latin-1'))}"


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


async def _body(receive: Receive) -> bytes | None:
    """The whole request body; None when the client left first or it is beyond all measure."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """An ASGI ``receive`` that gives the body again, then what really comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _never() -> Message:
    raise ClientDisconnect


async def _wait_or_leave(receive: Receive, seconds: float) -> None:
    """Wait, but no longer than the client does."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
