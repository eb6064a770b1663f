"""Routes beside the protocol: counters, faults, settings. They need no key and answer this machine alone."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from airflow_provider_sora.animatic.aging import age
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.faults.actions import ANSWERS, SHAPES, WEBHOOKS
from airflow_provider_sora.animatic.faults.book import FaultBook
from airflow_provider_sora.animatic.faults.rules import RuleError
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.routes.content import send_file
from airflow_provider_sora.animatic.settings import SettingError
from airflow_provider_sora.animatic.webhooks import Messenger


def local_only(request: Request) -> None:
    """:raises ApiError: 403 for anyone but this machine."""
    host = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ApiError(403, "The control routes answer this machine alone.", code="local_only")


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError as error:
        raise ApiError(400, "The body is not JSON.") from error


class ControlRoutes:
    """The handlers, bound to one server."""

    def __init__(self, desk: Desk, faults: FaultBook, messenger: Messenger) -> None:
        self.desk = desk
        self.faults = faults
        self.messenger = messenger

    async def stats(self) -> Response:
        """What was asked, billed and rendered, since the state folder was made."""
        by_status: dict[str, int] = {}
        now = time.time()
        for job in self.desk.store.jobs():
            status = age(job, now).status
            by_status[status] = by_status.get(status, 0) + 1
        return JSONResponse(
            {**self.desk.store.stats(), "by_status": by_status, "keys_at_signed": self.desk.keys_at_signed}
        )

    async def jobs(self) -> Response:
        """All jobs, oldest first, with what clients do not see."""
        now = time.time()
        return JSONResponse(
            [
                {
                    **self.desk.view(job),
                    "id": job.id,
                    "call": job.call,
                    "prompt": job.prompt,
                    "parent_id": job.parent_id,
                    "status": age(job, now).status,
                    "billed_seconds": job.billed_seconds,
                    "rendered": job.rendered_at is not None,
                    "scene": job.scene,
                }
                for job in self.desk.store.jobs()
            ]
        )

    async def requests(self) -> Response:
        """The last thousand protocol requests as they arrived, without keys."""
        return JSONResponse(list(self.desk.log))

    async def webhooks(self) -> Response:
        """The last thousand webhooks that were sent, and what was answered."""
        return JSONResponse(list(self.messenger.log))

    async def list_faults(self) -> Response:
        """The rules in force, and every action there is."""
        actions = {**SHAPES, **ANSWERS, **WEBHOOKS}
        return JSONResponse({"rules": [r.public() for r in self.faults.rules], "actions": actions})

    async def add_faults(self, request: Request) -> Response:
        """Put rules in force: one object or a list."""
        value = await _json(request)
        try:
            added = self.faults.add(value if isinstance(value, list) else [value])
        except RuleError as error:
            raise ApiError(400, str(error), code="invalid_rule") from error
        return JSONResponse([rule.public() for rule in added])

    async def clear_faults(self) -> Response:
        """No faults any more."""
        self.faults.clear()
        return JSONResponse({"rules": []})

    async def show_settings(self) -> Response:
        return JSONResponse(self.desk.settings.public())

    async def change_settings(self, request: Request) -> Response:
        """Change settings while the server runs."""
        value = await _json(request)
        try:
            self.desk.settings.change(value if isinstance(value, dict) else {"": value})
        except SettingError as error:
            raise ApiError(400, str(error), code="invalid_setting") from error
        return JSONResponse(self.desk.settings.public())

    async def sign(self, request: Request) -> Response:
        """A bearer address of a video, to be laid into a job object by a fault rule."""
        value = await _json(request)
        address = f"{str(request.base_url).rstrip('/')}/animatic/signed/{self.desk.sign(str(value['id']))}"
        return JSONResponse({"url": address})

    async def reset(self) -> Response:
        """Forget jobs, counters, faults and the record of requests."""
        for job in self.desk.store.jobs():
            self.desk.studio.forget(job)
        self.desk.store.reset()
        self.faults.clear()
        self.desk.log.clear()
        self.messenger.log.clear()
        self.desk.keys_at_signed = 0
        return JSONResponse(self.desk.store.stats())

    def table(self) -> list[tuple[str, str, Callable[..., Awaitable[Response]]]]:
        """Method, path and handler of each route."""
        return [
            ("GET", "/stats", self.stats),
            ("GET", "/jobs", self.jobs),
            ("GET", "/requests", self.requests),
            ("GET", "/webhooks", self.webhooks),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/settings", self.show_settings),
            ("POST", "/settings", self.change_settings),
            ("POST", "/sign", self.sign),
            ("POST", "/reset", self.reset),
        ]


def router(desk: Desk, faults: FaultBook, messenger: Messenger) -> APIRouter:
    """The control routes."""
    routes = APIRouter(prefix="/animatic", dependencies=[Depends(local_only)], tags=["control"])
    for method, path, handler in ControlRoutes(desk, faults, messenger).table():
        routes.add_api_route(path, handler, methods=[method])
    return routes


def signed_router(desk: Desk) -> APIRouter:
    """Videos at bearer addresses, as an object store gives them: whoever has the address may read."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/animatic/signed/{token}")
    async def signed(token: str, request: Request) -> Response:
        if "authorization" in request.headers:
            desk.keys_at_signed += 1
        video_id = desk.signed.get(token.removesuffix(".mp4"))
        job = desk.store.get(video_id) if video_id else None
        if job is None:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        path = await desk.film_of(job)
        return send_file(request, path, "video/mp4", ranges=True, name="video.mp4")

    @routes.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "ok", "dialect": desk.dialect.name})

    return routes
