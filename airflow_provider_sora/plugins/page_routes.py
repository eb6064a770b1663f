"""``/sora/gallery``: many clips to look through, in Airflow's frames or alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, FastAPI, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.gallery.trail import WORDS
from airflow_provider_sora.pages.gallery_page import Choice, render_gallery
from airflow_provider_sora.plugins.clip_cards import tiles_of
from airflow_provider_sora.plugins.page_support import airflow_of, headers, root_of, words_for
from airflow_provider_sora.plugins.security import User, may_read_tasks, readable_dags
from airflow_provider_sora.plugins.shelves import Shelves, shelves
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
    def gallery(
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
        say, here = words_for(request, lang), shelves()
        home = f"{root_of(request)}/gallery"
        dags = sorted(readable_dags(user))
        name, found, value = label.partition(":")
        search = Search(
            dags, text, dag_id, run_id, task_id, _index(map_index) if task_id else None, model, review, day,
            labels=[(name, value)] if found else (), after=after, limit=AT_ONCE,
            current={"current": True, "superseded": False}.get(standing),
        )  # fmt: skip
        page = here.shelf.find(search)
        notes, sent = _problems(here, say), headers()
        if task_id and not page.total:
            state = state_of(dag_id, run_id, task_id, _index(map_index)) if may_read_tasks(user, dag_id) else None
            notes.append(say["no_task"] if state is None else say["task_state"].format(state=state or say["no_state"]))
            if state is not None and state not in _OVER:
                sent["refresh"] = str(AGAIN_SECONDS)
            page = here.shelf.find(Search(dags, dag_id=dag_id, run_id=run_id, after=after, limit=AT_ONCE))
            notes += [say["of_the_run"]] if page.total else []
        asked = {
            "text": text, "dag_id": dag_id, "run_id": run_id, "task_id": task_id, "map_index": map_index,
            "model": model, "review": review, "day": day, "label": label, "standing": standing, "lang": lang,
        }  # fmt: skip
        filled = {name: value for name, value in asked.items() if value}
        choices = _choices(here.shelf.choices(dags), asked, say)
        shown = {"text", *(choice.name for choice in choices)}
        content = render_gallery(
            say,
            title=f"{say['gallery']}: {dag_id}" if dag_id else say["gallery"],
            home=home,
            text=text,
            hidden=[(name, value) for name, value in filled.items() if name not in shown],
            choices=choices,
            tiles=tiles_of(page.clips, here.shelf, root_of(request), say),
            total=page.total,
            first=f"{home}?{urlencode(filled)}" if filled or after else "",
            following=f"{home}?{urlencode({**filled, 'after': page.next})}" if page.next else "",
            notes=notes,
        )
        return HTMLResponse(content, headers=sent)

    return routes


def send_to_login(app: FastAPI) -> None:
    """Whoever opens a page without being logged in is led to Airflow's login and back; a program still gets its 401."""

    @app.exception_handler(401)
    def login(request: Request, error: HTTPException) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            airflow = airflow_of(request)
            return RedirectResponse(f"{airflow}/api/v2/auth/login?next={quote(str(request.url), safe='')}", 303)
        return JSONResponse({"detail": error.detail}, 401, headers=error.headers)


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
