"""Fields that people write, described once: from a description come the checks, the errors, the form and the tables.

A description is a frozen pydantic dataclass. A field of it is its type, a default and :class:`About`, the words for
people; :class:`Wanted` says what a type holds. What pydantic itself says of an error is shown to nobody.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import PydanticCustomError, core_schema

from airflow_provider_sora.arguments import is_blank

T = TypeVar("T")
#: What Airflow's pages and API show instead of a secret; it is stored where somebody saves what was shown.
MASK = "***"
#: A misspelt name would go unnoticed, and an error must not repeat a secret. Texts and numbers are marked strict below:
#: a type is checked, not coerced, but a JSON list may stand for a tuple.
DESCRIBED = ConfigDict(extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class About:
    """A field in words. ``text`` is for forms too; ``more`` stands behind it in the documents alone. Both in Markdown.

    :param label: the field's name in the connection form.
    :param secret: never shown: masked in the form, and not repeated in an error.
    :param form: what the form needs to know beside the type, in JSON Schema.
    :param default: the default in words, where the value itself does not tell.
    :param ours: nothing that a person sets.
    """

    text: str = ""
    more: str = ""
    label: str = ""
    secret: bool = False
    form: Mapping[str, Any] = field(default_factory=dict)
    default: str = ""
    ours: bool = False

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {**handler(schema), "description": " ".join(f"{self.text} {self.more}".split())}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The error of a type.

    :param what: what is wrong, to be read behind the value: ``is not a number above 0``.
    :param step: what to do: ``write 32000``.
    :param told: False where the value is not to be repeated.
    """

    what: str
    step: str
    told: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._checked, handler(source))

    def _checked(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            # What lies deeper knows better.
            if _told_inside(error):
                raise
            raise refused(f"{shown(value)} {self.what}" if self.told else self.what, self.step) from None


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A mapping, or JSON text of one: a form may store text. ``None`` and a blank are an empty one."""

    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def read(self, value: Any) -> Any:
        """
        :raises PydanticCustomError: it is neither.
        """
        if value is None or is_blank(value):
            return {}
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise refused("it is text that is not JSON", f"write it as {self.example}") from None
        if not isinstance(value, Mapping):
            raise refused(f"it is {type(value).__name__}, not a JSON object", f"write it as {self.example}")
        return value


@dataclass(frozen=True, slots=True)
class KnownOnly:
    """For a description inside another one: a name that it does not have is told with the nearest that it has."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def check(value: Any) -> Any:
            for name in value if isinstance(value, Mapping) else ():
                if name not in about(source):
                    problem = misspelt(name, about(source), f"it has no {name!r}")
                    raise refused(problem.what, problem.step)
            return value

        return core_schema.no_info_before_validator_function(check, handler(source))


_OURS = "refused"
_CHOICE, _MISSING = "literal_error", "missing"


def _told_inside(error: ValidationError) -> bool:
    """Whether something within the value is wrong in a way that has words of its own."""
    first = error.errors(include_url=False)[0]
    return first["type"] == _OURS or (bool(first["loc"]) and first["type"] in (_CHOICE, _MISSING))


def refused(what: str, step: str) -> PydanticCustomError:
    """The error that a check of our own raises; its place is added by whoever reads the whole."""
    return PydanticCustomError(_OURS, "{what}", {"what": what, "step": step})


def shown(value: object) -> str:
    """A value in an error: cut, so that no wall of text is quoted."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def is_mask(value: object) -> bool:
    """Airflow's mask instead of a secret."""
    return isinstance(value, str) and value.strip() == MASK


def _number(value: Any) -> Any:
    """The number of a text: a form may store text."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Text = Annotated[str, Field(strict=True, min_length=1), Wanted("is not text", "put text in quotes")]
Flag = Annotated[bool, Field(strict=True), Wanted("is not true or false", "write true or false")]
Positive = Annotated[
    float,
    Field(strict=True, gt=0, allow_inf_nan=False),
    BeforeValidator(_number),
    Wanted("is not a number above 0", "give a number, or leave it out"),
]
Names = Annotated[
    tuple[Annotated[str, Field(strict=True, min_length=1)], ...],
    Wanted("is not a list of names", 'write ["one", "two"]'),
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field: ``place`` as one would write it, ``what`` is wrong, and the next ``step``.

    :param near: of a name that does not exist, the one that was probably meant.
    :param at: the place again, key by key, for whoever looks up a line.
    """

    place: str
    what: str
    step: str
    near: str = ""
    at: tuple[int | str, ...] = ()


def about(model: type) -> dict[str, About]:
    """The fields that a person may set, by name, in the order of the description."""
    found: dict[str, About] = {}
    for name, described in model.__pydantic_fields__.items():  # type: ignore[attr-defined]
        words = next((one for one in described.metadata if isinstance(one, About)), None)
        if words is not None and not words.ours:
            found[name] = words
    return found


def misspelt(name: object, known: Iterable[str], what: str = "no such field", likeness: float = 0.6) -> Problem:
    """The problem of a name that does not exist, with the nearest that does.

    :param likeness: 0 to 1, how like two names are that one may stand for the other.
    """
    known = list(known)
    near = next(iter(difflib.get_close_matches(str(name), known, 1, likeness)), "")
    return Problem(str(name), what, f"did you mean {near!r}?" if near else f"fields are {', '.join(known)}", near)


def read(make: Callable[[], T], wrong: Callable[[Problem], Exception]) -> T:
    """What ``make`` returns, an instance of a description.

    :param wrong: makes the error for the first problem.
    """
    try:
        return make()
    except ValidationError as error:
        problem = _problem(error)
    # Outside the handler: what pydantic says holds the value, which may be a secret, and would be shown as the cause.
    raise wrong(problem)


def _problem(error: ValidationError) -> Problem:
    first = error.errors(include_url=False)[0]
    at = first["loc"]
    what, step = _said(first)
    return Problem(_place(at), what, step, at=at)


def _said(first: Any) -> tuple[str, str]:
    """What is wrong, and the next step, of pydantic's own account of an error."""
    kind, context, value = first["type"], first.get("ctx", {}), first["input"]
    if kind == _OURS:
        return context["what"], context["step"]
    if kind == _MISSING:
        return "it is missing", "add it"
    if kind != _CHOICE:
        return f"it cannot be used ({kind})", "correct it"
    choices = context["expected"].replace("None", "null")
    near = difflib.get_close_matches(str(value), re.findall(r"'([^']*)'", choices), 1)
    step = f"did you mean {near[0]!r}? It takes {choices}" if near else f"use {choices}"
    return f"{shown(value)} is not possible", step


def _place(parts: tuple[int | str, ...]) -> str:
    """As one would write it: ``prices['sora-2']['*']``. A key that is no text has no place of its own."""
    if parts[-1:] == ("[key]",):
        parts = parts[:-1] if isinstance(parts[-2], str) else parts[:-2]
    return "".join(f"[{part!r}]" if at else str(part) for at, part in enumerate(parts))
