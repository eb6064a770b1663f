"""The paid calls and the job objects: create, remix, edit, extend, retrieve, list, delete."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from airflow_provider_sora.animatic.aging import Job
from airflow_provider_sora.animatic.errors import ApiError
from airflow_provider_sora.animatic.jobs.desk import Desk
from airflow_provider_sora.animatic.jobs.orders import change_job, create_job

Handler = Callable[..., Awaitable[Response]]


def page_of(request: Request, desk: Desk) -> dict[str, Any]:
    """One page of the list, as asked by ``limit``, ``order`` and ``after``."""
    default, smallest, largest = desk.dialect.list_rule
    limit = _limit(request.query_params.get("limit"), default, smallest, largest)
    order = request.query_params.get("order", "desc")
    if order not in ("asc", "desc"):
        raise ApiError(400, f"Invalid value: '{order}'. Supported values are: 'asc' and 'desc'.", param="order")
    jobs = list(desk.store.jobs())
    if order == "desc":
        jobs.reverse()
    if after := request.query_params.get("after"):
        places = [index for index, job in enumerate(jobs) if job.id == after]
        if not places and desk.dialect.unknown_after == "refuse":
            raise ApiError(404, f"No video with id '{after}' to list after.", param="after", code="video_not_found")
        jobs = jobs[places[0] + 1 :] if places else []
    page = jobs if limit is None else jobs[:limit]
    return {
        "object": "list",
        "data": [desk.view(job, listed=True) for job in page],
        "first_id": page[0].id if page else None,
        "last_id": page[-1].id if page else None,
        "has_more": limit is not None and len(jobs) > limit,
    }


def _limit(text: str | None, default: int | None, smallest: int, largest: int) -> int | None:
    if text is None:
        return default
    if not text.isdigit() or not smallest <= int(text) <= largest:
        raise ApiError(
            400,
            f"Invalid 'limit': expected a value from {smallest} to {largest}, got '{text}'.",
            param="limit",
            code="invalid_limit",
        )
    return int(text)


def delete_job(desk: Desk, video_id: str) -> JSONResponse:
    """Forget a job as the dialect does."""
    job, state = desk.find(video_id)
    rule = desk.dialect.delete_rule
    if rule == "final" and not state.final:
        raise ApiError(
            400,
            f"Video '{video_id}' is {state.status}; only a completed or failed video can be deleted.",
            param="video_id",
            code="video_not_final",
        )
    view = desk.view(job)
    if rule != "record":
        job.gone = True
        desk.studio.forget(job)
    desk.store.remove(job, keep_files=rule == "record")
    if rule == "record":
        return JSONResponse({**view, "status": "deleted"})
    return JSONResponse({"id": job.id, "deleted": True, "object": "video.deleted"})


def cancel_job(desk: Desk, video_id: str) -> None:
    """Stop a job that is not final; what it cost stays counted.

    :raises ApiError: 409 when it is too late, 404 where this server has no such call.
    """
    if not desk.settings.cancel_call:
        raise ApiError(404, f"Invalid URL (POST /v1/videos/{video_id}/cancel)", kind="no_route")
    job, state = desk.find(video_id)
    if state.final:
        raise ApiError(
            409,
            f"Video '{video_id}' is {state.status}; only a queued or running video can be cancelled.",
            param="video_id",
            code="video_not_cancellable",
        )
    job.cancelled_at = time.time()
    desk.studio.forget(job)
    desk.store.save(job)


def job_answer(desk: Desk, job: Job) -> JSONResponse:
    """A job object; a failed one carries its failure's HTTP status where the dialect does that."""
    view = desk.view(job)
    failed = desk.dialect.failed_as_error and view.get("status") == "failed"
    return JSONResponse(view, job.failure_status if failed else 200)


class VideoRoutes:
    """The handlers, bound to one server."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def create(self, request: Request) -> Response:
        """Create a video."""
        job = await create_job(request, self.desk)
        if self.desk.dialect.create_answer is None:
            return job_answer(self.desk, job)
        if self.desk.dialect.inline:
            await self.desk.finished(job)
        body, headers = self.desk.dialect.create_answer(self.desk, job, self.desk.view(job))
        return JSONResponse(body, headers=headers)

    async def sync(self, request: Request) -> Response:
        """Create a video and wait for its bytes."""
        job = await create_job(request, self.desk)
        await self.desk.finished(job)
        if job.failure is not None:
            return job_answer(self.desk, job)
        return Response(self.desk.store.video_path(job).read_bytes(), media_type="video/mp4")

    async def retrieve(self, video_id: str) -> Response:
        """Retrieve a video."""
        return job_answer(self.desk, self.desk.find(video_id)[0])

    async def listing(self, request: Request) -> Response:
        """List videos."""
        if self.desk.dialect.check_list is not None:
            self.desk.dialect.check_list(request)
        return JSONResponse(page_of(request, self.desk))

    async def delete(self, video_id: str) -> Response:
        """Delete a video."""
        return delete_job(self.desk, video_id)

    async def cancel(self, video_id: str) -> Response:
        """Cancel a video."""
        cancel_job(self.desk, video_id)
        return await self.retrieve(video_id)

    async def remix(self, video_id: str, request: Request) -> Response:
        """Remix a video."""
        return job_answer(self.desk, await change_job(request, self.desk, "remix", video_id))

    async def edit(self, request: Request) -> Response:
        """Edit a video."""
        return job_answer(self.desk, await change_job(request, self.desk, "edit"))

    async def extend(self, request: Request) -> Response:
        """Extend a video."""
        return job_answer(self.desk, await change_job(request, self.desk, "extend"))

    def table(self) -> list[tuple[str, str, str, Handler]]:
        """Call, method, path and handler of each route."""
        return [
            ("create", "POST", "/videos", self.create),
            ("sync", "POST", "/videos/sync", self.sync),
            ("list", "GET", "/videos", self.listing),
            ("edit", "POST", "/videos/edits", self.edit),
            ("extend", "POST", "/videos/extensions", self.extend),
            ("remix", "POST", "/videos/{video_id}/remix", self.remix),
            ("cancel", "POST", "/videos/{video_id}/cancel", self.cancel),
            ("get", "GET", "/videos/{video_id}", self.retrieve),
            ("delete", "DELETE", "/videos/{video_id}", self.delete),
        ]


def router(desk: Desk) -> APIRouter:
    """The routes this dialect has."""
    routes = APIRouter()
    for prefix in desk.dialect.prefixes:
        for call, method, path, handler in VideoRoutes(desk).table():
            if call in desk.dialect.calls:
                routes.add_api_route(prefix + path, handler, methods=[method], name=call, tags=["videos"])
    return routes
