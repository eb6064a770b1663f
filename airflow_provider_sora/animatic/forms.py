"""Request bodies, JSON or multipart, as fields and files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from airflow_provider_sora.animatic.errors import ApiError


@dataclass(frozen=True)
class Upload:
    """One file part."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """What a client sent. ``encoding`` is ``json``, ``multipart``, ``urlencoded`` or ``none``."""

    encoding: str
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return value if isinstance(value, str) and value else None


def encoding_of(content_type: str) -> str:
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    if kind == "multipart/form-data":
        return "multipart"
    return "urlencoded" if kind == "application/x-www-form-urlencoded" else "none"


async def read_form(request: Request) -> Form:
    """Read a request's body.

    :raises ApiError: when it is not what its Content-Type says.
    """
    encoding = encoding_of(request.headers.get("content-type", ""))
    if encoding == "json":
        return Form("json", _json_object(await request.body()))
    if encoding == "none":
        return Form("none")
    try:
        parts = await request.form(max_part_size=32 * 1024 * 1024)
    except HTTPException as error:
        raise ApiError(400, f"Could not read the multipart body: {error.detail}", code="invalid_multipart") from error
    fields: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            files[name] = Upload(value.filename or "", value.content_type or "", await value.read())
        else:
            _place(fields, name, value)
    return Form(encoding, fields, files)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "We could not parse the JSON body of your request.", code="invalid_json") from error
    if not isinstance(value, dict):
        raise ApiError(400, "The JSON body of a request must be an object.", code="invalid_json")
    return value


def _place(fields: dict[str, Any], name: str, value: str) -> None:
    """``video[id]`` becomes a member of ``video``, ``characters[][id]`` an entry of ``characters``, as the
    official client spells nested values."""
    if "[" not in name or not name.endswith("]"):
        fields[name] = value
        return
    base, *rest = name.replace("]", "").split("[")
    if rest == [""]:
        fields.setdefault(base, []).append(value)
    elif len(rest) == 1:
        fields.setdefault(base, {})[rest[0]] = value
    elif rest[0] == "" and len(rest) == 2:
        fields.setdefault(base, []).append({rest[1]: value})
    else:
        fields[name] = value
