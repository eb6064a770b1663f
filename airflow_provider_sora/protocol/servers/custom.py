"""A connection's ``dialect`` made into a :class:`Dialect`: a name, or a description of one's own gateway."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.servers.dialect import CALLS, Dialect
from airflow_provider_sora.protocol.servers.dialects import DIALECTS

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "seconds_form": ("string", "integer"),
    "model_rule": ("optional", "required", "served"),
    "reference_data": ("part", "data-url", "data-url-object", None),
    "reference_file_id": ("object", "string", None),
    "remix": ("path", "field", "edits", None),
    "content": ("endpoint", "job-url", "create-answer"),
}
_TEXTS = ("label", "delete_semantics", "size_pattern", "seconds_field", "size_field")
_FLAGS = ("source_file", "lists_all_models", "list_has_prompts", "honours_idempotency_key", "wants_key")
#: What a dialect says of itself, and what keeps a known gateway from repeating: not for a connection to set.
_OURS = {"name", "documented_only", "sources", "paid_headers", "paid_fields", "repeats"}
_NAME_LISTS = (
    "extra_fields",
    "extra_json_text",
    "not_found_codes",
    "sizes_allowed",
    "content_at",
    "id_at",
    "refusal_codes",
)
_EXAMPLE = '{"base": "openai", "create_encodings": ["json"], "seconds_form": "integer"}'


def resolve_dialect(option: str | Mapping[str, Any], conn_id: str = "sora_default") -> Dialect | None:
    """The dialect that a connection asks for; None for ``auto`` (find out by asking the server).

    :raises ConfigurationError: unknown name, unknown field, or a value that the field cannot have.
    """
    if isinstance(option, str):
        return None if option == "auto" else _named(option, conn_id)
    described = dict(option)
    base = described.pop("base", "plain")
    if not isinstance(base, str) or base == "auto":
        raise _wrong(conn_id, "base", f"{base!r} is no dialect's name", f"use one of {', '.join(DIALECTS)}")
    dialect = _named(base, conn_id)
    name = described.pop("name", f"{base} (described)")
    if not isinstance(name, str) or not name:
        raise _wrong(conn_id, "name", f"{name!r} is not text", "leave it out, or give a name")
    known = {f.name for f in fields(Dialect)} - _OURS
    changes: dict[str, Any] = {}
    for key, value in described.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            step = f"did you mean {near[0]!r}?" if near else f"fields are {', '.join(sorted(known))}"
            raise _wrong(conn_id, str(key), "a dialect has no such field", step)
        changes[key] = _checked(conn_id, key, value)
    if "calls" not in changes:
        changes["calls"] = _calls_with(dialect.calls, changes)
    return replace(dialect, name=name, sources=(f"connection {conn_id}", *dialect.sources), **changes)


def _calls_with(calls: frozenset[str], changes: Mapping[str, Any]) -> frozenset[str]:
    """The base's calls, with those that an override brings or takes away."""
    if "remix" in changes:
        more = {"remix", "edit"} if changes["remix"] == "edits" else {"remix"}
        calls = calls | more if changes["remix"] else calls - {"remix"}
    if "cancel" in changes:
        calls = calls | {"cancel"} if changes["cancel"] else calls - {"cancel"}
    return calls


def _named(name: str, conn_id: str) -> Dialect:
    found = DIALECTS.get(name)
    if found is None:
        near = difflib.get_close_matches(name, DIALECTS, 1)
        step = f"did you mean {near[0]!r}?" if near else f"use auto, one of {', '.join(DIALECTS)}, or {_EXAMPLE}"
        raise ConfigurationError(f"Connection {conn_id!r}, dialect: {name!r} is unknown.", step=f"{step}")
    return found


def _wrong(conn_id: str, key: str, what: str, step: str) -> ConfigurationError:
    return ConfigurationError(f"Connection {conn_id!r}, dialect.{key}: {what}.", step=f"{step}. Example: {_EXAMPLE}")


