"""``/sora/gallery``: many clips to look through, in Airflow's frames or alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.gallery.trail import WORDS
from airflow_provider_sora.pages.gallery_page import Choice, render_gallery
from airflow_provider_sora.plugins.browsing.clip_cards import sum_of, tiles_of
from airflow_provider_sora.plugins.browsing.job_progress import progress_of
from airflow_provider_sora.plugins.browsing.page_support import airflow_of, headers, root_of, words_for
from airflow_provider_sora.plugins.security import User, may_read_tasks, readable_dags
from airflow_provider_sora.plugins.serving.readers import readers
from airflow_provider_sora.plugins.serving.shelves import Shelves, shelves
from airflow_provider_sora.plugins.task_states import state_of

#: Clips that a page shows at a time.
AT_ONCE = 24
#: Seconds after which the page of a task that is still at work asks again.
AGAIN_SECONDS = 15
_OVER = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


def router() -> APIRouter:
    """The page."""
    routes = APIRouter()

    @routes.get("/gallery")
    async def gallery(
        request: Request,
        user: User,
        text: Annotated[str, Query(max_length=300)] = "",
        dag_id: str = "",
        run_id: str = "",
        task_id: str = "",
        map_index: str = "",
        model: str = "",
        review: str = "",
        day: str = "",
        label: str = "",
        standing: str = "",
        after: str = "",
        lang: str = "",
    ) -> Response:
        asked = {
            "text": text, "dag_id": dag_id, "run_id": run_id, "task_id": task_id, "map_index": map_index,
            "model": model, "review": review, "day": day, "label": label, "standing": standing, "lang": lang,
        }  # fmt: skip
        notes, again = await _of_task(request, user, asked)
        return await to_thread.run_sync(_page, request, user, asked, after, notes, again, limiter=readers())

    return routes


def send_to_login(app: FastAPI) -> None:
    """Whoever opens a page without being logged in is led to Airflow's login and back; a program still gets its 401."""

    @app.exception_handler(401)
    def login(request: Request, error: HTTPException) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            airflow = airflow_of(request)
            return RedirectResponse(f"{airflow}/api/v2/auth/login?next={quote(str(request.url), safe='')}", 303)
        return JSONResponse({"detail": error.detail}, 401, headers=error.headers)


async def _of_task(request: Request, user: Any, asked: Mapping[str, str]) -> tuple[list[str], bool]:
    """What there is to say of a task instance that has no clip, and whether there will be more to say soon."""
    ids = (asked["dag_id"], asked["run_id"], asked["task_id"], _index(asked["map_index"]))
    if not asked["task_id"] or not await to_thread.run_sync(_without_clip, user, asked, limiter=readers()):
        return [], False
    say = words_for(request, asked["lang"])
    state = await to_thread.run_sync(_state, user, ids, limiter=readers())
    if state is None:
        return [say["no_task"]], False
    notes, over = [say["task_state"].format(state=state or say["no_state"])], state in _OVER
    if not over and (job := await progress_of(*ids)) is not None:
        far = say["percent"].format(n=job.percent) if job.percent is not None else ""
        told = {"id": job.video_id, "since": job.submitted_at, "status": job.status or say["unknown"], "far": far}
        notes.append(say["job_progress"].format(**told))
    return notes, not over


def _without_clip(user: Any, asked: Mapping[str, str]) -> bool:
    return not shelves().shelf.find(replace(_search(asked, sorted(readable_dags(user)), ""), limit=1)).total


def _state(user: Any, ids: tuple[str, str, str, int]) -> str | None:
    return state_of(*ids) if may_read_tasks(user, ids[0]) else None


def _search(asked: Mapping[str, str], dags: Sequence[str], after: str) -> Search:
    name, found, value = asked["label"].partition(":")
    ids = (asked["dag_id"], asked["run_id"], asked["task_id"])
    return Search(
        dags,
        asked["text"],
        *ids,
        model=asked["model"],
        review=asked["review"],
        day=asked["day"],
        map_index=_index(asked["map_index"]) if asked["task_id"] else None,
        labels=[(name, value)] if found else (),
        after=after,
        limit=AT_ONCE,
        current={"current": True, "superseded": False}.get(asked["standing"]),
    )


def _page(
    request: Request, user: Any, asked: Mapping[str, str], after: str, of_task: Sequence[str], again: bool
) -> Response:
    say, here = words_for(request, asked["lang"]), shelves()
    home = f"{root_of(request)}/gallery"
    dags = sorted(readable_dags(user))
    search = _search(asked, dags, after)
    notes, sent = [*_problems(here, say), *of_task], headers()
    if again:
        sent["refresh"] = str(AGAIN_SECONDS)
    page = here.shelf.find(replace(search, task_id="", map_index=None) if of_task else search)
    if of_task and page.total:
        notes.append(say["of_the_run"])
    filled = {name: value for name, value in asked.items() if value}
    choices = _choices(here.shelf.choices(dags), asked, say)
    shown = {"text", *(choice.name for choice in choices)}
    content = render_gallery(
        say,
        title=f"{say['gallery']}: {asked['dag_id']}" if asked["dag_id"] else say["gallery"],
        home=home,
        text=asked["text"],
        hidden=[(name, value) for name, value in filled.items() if name not in shown],
        choices=choices,
        tiles=tiles_of(page.clips, here.shelf, root_of(request), say),
        total=page.total,
        in_all=sum_of(page.cost, page.unpriced, say, say["in_all"]) if page.total else "",
        first=f"{home}?{urlencode(filled)}" if filled or after else "",
        following=f"{home}?{urlencode({**filled, 'after': page.next})}" if page.next else "",
        notes=notes,
    )
    return HTMLResponse(content, headers=sent)


def _index(text: str) -> int:
    """A task instance's map index; Airflow leaves its placeholder standing where a task is not mapped."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _problems(here: Shelves, say: Mapping[str, str]) -> list[str]:
    if not here.archives:
        return [say["no_archives"]]
    said = [
        say["archive_problem"].format(uri=here.archives[name].uri, problem=problem)
        for name, problem in list(here.problems.items())
    ]
    return said or ([] if here.filled_once else [say["still_reading"]])


def _choices(known: Mapping[str, list[str]], asked: Mapping[str, str], say: Mapping[str, str]) -> list[Choice]:
    """The filters; one that offers nothing to choose is left out, unless it is in use."""
    labels: list[tuple[str, str]] = []
    for key, filters in known.items():
        kind, _, name = key.partition(":")
        if kind == "label":
            labels += [(f"{name}:{value}", f"{say.get(name, name)}: {value}") for value in filters]
    offered = {
        "dag_id": (say["dag"], [(value, value) for value in known["dag_id"]]),
        "model": (say["model"], [(value, value) for value in known["model"]]),
        "review": (say["review"], [(word, say[f"review_{word}"]) for word in WORDS if word in known["review"]]),
        "day": (say["day"], [(value, value) for value in known["day"]]),
        "label": (say["label"], labels),
        "standing": (say["standing"], [(value, say[value]) for value in ("current", "superseded")]),
    }
    found = []
    for name, (title, options) in offered.items():
        chosen = asked[name]
        if chosen and chosen not in {value for value, _ in options}:
            options = [(chosen, chosen), *options]
        if chosen or len(options) > 1:
            found.append(Choice(name, title, tuple(options), chosen))
    return found
