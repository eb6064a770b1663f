"""``/sora/clip/{archive}/{folder}``: one clip with all that is known of it, and the buttons that decide about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.filling import look_again
from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.masking.scrub import scrub_text
from airflow_provider_sora.pages.gallery_page import render_clip
from airflow_provider_sora.plugins.browsing.clip_cards import facts_of, file_links, tiles_of, trail_of
from airflow_provider_sora.plugins.browsing.deciding import box_of
from airflow_provider_sora.plugins.browsing.page_support import headers, root_of, words_for
from airflow_provider_sora.plugins.browsing.questions import open_question
from airflow_provider_sora.plugins.security import User, readable_dags
from airflow_provider_sora.plugins.serving.file_route import readable_clip
from airflow_provider_sora.plugins.serving.readers import readers
from airflow_provider_sora.plugins.serving.shelves import Shelves, shelves
from airflow_provider_sora.review.decisions import Trail

#: Other clips of the same product or story that are shown.
_OTHERS = 12


def router() -> APIRouter:
    """The page, and the decisions alone, as they are now."""
    routes = APIRouter()

    @routes.get("/clip/{archive}/{folder:path}")
    async def clip(archive: str, folder: str, request: Request, user: User, lang: str = "") -> Response:
        return await to_thread.run_sync(page, archive, folder, request, user, lang, limiter=readers())

    def page(archive: str, folder: str, request: Request, user: User, lang: str) -> Response:
        say, here, root = words_for(request, lang), shelves(), root_of(request)
        readable_clip(archive, folder, user)
        trail, notes = _trail(here, archive, folder, say)
        found = readable_clip(archive, folder, user)  # with what was just learnt of it
        family = here.shelf.family(found, readable_dags(user))
        content = render_clip(
            say,
            tile=tiles_of([found], here.shelf, root, say)[0],
            home=f"{root}/gallery" + (f"?lang={lang}" if lang else ""),
            download=f"{file_links(found, root).get('video', '')}?download=true",
            facts=facts_of(found, family, say),
            trail=trail_of(trail, say),
            family=tiles_of(family, here.shelf, root, say),
            others=tiles_of(_others(here.shelf, found), here.shelf, root, say),
            notes=notes,
            decide=None if notes else box_of(request, user, here.archives[archive], found, trail, say),
        )
        return HTMLResponse(content, headers=headers())

    @routes.get("/api/trail/{archive}/{folder:path}")
    async def decisions(archive: str, folder: str, user: User) -> dict[str, Any]:
        return await to_thread.run_sync(now, archive, folder, user, limiter=readers())

    def now(archive: str, folder: str, user: User) -> dict[str, Any]:
        """How a clip stands, out of the archive itself, and whether a person is asked about it."""
        readable_clip(archive, folder, user)
        home = shelves().archives[archive]
        trail = look_again(home, shelves().shelf, folder)
        return {
            "review": readable_clip(archive, folder, user).review,
            "asked": open_question(home.destination.join(folder)) is not None,
            "decisions": [
                {
                    "number": one.number,
                    "state": one.state,
                    "by": scrub_text(one.by["name"]) if one.by else None,
                    "at": one.at,
                    "why": scrub_text(one.why),
                }
                for one in trail.decisions
            ],
        }

    return routes


def _others(shelf: Shelf, clip: Clip) -> list[Clip]:
    """The newest clips of the same product or story, but for the family."""
    if clip.subject is None:
        return []
    found = shelf.find(Search([clip.dag_id], subject=clip.subject, limit=2 * _OTHERS)).clips
    return [other for other in found if other.origin != clip.origin][:_OTHERS]


def _trail(here: Shelves, archive: str, folder: str, say: Mapping[str, str]) -> tuple[Trail, list[str]]:
    """The decisions about a clip; where the store fails or one is damaged, the page says so and shows the rest."""
    home = here.archives[archive]
    try:
        return look_again(home, here.shelf, folder), []
    except SoraError as error:
        return Trail(), [say["archive_problem"].format(uri=home.uri, problem=error)]