def _checked(conn_id: str, key: str, value: Any) -> Any:
    if key in _CHOICES:
        if value not in _CHOICES[key] or isinstance(value, (bool, int)):
            allowed = ", ".join(json.dumps(choice) for choice in _CHOICES[key])
            raise _wrong(conn_id, key, f"{value!r} is not possible", f"use one of {allowed}")
        return value
    if key in _TEXTS:
        return _text(conn_id, key, value)
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise _wrong(conn_id, key, f"{value!r} is not true or false", "write true or false")
        return value
    if key in _NAME_LISTS:
        return None if value is None and key in ("extra_fields", "sizes_allowed") else _names(conn_id, key, value)
    return _CHECKS[key](conn_id, key, value)


def _text(conn_id: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(conn_id, key, f"{value!r} is not text", "put text in quotes")
    if key == "size_pattern":
        try:
            re.compile(value)
        except re.error as error:
            raise _wrong(conn_id, key, f"{value!r} is no regular expression ({error})", "correct it") from error
    return value


def _names(conn_id: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise _wrong(conn_id, key, f"{value!r} is not a list of names", 'write ["one", "two"]')
    return tuple(value)


def _calls(conn_id: str, key: str, value: Any) -> frozenset[str]:
    names = _names(conn_id, key, value)
    for name in names:
        if name not in CALLS:
            raise _wrong(conn_id, key, f"{name!r} is no call", f"calls are {', '.join(CALLS)}")
    return frozenset(names)


def _encodings(conn_id: str, key: str, value: Any) -> tuple[str, ...]:
    names = _names(conn_id, key, value)
    if not names or any(name not in ("json", "multipart") for name in names):
        raise _wrong(conn_id, key, f"{value!r} is not possible", 'use ["json"], ["multipart"] or both')
    return names


def _whole_numbers(conn_id: str, key: str, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(type(item) is int and item > 0 for item in value):
        raise _wrong(conn_id, key, f"{value!r} is not a list of whole numbers above 0", "write [4, 8, 12]")
    return tuple(value)


def _statuses(conn_id: str, key: str, value: Any) -> tuple[int, ...]:
    good = isinstance(value, (list, tuple)) and all(type(item) is int and 400 <= item <= 599 for item in value)
    if not good:
        raise _wrong(conn_id, key, f"{value!r} is not a list of HTTP statuses", "write [503]")
    return tuple(value)


def _limit(conn_id: str, key: str, value: Any) -> int:
    if type(value) is not int or value < 1:
        raise _wrong(conn_id, key, f"{value!r} is not a whole number above 0", "write 32000")
    return value


def _url_form(conn_id: str, key: str, value: Any) -> str | None:
    if value in (None, "object", "string"):
        return value
    if isinstance(value, str) and re.fullmatch(r"(json-)?field:\w+", value):
        return value
    raise _wrong(conn_id, key, f"{value!r} is not possible", 'use "object", "string", "field:NAME" or null')


def _cancel(conn_id: str, key: str, value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    good = isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(item, str) for item in value)
    if not good or value[0] not in ("POST", "DELETE") or not value[1].startswith("/") or "{id}" not in value[1]:
        raise _wrong(conn_id, key, f"{value!r} is no call", 'write ["POST", "/videos/{id}/cancel"]')
    return value[0], value[1]


def _mapping(conn_id: str, key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(conn_id, key, f"{value!r} is not a JSON object", "write {…}")
    if key in ("extra_under", "sizes_by_model"):
        return {str(name): _names(conn_id, f"{key}.{name}", names) for name, names in value.items()}
    if not all(isinstance(word, str) for word in value.values()):
        raise _wrong(conn_id, key, f"{value!r} does not map words to words", 'write {"rendering": "in_progress"}')
    return {str(word).lower(): meaning for word, meaning in value.items()}


_CHECKS = {
    "calls": _calls,
    "create_encodings": _encodings,
    "seconds_allowed": _whole_numbers,
    "prompt_limit": _limit,
    "refusal_statuses": _statuses,
    "reference_url": _url_form,
    "cancel": _cancel,
    "extra_under": _mapping,
    "sizes_by_model": _mapping,
    "status_words": _mapping,
}
