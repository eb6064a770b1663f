"""The application that Airflow's API server mounts."""

from __future__ import annotations

from fastapi import FastAPI

from airflow_provider_sora.plugins import clip_page, clip_routes, file_route, page_routes, webhook_route


def build() -> FastAPI:
    """All routes. Each one guards itself: nothing but the signed webhook is open to who is not logged in."""
    app = FastAPI(title="airflow-provider-sora", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(webhook_route.router())
    app.include_router(clip_routes.router())
    app.include_router(file_route.router())
    app.include_router(clip_page.router())
    app.include_router(page_routes.router())
    page_routes.send_to_login(app)
    return app
