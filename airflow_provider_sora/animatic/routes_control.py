"""Routes beside the protocol: counters, faults, settings. They need no key and answer this machine alone."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from airflow_provider_sora.animatic.aging import age
from airflow_provider_sora.animatic.desk import Desk
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.faults import ANSWERS, SHAPES, FaultBook, RuleError
from airflow_provider_sora.animatic.routes_content import send_file
from airflow_provider_sora.animatic.settings import SettingError


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


def router(desk: Desk, faults: FaultBook) -> APIRouter:
    routes = APIRouter(prefix="/animatic", dependencies=[Depends(local_only)], tags=["control"])
    store = desk.store

    @routes.get("/stats")
    async def stats() -> Response:
        """What was asked, billed and rendered, since the state folder was made."""
        by_status: dict[str, int] = {}
        now = time.time()
        for job in store.jobs():
            status = age(job, now).status
            by_status[status] = by_status.get(status, 0) + 1
        return JSONResponse({**store.stats(), "by_status": by_status, "keys_at_signed": desk.keys_at_signed})

    @routes.get("/jobs")
    async def jobs() -> Response:
        """All jobs, oldest first, with what clients do not see."""
        now = time.time()
        return JSONResponse(
            [
                {
                    **desk.view(job),
                    "id": job.id,
                    "call": job.call,
                    "prompt": job.prompt,
                    "parent_id": job.parent_id,
                    "status": age(job, now).status,
                    "billed_seconds": job.billed_seconds,
                    "rendered": job.rendered_at is not None,
                    "scene": job.scene,
                }
                for job in store.jobs()
            ]
        )

    @routes.get("/requests")
    async def requests() -> Response:
        """The last thousand protocol requests as they arrived, without keys."""
        return JSONResponse(list(desk.log))

    @routes.get("/faults")
    async def list_faults() -> Response:
        """The rules in force, and every action there is."""
        return JSONResponse({"rules": [r.public() for r in faults.rules], "actions": {**SHAPES, **ANSWERS}})

    @routes.post("/faults")
    async def add_faults(request: Request) -> Response:
        """Put rules in force: one object or a list."""
        value = await _json(request)
        try:
            added = faults.add(value if isinstance(value, list) else [value])
        except RuleError as error:
            raise ApiError(400, str(error), code="invalid_rule") from error
        return JSONResponse([rule.public() for rule in added])

    @routes.delete("/faults")
    async def clear_faults() -> Response:
        """No faults any more."""
        faults.clear()
        return JSONResponse({"rules": []})

    @routes.get("/settings")
    async def show_settings() -> Response:
        return JSONResponse(desk.settings.public())

    @routes.post("/settings")
    async def change_settings(request: Request) -> Response:
        """Change settings while the server runs."""
        value = await _json(request)
        try:
            desk.settings.change(value if isinstance(value, dict) else {"": value})
        except SettingError as error:
            raise ApiError(400, str(error), code="invalid_setting") from error
        return JSONResponse(desk.settings.public())

    @routes.post("/reset")
    async def reset() -> Response:
        """Forget jobs, counters, faults and the record of requests."""
        for job in store.jobs():
            desk.studio.forget(job)
        store.reset()
        faults.clear()
        desk.log.clear()
        desk.keys_at_signed = 0
        return JSONResponse(store.stats())

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
