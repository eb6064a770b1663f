"""Rendered operator arguments as the values they stand for; a template always renders to text (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError

_NOTHING = (None, "", "None", "null")


def _wrong(name: str, value: object, wanted: str) -> ConfigurationError:
    return ConfigurationError(f"{name}={str(value)[:80]!r} must be {wanted}. Nothing was paid.")


def as_number(name: str, value: object, *, minimum: float = 0.0) -> float | None:
    """A finite number, or None when nothing was given.

    :raises ConfigurationError: it is neither; nothing was paid.
    """
    if value in _NOTHING:
        return None
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _wrong(name, value, "a number") from None
    if isinstance(value, bool) or not minimum <= result < float("inf"):
        raise _wrong(name, value, f"a number of at least {minimum:g}")
    return result


def as_seconds(value: object) -> int | None:
    """Whole seconds of video, or None to leave the length to the server."""
    result = as_number("seconds", value, minimum=1)
    if result is None:
        return None
    if result != int(result):
        raise _wrong("seconds", value, "a whole number: servers refuse fractions")
    return int(result)


def as_text(value: object) -> str | None:
    """Text, or None when nothing was given (a template may render to nothing)."""
    return None if value in _NOTHING else str(value).strip() or None


def as_zone(name: str, value: object) -> tzinfo:
    """The time zone of an IANA name; UTC when nothing was given."""
    import pendulum

    try:
        return pendulum.timezone(as_text(value) or "UTC")
    except (ValueError, OSError):  # it looks for a file of that name
        raise _wrong(name, value, "an IANA time zone name such as Asia/Tokyo") from None


def as_mapping(name: str, value: object) -> dict[str, Any]:
    """A mapping; text must be a JSON object."""
    if value in _NOTHING:
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _wrong(name, value, "a mapping, or text that is a JSON object") from None
    if not isinstance(value, Mapping):
        raise _wrong(name, value, "a mapping, or text that is a JSON object")
    return {str(key): item for key, item in value.items()}


def as_ids(name: str, value: object) -> tuple[str, ...]:
    """Ids from a list, or from text separated by commas."""
    if value in _NOTHING:
        return ()
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)):
        raise _wrong(name, value, "a list of ids")
    return tuple(str(item.get("id") if isinstance(item, Mapping) else item).strip() for item in value)
