"""What an argument stands for, once its template is rendered: the one rule about blanks, types and numbers (pure).

``None`` written in a DAG means "not set". A template that renders to nothing means that nobody knows what was meant, so
wherever an argument opens a guard, or chooses who is paid or what is bought, a blank is refused by name. Types are
checked and not coerced, but a template can only render text, so exact number text is a number.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError

#: What a template says where a limit is not wanted.
UNLIMITED = "unlimited"

_BLANK = frozenset({"", "None", "null"})
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def is_blank(value: object) -> bool:
    """Text that says nothing: empty, only spaces, or what a missing value renders to in Python or JSON."""
    return isinstance(value, str) and value.strip() in _BLANK


def lenient(value: object) -> Any:
    """For arguments that neither guard nor choose anything paid for: a blank is "not set"."""
    return None if is_blank(value) else value


def wrong(name: str, value: object, wanted: str) -> ConfigurationError:
    """The error for an argument of a wrong type or value."""
    shown = repr(value)[:80] if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return ConfigurationError(f"{name} must be {wanted}, but it is {shown}.", step=f"correct {name}.")


def _is_set(name: str, value: object, instead: str = "") -> bool:
    """False for None.

    :raises ConfigurationError: a blank.
    """
    if is_blank(value):
        raise ConfigurationError(
            f"{name} renders blank ({value!r}), so nobody knows what was meant.",
            step=f"give {name} a value{instead}, or leave it out.",
        )
    return value is not None


def as_number(name: str, value: object, *, minimum: float = 0.0, above: bool = False) -> float | None:
    """A finite number, or exact number text; None when not set.

    :param above: the minimum itself is too small.
    :raises ConfigurationError: a blank, no number, NaN, infinite or too small; nothing was paid.
    """
    return _number(name, value, minimum, above) if _is_set(name, value) else None


def as_limit(name: str, value: object) -> float | None:
    """A limit in USD, or None for no limit: not set, or the word ``unlimited``."""
    if isinstance(value, str) and value.strip().lower() == UNLIMITED:
        return None
    return _number(name, value, 0.0, False) if _is_set(name, value, f", or the word {UNLIMITED}") else None


def _number(name: str, value: object, minimum: float, above: bool) -> float:
    wanted = "a number" if minimum == -math.inf else f"a number {'above' if above else 'of at least'} {minimum:g}"
    is_text = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    if isinstance(value, bool) or not (is_text or isinstance(value, (int, float))):
        raise wrong(name, value, wanted)
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number) or number < minimum or (above and number == minimum):
        raise wrong(name, value, wanted)
    return number


def as_count(name: str, value: object) -> int | None:
    """A whole number of at least 1; None when not set."""
    number = as_number(name, value, minimum=1)
    if number is not None and number != int(number):
        raise wrong(name, value, "a whole number")
    return None if number is None else int(number)


def as_seconds(value: object) -> int | None:
    """Whole seconds of video; None leaves the length to the server."""
    return as_count("seconds", value)


def as_flag(name: str, value: object) -> bool:
    """True or False; text is neither, for every text but an empty one would be true."""
    if not isinstance(value, bool):
        raise wrong(name, value, "True or False")
    return value


def as_text(name: str, value: object) -> str | None:
    """Text without the spaces around it; None when not set.

    :raises ConfigurationError: a blank, or anything but text.
    """
    if not _is_set(name, value):
        return None
    if not isinstance(value, str):
        raise wrong(name, value, "text")
    return value.strip()


def as_place(name: str, value: object) -> str | None:
    """A path or URL: text, a path, or an ObjectStoragePath; None when not set."""
    is_path = isinstance(value, os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "as_uri"))
    return as_text(name, str(value) if is_path else value)


def as_prompt(value: object) -> str:
    """The prompt as it is written, spaces and all.

    :raises ConfigurationError: a blank, or anything but text: a mapping's repr would be paid for and rendered.
    """
    if value is None or is_blank(value):
        raise ConfigurationError("prompt is blank.", step="write what the video shall show.")
    if not isinstance(value, str):
        raise wrong("prompt", value, "text")
    return value


def as_zone(name: str, value: object) -> tzinfo:
    """The time zone of an IANA name; UTC when not set. A blank would move a day and its budget in silence."""
    import pendulum

    text = as_text(name, value)
    try:
        return pendulum.timezone(text or "UTC")
    except (ValueError, OSError):  # it looks for a file of that name
        raise wrong(name, value, "an IANA time zone name such as Asia/Tokyo") from None


def as_mapping(name: str, value: object) -> dict[str, Any]:
    """A mapping with text as keys, or text that is a JSON object; empty when not set."""
    if not _is_set(name, value):
        return {}
    wanted = "a mapping, or text that is a JSON object"
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise wrong(name, value, wanted) from None
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong(name, value, f"{wanted}, with text as keys")
    return dict(value)


def as_labels(value: object) -> dict[str, str]:
    """The user's own keys: flat, each a text or a number; one without a value is left out. A blank means none."""
    found = {}
    for key, item in as_mapping("labels", lenient(value)).items():
        if item is None:
            continue
        if not isinstance(item, (str, int, float)):
            raise wrong(f"labels[{key!r}]", item, "text or a number: labels are flat")
        found[key] = str(item)
    return found


def as_ids(name: str, value: object) -> tuple[str, ...]:
    """Ids from a list of texts or of mappings with an ``id``, or from text separated by commas; empty when not set."""
    if not _is_set(name, value):
        return ()
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, Sequence) or isinstance(items, (bytes, bytearray)):
        raise wrong(name, value, "a list of ids")
    ids: list[str] = []
    for item in items:
        found = item.get("id") if isinstance(item, Mapping) else item
        if not isinstance(found, str) or is_blank(found):
            raise wrong(f"an id in {name}", found, "text")
        ids.append(found.strip())
    return tuple(ids)


def check_names(what: str, given: Collection[str], known: Collection[str]) -> None:
    """Refuse names that do not exist: a limit under a mistyped name would be no limit.

    :raises ConfigurationError: names the first, with the nearest that exists.
    """
    import difflib

    for name in sorted(set(given) - set(known)):
        near = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(sorted(known))}."
        raise ConfigurationError(f"{what} has no {name!r}. {hint}")
