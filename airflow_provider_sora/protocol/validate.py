"""What can be known to be wrong before anything is paid. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind

MAX_CHARACTERS = 2
MAX_DATA_URL = 20_971_520
_OWN_FIELDS = ("prompt", "model", "seconds", "size", "input_reference", "characters", "video", "remix_video_id")
_CALL_OF = {
    SubmitKind.CREATE: "create",
    SubmitKind.EDIT: "edit",
    SubmitKind.EXTEND: "extend",
}


def check_submission(
    submission: Submission,
    dialect: Dialect,
    *,
    server: str,
    models: Collection[str] = (),
    has_credentials: bool = True,
) -> None:
    """Refuse what the server would refuse, naming the field, the value, what is allowed and the server.

    :param server: the server in words.
    :param models: the names that are taken; empty where they are not known, and then any name passes.
    :param has_credentials: whether the connection holds a key.
    :raises UnsupportedByServerError: a call, field or form this server does not have.
    :raises InvalidRequestError: a value outside what is allowed.
    :raises ConfigurationError: the server wants a key and the connection has none.
    """
    if dialect.wants_key and not has_credentials:
        raise ConfigurationError(
            f"{server} wants a key and the connection's password is blank.",
            step="set the connection's password to the key.",
        )
    _Check(submission, dialect, server).all(models)


class _Check:
    def __init__(self, submission: Submission, dialect: Dialect, server: str) -> None:
        self.submission = submission
        self.dialect = dialect
        self.server = server

    def all(self, models: Collection[str]) -> None:
        self.call()
        self.prompt()
        self.model(models)
        self.seconds()
        self.size()
        self.source()
        self.reference(self.submission.reference)
        self.characters()
        self.extra()

    def call(self) -> None:
        kind = self.submission.kind
        wanted = self.dialect.remix_call if kind is SubmitKind.REMIX else _CALL_OF[kind]
        if wanted not in self.dialect.calls:
            raise UnsupportedByServerError(
                f"This server, {self.server}, has no {kind}. It has: {', '.join(sorted(self.dialect.calls))}.",
                step="use a server that has it.",
            )

    def prompt(self) -> None:
        prompt = self.submission.prompt
        if not isinstance(prompt, str) or not prompt.strip():
            self.refuse("prompt", prompt, f"text of 1 to {self.dialect.prompt_limit} characters")
        if len(prompt) > self.dialect.prompt_limit:
            begins = "" if self.submission.seal else f", starting {prompt[:40]!r}"
            shown = f"{len(prompt)} characters{begins}"
            self.refuse("prompt", shown, f"1 to {self.dialect.prompt_limit} characters", quoted=False)
        if any("\ud800" <= character <= "\udfff" for character in prompt):
            self.refuse(
                "prompt", "what it is" if self.submission.seal else prompt[:40], "text that can be written as UTF-8"
            )

    def model(self, models: Collection[str]) -> None:
        model, kind = self.submission.model, self.submission.kind
        if kind is SubmitKind.CREATE and model is None and self.dialect.model_rule == "required":
            step = (
                f"one of {_listed(models)}" if models else "a model's name, here or as the connection's default_model"
            )
            self.refuse("model", None, step)
        if kind is SubmitKind.CREATE and model is not None and models and model not in models:
            alone = " (or nothing: it serves one model)" if self.dialect.model_rule == "served" else ""
            self.refuse("model", model, _listed(models) + alone)
        if model is not None and not self._takes_own_settings() and not self.submission.source_file:
            self.unsupported("model", model, f"a {kind} keeps the model of its source")

    def _takes_own_settings(self) -> bool:
        """Create, and remix where it is a field of create, take model, seconds, size and picture."""
        kind = self.submission.kind
        return kind is SubmitKind.CREATE or (kind is SubmitKind.REMIX and self.dialect.remix == "field")

    def seconds(self) -> None:
        seconds, kind = self.submission.seconds, self.submission.kind
        if seconds is None:
            if kind is SubmitKind.EXTEND:
                self.refuse("seconds", None, "a whole number of seconds: an extension needs a length")
            return
        if type(seconds) is not int or seconds < 1:
            self.refuse("seconds", seconds, "a whole number of seconds above 0")
        if kind in (SubmitKind.EDIT, SubmitKind.REMIX) and not self._takes_own_settings():
            self.unsupported("seconds", seconds, f"a {kind} keeps the length of its source")
        allowed = self.dialect.seconds_allowed
        if allowed is not None and seconds not in allowed:
            self.refuse("seconds", seconds, _listed(str(item) for item in allowed))

    def size(self) -> None:
        size = self.submission.size
        if size is None:
            return
        if not self._takes_own_settings():
            self.unsupported("size", size, f"a {self.submission.kind} keeps the size of its source")
        allowed = self.dialect.sizes_allowed
        if allowed is not None and size not in allowed:
            self.refuse("size", size, _listed(allowed))
        for pattern, sizes in self.dialect.sizes_by_model.items():
            if self.submission.model is not None and fnmatchcase(self.submission.model, pattern):
                if size not in sizes:
                    self.refuse("size", size, f"{_listed(sizes)} for the model {self.submission.model}")
                break
        if not isinstance(size, str) or not re.fullmatch(self.dialect.size_pattern, size):
            self.refuse("size", size, "width x height in pixels, such as 1280x720")

    def source(self) -> None:
        kind = self.submission.kind
        if kind is SubmitKind.CREATE:
            return
        given = [value for value in (self.submission.source_id, self.submission.source_file) if value]
        if len(given) != 1:
            self.refuse("video", f"{len(given)} sources", "exactly one: a video's id, or a file", quoted=False)
        if self.submission.source_file and (kind is SubmitKind.REMIX or not self.dialect.source_file):
            self.unsupported("video", "a file", f"{kind} starts from the id of a video made there")

    def reference(self, reference: Reference | None) -> None:
        if reference is None:
            return
        if not self._takes_own_settings():
            self.unsupported("input_reference", reference.origin, f"a {self.submission.kind} starts from a video")
        forms = {
            "picture bytes": (reference.data, self.dialect.reference_data),
            "a picture's address": (reference.url, self.dialect.reference_url),
            "an uploaded file's id": (reference.file_id, self.dialect.reference_file_id),
        }
        given = [(words, form) for words, (value, form) in forms.items() if value is not None]
        if len(given) != 1:
            self.refuse("input_reference", f"{len(given)} pictures", "exactly one", quoted=False)
        words, form = given[0]
        if form is None:
            takes = [other for other, (_, known) in forms.items() if known is not None]
            self.unsupported("input_reference", words, f"it takes {_listed(takes) if takes else 'no picture at all'}")
        if reference.data is not None and form != "part" and len(reference.data) * 4 / 3 > MAX_DATA_URL:
            self.refuse("input_reference", f"{len(reference.data)} bytes", "15 MB sent as a data URL", quoted=False)

    def characters(self) -> None:
        given = self.submission.characters
        if not given:
            return
        if "characters" not in self.dialect.calls:
            self.unsupported("characters", list(given), "it has no characters")
        if len(given) > MAX_CHARACTERS or not all(isinstance(item, str) and item for item in given):
            self.refuse("characters", list(given), f"at most {MAX_CHARACTERS} ids")

    def extra(self) -> None:
        known = self.dialect.extra_fields
        for name, value in self.submission.extra.items():
            if not isinstance(name, str) or not name:
                self.refuse("extra_body", name, "names of fields as text")
            if name in _OWN_FIELDS:
                self.refuse(f"extra_body[{name!r}]", value, f"the operator's own argument for {name}")
            nested = {field for fields in self.dialect.extra_under.values() for field in fields}
            if known is not None and name not in known and name not in nested:
                self.unsupported(f"extra_body[{name!r}]", value, f"it knows {_listed(known) if known else 'none'}")
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError, RecursionError):
                self.refuse(f"extra_body[{name!r}]", value, "values that JSON can hold")

    def refuse(self, name: str, value: Any, allowed: str, quoted: bool = True) -> None:
        shown = "missing" if value is None else (repr(value)[:100] if quoted else value)
        raise InvalidRequestError(f"{name} is {shown}, but {self.server} takes {allowed}.", step=f"change {name}.")

    def unsupported(self, name: str, value: Any, why: str) -> None:
        raise UnsupportedByServerError(
            f"This server, {self.server}, does not take {name} ({repr(value)[:100]}): {why}.",
            step=f"leave {name} out, or say otherwise in the connection's dialect.",
        )


def _listed(words: Iterable[str]) -> str:
    items = list(words)
    shown = ", ".join(items[:12])
    return f"{shown} and {len(items) - 12} more" if len(items) > 12 else shown
