"""An error as small JSON, in which it travels in a trigger's event, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.exceptions import SoraError

_FACTS = ("video_id", "status_code", "code", "retry_after")


def details_of(error: SoraError) -> dict[str, Any]:
    """The error as small JSON: :func:`error_from_details` rebuilds it."""
    fields = {"type": type(error).__name__, "message": error.message, **{name: getattr(error, name) for name in _FACTS}}
    return {name: value for name, value in fields.items() if value is not None}


def error_from_details(details: Mapping[str, Any]) -> SoraError:
    """Rebuild the error that :func:`details_of` described.

    An unknown type becomes ``SoraError``, and fields that this version does not know are left out: the triggerer may
    be newer than the worker that resumes.
    """
    cls = kinds(SoraError).get(str(details.get("type", "")), SoraError)
    known = {name: details[name] for name in _FACTS if name in details}
    return cls(str(details.get("message") or "unknown error"), cost="", **known)


def kinds(root: type[SoraError]) -> dict[str, type[SoraError]]:
    """The classes of errors by name, ``root`` and all below it."""
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(kinds(child))
    return found
