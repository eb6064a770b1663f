"""A connection's ``dialect`` made into a :class:`Dialect`: a name, or a description of one's own gateway."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.fields import Problem, about, misspelt, read
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import DIALECTS

_EXAMPLE = '{"base": "openai", "create_encodings": ["json"], "seconds_form": "integer"}'


def resolve_dialect(option: str | Mapping[str, Any], conn_id: str = "sora_default") -> Dialect | None:
    """The dialect that a connection asks for; None for ``auto`` (find out by asking the server).

    :raises ConfigurationError: unknown name, unknown field, or a value that the field cannot have.
    """
    if isinstance(option, str):
        return None if option == "auto" else _named(option, conn_id)

    def fault(problem: Problem) -> ConfigurationError:
        return ConfigurationError(
            f"Connection {conn_id!r}, dialect.{problem.place}: {problem.what}.",
            step=f"{problem.step}. Example: {_EXAMPLE}",
        )

    changes = dict(option)
    base = changes.pop("base", "plain")
    if not isinstance(base, str) or base == "auto":
        raise fault(Problem("base", f"{base!r} is no dialect's name", f"use one of {', '.join(DIALECTS)}"))
    dialect = _named(base, conn_id)
    known = about(Dialect)
    for name in changes:
        if name not in known:
            raise fault(misspelt(name, known, "a dialect has no such field"))
    changes.setdefault("name", f"{base} (described)")
    changes.setdefault("calls", _calls_with(dialect.calls, changes))
    sources = (f"connection {conn_id}", *dialect.sources)
    return read(lambda: replace(dialect, sources=sources, **changes), fault)


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
