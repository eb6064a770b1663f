"""What a request must be before a job is made of it, as strict as the original was and as each dialect is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.animatic.dialects.base import CAPTION, ORIGINAL_MODELS, PRO_SIZES, Dialect
from airflow_provider_sora.animatic.errors import ApiError, invalid_type, invalid_value, missing
from airflow_provider_sora.animatic.forms import Form
from airflow_provider_sora.animatic.settings import ServerSettings

LONGEST_PROMPT = 32_000
LONGEST_SECONDS = 120
MOST_PIXELS = 4096 * 2304

CREATE_FIELDS = frozenset({"prompt", "model", "seconds", "size", "input_reference", "characters"})
CHANGE_FIELDS = {
    "remix": frozenset({"prompt"}),
    "edit": frozenset({"prompt", "video", "model"}),
    "extend": frozenset({"prompt", "video", "seconds"}),
}


@dataclass(frozen=True)
class Request:
    """A create that passed: ``seconds`` as a number, ``size`` as ``WIDTHxHEIGHT`` (None where only the model knows).

    :param caption: what the picture shows in place of the prompt.
    """

    prompt: str
    model: str
    seconds: int
    size: str
    extra: dict[str, Any] = field(default_factory=dict)
    caption: str | None = None


def models_of(settings: ServerSettings, dialect: Dialect) -> tuple[str, ...]:
    return settings.models or dialect.models


def prompt_of(form: Form) -> str:
    """The prompt. :raises ApiError: when missing, no string, empty, or over 32000 characters."""
    value = form.fields.get("prompt")
    if value is None:
        raise missing("prompt")
    if not isinstance(value, str):
        raise invalid_type("prompt", "a string", value)
    if not value.strip():
        raise ApiError(
            400,
            "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
            param="prompt",
            code="empty_string",
        )
    if len(value) > LONGEST_PROMPT:
        raise ApiError(
            400,
            f"Invalid 'prompt': string too long. Expected a string with maximum length {LONGEST_PROMPT}, "
            f"but got a string with length {len(value)} instead.",
            param="prompt",
            code="string_above_max_length",
        )
    return value


def refuse_unknown(form: Form, known: frozenset[str], settings: ServerSettings) -> None:
    for name in (*form.fields, *form.files):
        if name not in known and not settings.accept_unknown_fields:
            raise ApiError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")


def model_of(form: Form, settings: ServerSettings, dialect: Dialect) -> str:
    value = form.fields.get("model")
    served = models_of(settings, dialect)
    if value is None:
        if dialect.model_required:
            raise missing("model")
        return served[0]
    if not isinstance(value, str):
        raise invalid_type("model", "a string", value)
    if dialect.model_rule == "any" or value in served:
        return value
    if dialect.model_rule == "single":
        raise ApiError(
            400, f"Model mismatch: request specifies `{value}` but the server runs `{served[0]}`.", param="model"
        )
    if dialect.model_rule == "channel":
        raise ApiError(
            503, f"No available channel for model {value} under group default", kind="no_channel", param="model"
        )
    if dialect.model_rule == "missing":
        raise ApiError(404, f"Model not found: {value}", kind="Not Found", param="model", code="model_not_found")
    raise invalid_value("model", value, served)


def seconds_of(value: Any, dialect: Dialect) -> int:
    """The length asked for. :raises ApiError: in the words of the original, whichever rule the dialect has."""
    if value is None:
        return dialect.default_seconds
    rule = dialect.seconds_rule
    if rule == "choice":
        if not isinstance(value, str):
            quoted = ", ".join(f"'{choice}'" for choice in dialect.seconds_choices[:-1])
            raise invalid_type("seconds", f"one of {quoted}, or '{dialect.seconds_choices[-1]}'", value)
        if value not in dialect.seconds_choices:
            raise invalid_value("seconds", value, dialect.seconds_choices)
        return int(value)
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    digits = isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,5}", value) is not None
    if not ((is_integer and rule != "digits") or (digits and rule != "integer")):
        raise invalid_type("seconds", "an integer" if rule == "integer" else "a string of digits", value)
    return _bounded(int(value))


def _bounded(seconds: int) -> int:
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise ApiError(400, f"Invalid 'seconds': {seconds} is not between 1 and {LONGEST_SECONDS}.", param="seconds")
    return seconds


def size_of(form: Form, model: str, dialect: Dialect) -> str:
    value = form.fields.get("size")
    if value is None and dialect.size_rule == "any" and {"width", "height"} <= form.fields.keys():
        value = f"{form.fields['width']}x{form.fields['height']}"
    if value is None:
        return dialect.default_size
    if not isinstance(value, str):
        raise invalid_type("size", "a string", value)
    if dialect.size_rule == "model":
        allowed = ORIGINAL_MODELS.get(model, PRO_SIZES)
        if value not in allowed:
            raise invalid_value("size", value, allowed)
        return value
    found = re.fullmatch(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})", value)
    if found is None:
        raise ApiError(400, f"Invalid size '{value}': expected WIDTHxHEIGHT, such as 832x480.", param="size")
    if int(found[1]) * int(found[2]) > MOST_PIXELS or min(int(found[1]), int(found[2])) < 16:
        raise ApiError(400, f"Invalid size '{value}': too many or too few pixels.", param="size")
    return value


def frames_of(form: Form, seconds: int) -> tuple[int, dict[str, Any]]:
    """``num_frames`` and ``fps``, where given, decide the length; returns it and both numbers."""
    fps = _count(form, "fps") or 24
    frames = _count(form, "num_frames")
    if frames is not None:
        seconds = _bounded(max(1, round(frames / fps)))
    return seconds, {"fps": fps, "num_frames": frames or seconds * fps}


def _count(form: Form, name: str) -> int | None:
    value = form.fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{0,4}", str(value)):
        raise invalid_type(name, "a positive integer", value)
    return int(value)


def read_create(form: Form, settings: ServerSettings, dialect: Dialect) -> Request:
    """A create request, checked.

    :raises ApiError: for the first thing wrong with it.
    """
    prompt = prompt_of(form)
    if not dialect.any_extra:
        refuse_unknown(form, CREATE_FIELDS | dialect.extra_fields, settings)
    model = model_of(form, settings, dialect)
    seconds = seconds_of(form.fields.get("seconds", form.fields.get("duration")), dialect)
    extra: dict[str, Any] = {}
    if {"fps", "num_frames"} & dialect.extra_fields:
        seconds, extra = frames_of(form, seconds)
    if "width" in dialect.extra_fields and "width" in form.fields and "size" not in form.fields:
        extra["size_untold"] = True
    if "response_format" in dialect.extra_fields:
        extra["response_format"] = form.fields.get("response_format", "b64_json")
    caption = form.fields.get(CAPTION)
    if caption is not None and (not isinstance(caption, str) or not caption.strip()):
        raise invalid_type(CAPTION, "a string that says something", caption)
    return Request(prompt, model, seconds, size_of(form, model, dialect), extra, caption)
