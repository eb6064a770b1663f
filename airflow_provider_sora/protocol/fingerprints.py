"""How each server gives itself away in answers that cost nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.protocol.dialect import Dialect
from airflow_provider_sora.protocol.dialects import (
    ANIMATIC,
    DYNAMO,
    LITELLM,
    NEW_API,
    PLAIN,
    SGLANG,
    VLLM_OMNI,
)
from airflow_provider_sora.protocol.envelope import Answer
from airflow_provider_sora.protocol.hosted import BY_HOST

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


@dataclass(frozen=True, slots=True)
class Finding:
    """What one answer tells: the dialect, how it was recognised, and the version where it is stated."""

    dialect: Dialect
    how: str
    version: str | None = None


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
    how = "by its OpenAPI page"
    if facts.get("x-dialect") or title.lower() == "animatic":
        return Finding(ANIMATIC, how, version)
    if "litellm" in title.lower():
        return Finding(LITELLM, how, version)
    if "dynamo" in title.lower():
        return Finding(DYNAMO, how)
    text = str({path: page["paths"][path] for path in page["paths"] if "/videos" in str(path)}) + str(
        page.get("components", "")
    )
    if any(str(path).endswith("/videos/sync") for path in page["paths"]) and "image_reference" in text:
        return Finding(VLLM_OMNI, how)
    if "'reference_url'" in text and "'video_reference'" in text:
        return Finding(SGLANG, how)
    calls = _routes_of(page["paths"])
    if "create" not in calls:
        return None
    return Finding(_with_calls(PLAIN, calls, text), f"not recognised ({title[:60] or 'no title'}), abilities {how}")


def _routes_of(paths: Mapping[str, Any]) -> frozenset[str]:
    found = set()
    for path, methods in paths.items():
        shape = re.sub(r"\{[^}]*\}", "{}", str(path)).removeprefix("/v1").rstrip("/")
        names = {str(name).lower() for name in methods} if isinstance(methods, Mapping) else set()
        found |= {call for call, method, route in _ROUTES if shape == route and method in names}
    return frozenset(found)


def _with_calls(dialect: Dialect, calls: frozenset[str], text: str) -> Dialect:
    if "content" in calls and "variant" in text:
        calls |= {"thumbnail", "spritesheet"}
    remix = "path" if "remix" in calls else ("edits" if "edit" in calls else None)
    cancel = ("POST", "/videos/{id}/cancel") if "cancel" in calls else None
    return replace(dialect, calls=calls, remix=remix, cancel=cancel, source_file="edit" in calls)


def by_models(answer: Answer) -> Finding | None:
    """A server by its list of models and the headers that come with it."""
    names = set(answer.headers)
    if any(name.startswith("x-litellm-") for name in names):
        return Finding(LITELLM, "by its headers", answer.headers.get("x-litellm-version"))
    if "x-new-api-version" in names or "x-oneapi-request-id" in names:
        return Finding(NEW_API, "by its headers", answer.headers.get("x-new-api-version"))
    found = answer.json() if answer.status < 300 else None
    data = found.get("data") if isinstance(found, Mapping) else None
    owners = {str(entry.get("owned_by")) for entry in data or () if isinstance(entry, Mapping)} if data else set()
    known = {"vllm": VLLM_OMNI, "vllm-omni": VLLM_OMNI, "sglang": SGLANG, "nvidia": DYNAMO, "animatic": ANIMATIC}
    # A proxy lists models of several owners; only a server's own word counts.
    if len(owners) == 1 and (owner := owners.pop()) in known:
        return Finding(known[owner], "by its list of models")
    return None


def by_unknown_id(answer: Answer) -> Finding | None:
    """A server by what it says of an id that does not exist."""
    found = answer.json()
    if not isinstance(found, Mapping):
        return None
    if found.get("code") == "task_not_exist":
        return Finding(NEW_API, "by its error's shape")
    error = found.get("error")
    if answer.status == 404 and isinstance(error, Mapping) and type(error.get("code")) is int:
        return Finding(VLLM_OMNI, "by its error's shape")
    if answer.status == 404 and isinstance(found.get("detail"), str) and "video" in found["detail"].lower():
        return Finding(SGLANG, "by its error's shape")
    return None


def by_list(answer: Answer) -> Finding | None:
    """Dynamo has the path for POST only, and its errors are bare."""
    found = answer.json()
    bare = not answer.body or (isinstance(found, Mapping) and "message" in found and type(found.get("code")) is int)
    if answer.status == 405 and bare:
        return Finding(DYNAMO, "by having create and nothing else")
    return None
