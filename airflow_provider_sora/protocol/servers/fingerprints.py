"""How each server names itself in answers that cost nothing, and what merely looks like one. Pure.

*Recognised* is a server that says who it is (its page's title, its version header, a page of its own) or has routes
that no other make has. An error's shape, an owner in a list of models, a method that is not allowed: many servers
have those, so they make a *resemblance*, which is shown to people and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.protocol.http.reading.envelope import Answer, read_error
from airflow_provider_sora.protocol.servers.capabilities import Grade
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import ANIMATIC, DYNAMO, LITELLM, NEW_API, PLAIN, SGLANG, VLLM_OMNI
from airflow_provider_sora.protocol.servers.hosted import BY_HOST

_ROUTES: tuple[tuple[str, str, str], ...] = (
    ("create", "post", "/videos"),
    ("list", "get", "/videos"),
    ("get", "get", "/videos/{}"),
    ("delete", "delete", "/videos/{}"),
    ("content", "get", "/videos/{}/content"),
    ("remix", "post", "/videos/{}/remix"),
    ("edit", "post", "/videos/edits"),
    ("extend", "post", "/videos/extensions"),
    ("characters", "post", "/videos/characters"),
    ("cancel", "post", "/videos/{}/cancel"),
)
#: Routes and form fields by which a page without a title of its own is a make's: all of a row.
_OWN: tuple[tuple[Dialect, tuple[str, ...], tuple[str, ...]], ...] = (
    (VLLM_OMNI, ("/videos/sync", "/version"), ("image_reference",)),
    (VLLM_OMNI, ("/videos/sync", "/omni/sleep"), ()),
    (SGLANG, ("/server_info", "/set_lora"), ()),
    (SGLANG, ("/server_info",), ("reference_url",)),
)
#: The same with less than that.
_LIKE: tuple[tuple[Dialect, str], ...] = ((VLLM_OMNI, "/videos/sync"), (DYNAMO, "/videos/stream"))
_OWNERS = {"vllm": VLLM_OMNI, "vllm-omni": VLLM_OMNI, "sglang": SGLANG, "nvidia": DYNAMO, "animatic": ANIMATIC}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out: the dialect to speak, by what, how surely, and the version where it is stated.

    :param like: the make that the server resembles, where it was not recognised.
    """

    dialect: Dialect
    how: str
    version: str | None = None
    grade: Grade = Grade.RECOGNISED
    like: Dialect | None = None

    @property
    def recognised(self) -> bool:
        return self.grade is Grade.RECOGNISED


def resemblance(like: Dialect, by: str, spoken: Dialect = PLAIN) -> Finding:
    """A server that looks like one of this make."""
    how = (
        f"it resembles {like.label} {by}; that proves nothing, so it is spoken to plainly. If it is {like.label}, "
        f"write {like.name} as the connection's dialect"
    )
    return Finding(spoken, how, grade=Grade.RESEMBLES, like=like)


def by_host(host: str) -> Finding | None:
    """A hosted service, by its address."""
    for name, dialect in BY_HOST.items():
        if host == name or (name.startswith(".") and host.endswith(name)):
            return Finding(dialect, f"by its address {host}")
    return None


def by_page(page: Any) -> Finding | None:
    """A server by its OpenAPI page; one of unknown make that has the routes becomes ``plain`` with those calls."""
    if not isinstance(page, Mapping) or not isinstance(page.get("paths"), Mapping):
        return None
    info = page.get("info")
    facts: Mapping[str, Any] = info if isinstance(info, Mapping) else {}
    title = str(facts.get("title", ""))
    version = str(facts["version"])[:40] if isinstance(facts.get("version"), (str, int, float)) else None
    how = "by the title of its OpenAPI page"
    titles = (("animatic", ANIMATIC), ("litellm api", LITELLM), ("nvidia dynamo openai frontend", DYNAMO))
    for start, dialect in titles:
        if title.lower().startswith(start):
            return Finding(dialect, how, version)
    paths = [str(path).rstrip("/") for path in page["paths"]]
    calls = _routes_of(page["paths"])
    if "create" not in calls:
        return None
    text = str({path: page["paths"][path] for path in page["paths"] if "/videos" in str(path)}) + str(
        page.get("components", "")
    )
    for dialect, routes, fields in _OWN:
        if all(any(path.endswith(route) for path in paths) for route in routes) and all(
            f"'{field}'" in text for field in fields
        ):
            return Finding(dialect, "by the routes of its OpenAPI page")
    spoken = _with_calls(PLAIN, calls, text)
    for dialect, route in _LIKE:
        if any(path.endswith(route) for path in paths):
            return resemblance(dialect, f"by its route {route}, with the abilities that its OpenAPI page lists", spoken)
    how = f"its OpenAPI page ({title[:60] or 'no title'}) names no make; its abilities are those of that page"
    return Finding(spoken, how, grade=Grade.UNKNOWN)


