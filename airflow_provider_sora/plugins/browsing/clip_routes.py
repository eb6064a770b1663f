"""Clips as JSON, for pages and for other programs: what a person may see of the DAGs they may look at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.plugins.browsing.clip_cards import file_links
from airflow_provider_sora.plugins.security import User, readable_dags, same_origin
from airflow_provider_sora.plugins.serving.file_route import readable_clip
from airflow_provider_sora.plugins.serving.readers import readers
from airflow_provider_sora.plugins.serving.shelves import shelves

#: The most clips of one answer.
MOST = 200
_FIELDS = tuple(one.name for one in fields(Clip))


def router() -> APIRouter:
    """Search, one clip with its family, what can be filtered by, and the current clip of each product or story."""
    routes = APIRouter(prefix="/api")

    @routes.get("/clips")
    def clips(
        request: Request,
        user: User,
        text: Annotated[str, Query(max_length=300)] = "",
        dag_id: str = "",
        run_id: str = "",
        task_id: str = "",
        map_index: int | None = None,
        model: str = "",
        review: str = "",
        day: str = "",
        label: Annotated[list[str] | None, Query(max_length=10)] = None,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 48,
    ) -> dict[str, Any]:
        here = shelves()
        page = here.shelf.find(
            Search(
                sorted(readable_dags(user)), text, dag_id, run_id, task_id, map_index, model, review, day,
                labels=[_label(one) for one in label or ()], after=after, limit=limit,
            )
        )  # fmt: skip
        return {
            "clips": shown(page.clips, request),
            "next": page.next,
            "total": page.total,
            "cost_usd": round(page.cost, 6),
            "unpriced": page.unpriced,
            "filled": here.filled_once,
            "archives": [
                {"id": archive.id, "uri": archive.uri, "problem": here.problems.get(archive.id)}
                for archive in here.archives.values()
            ],
        }

    @routes.get("/clips/{archive}/{folder:path}")
    def clip(archive: str, folder: str, request: Request, user: User) -> dict[str, Any]:
        found = readable_clip(archive, folder, user)
        return {
            "clip": shown([found], request)[0],
            "family": shown(shelves().shelf.family(found, readable_dags(user)), request),
        }

    @routes.get("/current/{archive}")
    async def current(archive: str, request: Request, user: User) -> Response:
        """For a shop or a CMS: the current clips of each product or story, the original first."""
        content = await to_thread.run_sync(all_current, archive, request, user, limiter=readers())
        return Response(content, media_type="application/json")

    def all_current(archive: str, request: Request, user: User) -> str:
        here = shelves()
        if archive not in here.archives:
            raise HTTPException(404)
        clips = here.shelf.current_clips(archive, sorted(readable_dags(user)))[::-1]
        known = {clip.subject: clip.origin for clip in clips if clip.subject}
        subjects: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for clip, entry in zip(clips, shown(clips, request, known), strict=True):
            subjects.setdefault(clip.subject or (), []).append(entry)
        found = {
            "archive": here.archives[archive].uri,
            "subjects": [
                {"dag_id": subject[0], "subject": list(subject[1:]), "clips": entries}
                for subject, entries in subjects.items()
            ],
        }
        # Thousands of plain mappings: the framework would look at each value of each before writing them.
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    @routes.get("/filters")
    def filters(user: User) -> dict[str, list[str]]:
        return shelves().shelf.choices(sorted(readable_dags(user)))

    @routes.post("/refresh", status_code=204)
    def refresh(user: User, _: Annotated[None, Depends(same_origin)]) -> None:
        shelves().look_now()

    return routes


def shown(
    clips: Iterable[Clip], request: Request, known: Mapping[tuple[str, ...], str] | None = None
) -> list[dict[str, Any]]:
    """Clips as pages and programs get them: with the addresses of their files, and whether each is the current one.

    :param known: the origin of each subject's current family, where the caller has it already.
    """
    found = list(clips)
    current = known or shelves().shelf.current(clip.subject for clip in found if clip.subject)
    root = request.scope.get("root_path", "")
    return [
        {
            **{name: getattr(clip, name) for name in _FIELDS},
            "links": file_links(clip, root),
            "current": None if clip.subject is None else current.get(clip.subject) == clip.origin,
        }
        for clip in found
    ]


def _label(text: str) -> tuple[str, str]:
    name, found, value = text.partition(":")
    if not found:
        raise HTTPException(422, "A label is NAME:VALUE.")
    return name, value
