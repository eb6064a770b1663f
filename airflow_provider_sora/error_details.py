"""An error as small JSON, in which it travels in a trigger's event, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_sora.exceptions import SoraError

_FACTS = ("video_id", "status_code", "code", "retry_after")


def details_of(error: SoraError) -> dict[str, Any]:
    """The error as small JSON: :func:`airflow_provider_sora.exceptions.error_from_details` rebuilds it."""
    fields = {"type": type(error).__name__, "message": error.message, **{name: getattr(error, name) for name in _FACTS}}
    return {name: value for name, value in fields.items() if value is not None}


def rebuilt(root: type[SoraError], details: Mapping[str, Any]) -> SoraError:
    """The error that :func:`details_of` described, of a class that is ``root`` or below it.

    An unknown type becomes ``root``, and fields that this version does not know are left out: the triggerer may be
    newer than the worker that resumes. What it said of the money is in its text already.
    """
    cls = kinds(root).get(str(details.get("type", "")), root)
    known = {name: details[name] for name in _FACTS if name in details}
    return cls(str(details.get("message") or "unknown error"), cost="", **known)


def kinds(root: type[SoraError]) -> dict[str, type[SoraError]]:
    """The classes of errors by name, ``root`` and all below it."""
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(kinds(child))
    return found