def _routes_of(paths: Mapping[str, Any]) -> frozenset[str]:
    found = set()
    for path, methods in paths.items():
        shape = re.sub(r"^.*/v1(?=/videos)", "", re.sub(r"\{[^}]*\}", "{}", str(path))).rstrip("/")
        names = {str(name).lower() for name in methods} if isinstance(methods, Mapping) else set()
        found |= {call for call, method, route in _ROUTES if shape == route and method in names}
    return frozenset(found)


def _with_calls(dialect: Dialect, calls: frozenset[str], text: str) -> Dialect:
    if "content" in calls and "variant" in text:
        calls |= {"thumbnail", "spritesheet"}
    return replace(
        dialect,
        calls=calls,
        remix="path" if "remix" in calls else ("edits" if "edit" in calls else None),
        cancel=("POST", "/videos/{id}/cancel") if "cancel" in calls else None,
        source_file="edit" in calls,
    )


def by_headers(answer: Answer) -> Finding | None:
    """A server that puts its name into its answers' headers."""
    if any(name.startswith("x-litellm-") for name in answer.headers):
        return Finding(LITELLM, "by its headers", answer.headers.get("x-litellm-version"))
    if "x-new-api-version" in answer.headers:
        return Finding(NEW_API, "by its headers", answer.headers["x-new-api-version"])
    return None


def by_models(answer: Answer) -> Finding | None:
    """A server by its list of models: SGLang's entries say what only its diffusion server says; else an owner."""
    found = answer.json() if answer.status < 300 else None
    data = found.get("data") if isinstance(found, Mapping) else None
    entries = [entry for entry in data if isinstance(entry, Mapping)] if isinstance(data, list) else []
    owners = {str(entry.get("owned_by")) for entry in entries}
    # A proxy lists models of several owners; only a server's own word counts.
    if len(owners) != 1 or (owner := owners.pop()) not in _OWNERS:
        return None
    if owner == "sglang" and all("dit_precision" in entry for entry in entries):
        return Finding(SGLANG, "by its list of models")
    return resemblance(_OWNERS[owner], f"by its models' owner {owner!r}")


def by_own_route(like: Dialect, answer: Answer) -> Finding | None:
    """A resemblance made sure by the make's own route: see :data:`OWN_ROUTES`."""
    found = answer.json()
    page = found if answer.status == 200 and isinstance(found, Mapping) else {}
    if like is VLLM_OMNI and answer.status == 405 and "POST" in answer.headers.get("allow", "").upper():
        return Finding(like, "by its own route /omni/sleep")
    if like is DYNAMO and isinstance(page.get("endpoints"), list) and isinstance(page.get("instances"), list):
        return Finding(like, "by its health page")
    return None


#: Below the base URL, or (``root``) below the server's own address.
OWN_ROUTES: dict[str, tuple[str, bool]] = {VLLM_OMNI.name: ("/omni/sleep", False), DYNAMO.name: ("/health", True)}


def by_status_page(answer: Answer) -> Finding | None:
    """new-api by its public status page."""
    found = answer.json() if answer.status == 200 else None
    data = found.get("data") if isinstance(found, Mapping) else None
    if isinstance(data, Mapping) and str(data.get("system_name", "")).lower().replace("-", " ") == "new api":
        version = data.get("version")
        return Finding(NEW_API, "by its status page", version[:40] if isinstance(version, str) and version else None)
    return None


def by_unknown_id(answer: Answer) -> Finding | None:
    """What a server's answer about an id that does not exist looks like."""
    found = answer.json()
    if not isinstance(found, Mapping):
        return None
    by = "by the shape of its errors"
    if found.get("code") == "task_not_exist":
        return resemblance(NEW_API, by)
    error = found.get("error")
    if read_error(answer.body).message.startswith("litellm."):
        return resemblance(LITELLM, by)
    if answer.status == 404 and isinstance(error, Mapping) and type(error.get("code")) is int:
        return resemblance(VLLM_OMNI, by)
    if answer.status == 404 and isinstance(found.get("detail"), str) and "video" in found["detail"].lower():
        return resemblance(SGLANG, by)
    return None


def by_list(answer: Answer) -> Finding | None:
    """Dynamo has the path for POST only, and its errors are bare."""
    found = answer.json()
    bare = not answer.body or (isinstance(found, Mapping) and "message" in found and type(found.get("code")) is int)
    if bare and (answer.status == 405 or (answer.status == 404 and answer.headers.get("allow") == "POST")):
        return resemblance(DYNAMO, "by having create and no list")
    return None
