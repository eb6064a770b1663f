"""The gallery's pages: ``/sora/gallery`` and ``/sora/clip/{archive}/{folder}``, in Airflow's frames or alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, FastAPI, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.search import Search
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.gallery.trail import Step, read_trail
from airflow_provider_sora.pages.gallery_page import Choice, policy, render_clip, render_gallery
from airflow_provider_sora.plugins.browsing.clip_cards import facts_of, file_links, tiles_of, trail_of
from airflow_provider_sora.plugins.browsing.file_route import readable_clip
from airflow_provider_sora.plugins.browsing.languages import language
from airflow_provider_sora.plugins.browsing.shelves import Shelves, shelves
from airflow_provider_sora.plugins.security import User, may_read_tasks, readable_dags
from airflow_provider_sora.plugins.task_states import state_of
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.words.page_words import words

#: Clips that a page shows at a time.
AT_ONCE = 24
#: Seconds after which the page of a task that is still at work asks again.
AGAIN_SECONDS = 15
_OVER = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


def router() -> APIRouter:
    """Both pages."""
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
        day: str = "",
        label: str = "",
        standing: str = "",
        after: str = "",
        lang: str = "",
    ) -> Response:
        say, here = _words(request, lang), shelves()
        home = f"{_root(request)}/gallery"
        dags = sorted(readable_dags(user))
        name, found, value = label.partition(":")
        search = Search(
            dags, text, dag_id, run_id, task_id, _index(map_index) if task_id else None, model, day,
            labels=[(name, value)] if found else (), after=after, limit=AT_ONCE,
            current={"current": True, "superseded": False}.get(standing),
        )  # fmt: skip
        page = here.shelf.find(search)
        notes, headers = _problems(here, say), _headers()
        if task_id and not page.total:
            state = state_of(dag_id, run_id, task_id, _index(map_index)) if may_read_tasks(user, dag_id) else None
            notes.append(say["no_task"] if state is None else say["task_state"].format(state=state or say["no_state"]))
            if state is not None and state not in _OVER:
                headers["refresh"] = str(AGAIN_SECONDS)
            page = here.shelf.find(Search(dags, dag_id=dag_id, run_id=run_id, after=after, limit=AT_ONCE))
            notes += [say["of_the_run"]] if page.total else []
        asked = {
            "text": text, "dag_id": dag_id, "run_id": run_id, "task_id": task_id, "map_index": map_index,
            "model": model, "day": day, "label": label, "standing": standing, "lang": lang,
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
            tiles=tiles_of(page.clips, here.shelf, _root(request), say),
            total=page.total,
            first=f"{home}?{urlencode(filled)}" if filled or after else "",
            following=f"{home}?{urlencode({**filled, 'after': page.next})}" if page.next else "",
            notes=notes,
        )
        return HTMLResponse(content, headers=headers)

    @routes.get("/clip/{archive}/{folder:path}")
    def clip(archive: str, folder: str, request: Request, user: User, lang: str = "") -> Response:
        say, here, root = _words(request, lang), shelves(), _root(request)
        found = readable_clip(archive, folder, user)
        steps, notes = _trail(here, found, say)
        state = steps[-1].state if steps else None
        family = here.shelf.family(found)
        states = {found.folder: state} if state else {}
        content = render_clip(
            say,
            tile=tiles_of([found], here.shelf, root, say, states)[0],
            home=f"{root}/gallery" + (f"?lang={lang}" if lang else ""),
            download=f"{file_links(found, root).get('video', '')}?download=true",
            facts=facts_of(found, family, say),
            trail=trail_of(steps, say),
            family=tiles_of(family, here.shelf, root, say, states),
            others=tiles_of(_others(here.shelf, found), here.shelf, root, say),
            notes=notes,
        )
        return HTMLResponse(content, headers=_headers())

    return routes


def send_to_login(app: FastAPI) -> None:
    """Whoever opens a page without being logged in is led to Airflow's login and back; a program still gets its 401."""

    @app.exception_handler(401)
    def login(request: Request, error: HTTPException) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            airflow = _root(request).rpartition("/")[0]
            return RedirectResponse(f"{airflow}/api/v2/auth/login?next={quote(str(request.url), safe='')}", 303)
        return JSONResponse({"detail": error.detail}, 401, headers=error.headers)


def _root(request: Request) -> str:
    """Path of this plugin, below whatever prefix a proxy puts before Airflow."""
    return str(request.scope.get("root_path", ""))


def _words(request: Request, lang: str) -> Mapping[str, str]:
    return words(language(lang, request.headers.get("accept-language", "")))


def _headers() -> dict[str, str]:
    return {
        "content-security-policy": policy(),
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "vary": "accept-language, cookie",
        "x-content-type-options": "nosniff",
    }


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


def _others(shelf: Shelf, clip: Clip) -> list[Clip]:
    """The newest clips of the same product or story, but for the family."""
    if clip.subject is None:
        return []
    found = shelf.find(Search([clip.dag_id], subject=clip.subject, limit=AT_ONCE)).clips
    return [other for other in found if other.origin != clip.origin][:12]


def _trail(here: Shelves, clip: Clip, say: Mapping[str, str]) -> tuple[tuple[Step, ...], list[str]]:
    """The decisions about a clip; where the store fails, the page says so and shows the rest."""
    home = here.archives[clip.archive]
    try:
        return read_trail(open_store(home.uri, home.options), clip.folder), []
    except SoraError as error:
        return (), [say["archive_problem"].format(uri=home.uri, problem=error)]
