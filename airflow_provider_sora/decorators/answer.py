"""What a decorated function answered, made into the operator's own arguments (pure)."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from airflow_provider_sora.arguments import as_prompt, check_names
from airflow_provider_sora.exceptions import ConfigurationError

#: Bytes of an answer as JSON. It goes through Airflow's database; a prompt of the longest kind takes 192,000.
MOST_BYTES = 400_000


def read_answer(name: str, answer: object, known: Collection[str]) -> dict[str, Any]:
    """The arguments that a function answered: a prompt, or a mapping of arguments by their names.

    A value of None says that the function does not set that argument, so what the decorator says stays. The result
    has been through JSON once, so that the first try works with exactly what a later one reads back. It is taken as it
    is: text of the answer is no template.

    :param name: of the function, for messages.
    :param known: names that it may set.
    :raises ConfigurationError: anything else, an unknown name, a blank prompt, what JSON cannot hold, or more than
        400,000 bytes; nothing was paid.
    """
    if isinstance(answer, str):
        answer = {"prompt": answer}
    if not isinstance(answer, Mapping) or not all(isinstance(key, str) for key in answer):
        raise ConfigurationError(
            f"{name}() returned {_shown(answer)}.",
            step="return the prompt as text, or a mapping of arguments by name: {'prompt': …, 'seconds': 4}.",
        )
    given = {key: value for key, value in answer.items() if value is not None}
    check_names(f"What {name}() returned", given, known)
    as_prompt(given.get("prompt"))
    asked = {key: _as_json(name, key, value) for key, value in given.items()}
    if (size := len(json.dumps(asked))) > MOST_BYTES:
        raise ConfigurationError(
            f"What {name}() returned takes {size:,} bytes as JSON, and at most {MOST_BYTES:,} are kept for "
            "its retries.",
            step="name a picture or video by its address, not by its bytes.",
        )
    return asked


def _as_json(name: str, key: str, value: object) -> Any:
    try:
        return json.loads(json.dumps(value, default=_plain, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{key}, which {name}() returned, cannot be kept for its retries: it is {_shown(value)} ({error}).",
            step=f"return {key} as text, numbers, lists and mappings.",
        ) from None


def _plain(value: object) -> Any:
    """For what JSON does not know: paths are text, lazy sequences and mappings what they hold."""
    if isinstance(value, os.PathLike) or (hasattr(value, "protocol") and hasattr(value, "as_uri")):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _shown(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
