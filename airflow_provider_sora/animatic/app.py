"""Puts the server together: routes of the dialect, key check, refusals in the dialect's envelope."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from airflow_provider_sora import __version__
from airflow_provider_sora.animatic import errors
from airflow_provider_sora.animatic.dialects import DIALECTS, Dialect
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.faults.book import FaultBook
from airflow_provider_sora.animatic.faults.tripwire import Tripwire
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.jobs.store import Store
from airflow_provider_sora.animatic.jobs.studio import Studio
from airflow_provider_sora.animatic.routes import content, control, videos
from airflow_provider_sora.animatic.settings import ServerSettings
from airflow_provider_sora.animatic.webhooks import Messenger


def key_check(desk: Desk) -> Any:
    """A dependency that lets the right bearer key pass.

    :raises ApiError: 401 in the words of the original, or what the dialect says instead.
    """

    async def check(request: Request) -> None:
        wanted = desk.settings.key
        if wanted is None or not desk.dialect.checks_key:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode()):
            return
        given_key = given.strip() if scheme.lower() == "bearer" and given.strip() else None
        if desk.dialect.wrong_key is not None:
            raise desk.dialect.wrong_key(given_key)
        raise errors.missing_key() if given_key is None else errors.wrong_key(given_key)

    return check


def _refusals(app: FastAPI, dialect: Dialect) -> None:
    """Answer every refusal in the dialect's envelope, those of the framework too."""

    def answer(error: ApiError) -> JSONResponse:
        status, body = dialect.error_view(error)
        return JSONResponse(body, status, headers=error.headers)

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiError)
        return answer(error)

    async def no_route(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        text = f"Invalid URL ({request.method} {request.url.path})"
        return answer(ApiError(error.status_code, text, kind="no_route", headers=error.headers))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        return answer(ApiError(400, str(error)))

    async def broken(request: Request, error: Exception) -> JSONResponse:
        return answer(ApiError(500, "The server had an error while processing your request.", kind="server_error"))

    app.add_exception_handler(ApiError, refused)
    app.add_exception_handler(HTTPException, no_route)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, broken)


def build(settings: ServerSettings, root: Path) -> ASGIApp:
    """The whole server as one ASGI application.

    :param root: folder that keeps its state.
    """
    dialect = DIALECTS[settings.dialect]
    keep = dialect.persistent if settings.persist is None else settings.persist
    store = Store(root, keep_jobs=keep)
    studio = Studio(store)
    desk = Desk(settings, dialect, store, studio)
    faults = FaultBook(root / "faults.json")
    messenger = Messenger(settings, store, faults)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for job in store.jobs():
            if job.needs_render:
                studio.schedule(job)
        telling = asyncio.create_task(messenger.run())
        yield
        telling.cancel()
        studio.close()
        store.save_counters()
        await asyncio.sleep(0)

    app = FastAPI(
        title=dialect.title or "Animatic",
        version=dialect.version or __version__,
        description=dialect.description,
        lifespan=lifespan,
        openapi_url="/openapi.json" if dialect.title else None,
        docs_url="/docs" if dialect.title else None,
        redoc_url=None,
    )
    guarded = [Depends(key_check(desk))]
    app.include_router(content.router(desk), dependencies=guarded)
    app.include_router(videos.router(desk), dependencies=guarded)
    if dialect.more_routes is not None:
        app.include_router(dialect.more_routes())
    app.include_router(control.router(desk, faults, messenger), include_in_schema=dialect.name == "openai")
    app.include_router(control.signed_router(desk))
    _refusals(app, dialect)
    if dialect.name == "openai":
        _mark(app)
    return Tripwire(app, desk, faults)


def _mark(app: FastAPI) -> None:
    """Say on the OpenAPI page which dialect this is."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        schema = original()
        schema["info"]["x-dialect"] = "openai"
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
