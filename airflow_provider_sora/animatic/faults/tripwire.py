"""The outermost layer of the server: counts and records every request, and lets fault rules strike it."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.faults.actions import PAID
from airflow_provider_sora.animatic.faults.book import FaultBook
from airflow_provider_sora.animatic.faults.rules import Rule
from airflow_provider_sora.animatic.faults.spoil import Spoiler
from airflow_provider_sora.animatic.forms import Form, read_form
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.wire import Line

LONGEST_BODY = 512 * 1024 * 1024

_PATHS: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/videos(/sync)?", "create"),
    ("GET", r"/videos", "list"),
    ("POST", r"/videos/edits", "edit"),
    ("POST", r"/videos/extensions", "extend"),
    ("POST", r"/videos/characters", "character_create"),
    ("GET", r"/videos/characters/[^/]+", "character_get"),
    ("POST", r"/videos/[^/]+/remix", "remix"),
    ("POST", r"/videos/[^/]+/cancel", "cancel"),
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
        self._spoiler = Spoiler(app, desk)

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
            store.count_post(re.sub(r"(?<=/videos/)[^/]+(?=/remix)", "{id}", scope["path"]))
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
            await self._spoiler.spoil(spoiler, scope, replay, receive, send)

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


def _line(scope: Scope) -> str:
    return f"{unquote(scope['path'])}?{unquote(scope['query_string'].decode('latin-1'))}"


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
