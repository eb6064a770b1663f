"""A submission put into one server's words: method, path and body. Pure; nothing is sent here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from airflow_provider_sora.exceptions import InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.http.sending.multipart import FilePart, MultipartBody, multipart_body
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind

_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class WireRequest:
    """What goes over the wire. ``json`` for a JSON body; otherwise ``form`` (text parts) and ``files``."""

    method: str
    path: str
    json: Mapping[str, Any] | None = None
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[FilePart, ...] = ()

    def encode(self) -> tuple[str | None, bytes | MultipartBody]:
        """Content type and body; equal requests are equal bytes."""
        if self.json is not None:
            return "application/json", json.dumps(self.json, ensure_ascii=False, allow_nan=False).encode()
        if not self.form and not self.files:
            return None, b""
        body = multipart_body(self.form, self.files)
        return body.content_type, body


def id_in_path(video_id: str) -> str:
    """An opaque id as one path segment: ``=``, ``:`` and ``/`` are percent-encoded.

    :raises InvalidRequestError: an id that would change the path.
    """
    if not video_id or not video_id.strip("."):
        raise InvalidRequestError(f"{video_id!r} is no video id. Nothing was sent.", step="pass the id of a job.")
    return quote(video_id, safe="")


def build_submit(submission: Submission, dialect: Dialect) -> WireRequest:
    """The paid POST for ``submission``.

    :raises UnsupportedByServerError: the server has no such call or form; nothing was sent.
    """
    if submission.kind is SubmitKind.CREATE:
        return _create(submission, dialect, {})
    if submission.kind is SubmitKind.REMIX and dialect.remix != "edits":
        return _remix(submission, dialect)
    return _derived(submission, dialect)


def _create(submission: Submission, dialect: Dialect, more: Mapping[str, Any]) -> WireRequest:
    fields: dict[str, Any] = {"prompt": submission.prompt, "model": submission.model}
    if submission.seconds is not None:
        fields[dialect.seconds_field] = _seconds(submission.seconds, dialect)
    fields[dialect.size_field] = submission.size
    fields.update(more)
    if submission.characters:
        fields["characters"] = [{"id": character} for character in submission.characters]
    files: list[FilePart] = []
    if submission.reference is not None:
        _add_reference(submission.reference, dialect, fields, files)
    _add_extra(submission.extra, dialect, fields)
    if submission.caption is not None and dialect.caption_field is not None:
        fields[dialect.caption_field] = submission.caption
    return _body("/videos", fields, tuple(files), dialect)


def _remix(submission: Submission, dialect: Dialect) -> WireRequest:
    source = submission.source_id or ""
    if dialect.remix == "field":
        return _create(submission, dialect, {"remix_video_id": source})
    if dialect.remix != "path":
        raise UnsupportedByServerError(f"This server, {dialect.label}, has no remix.")
    fields: dict[str, Any] = {"prompt": submission.prompt}
    _add_extra(submission.extra, dialect, fields)
    return WireRequest("POST", f"/videos/{id_in_path(source)}/remix", json={**dialect.paid_fields, **fields})


def _derived(submission: Submission, dialect: Dialect) -> WireRequest:
    """Edit and extension: the source is an id, or a file of the user's own."""
    extend = submission.kind is SubmitKind.EXTEND
    path = "/videos/extensions" if extend else "/videos/edits"
    fields: dict[str, Any] = {"prompt": submission.prompt}
    if extend and submission.seconds is not None:
        fields[dialect.seconds_field] = _seconds(submission.seconds, dialect)
    _add_extra(submission.extra, dialect, fields)
    if submission.source_file is None:
        whole = {**dialect.paid_fields, **fields, "video": {"id": submission.source_id}}
        return WireRequest("POST", path, json=whole)
    if submission.model is not None:
        fields["model"] = submission.model
    part = FilePart("video", "source.mp4", "video/mp4", submission.source_file)
    return WireRequest("POST", path, form=_form(fields), files=(part,))


def _seconds(seconds: int, dialect: Dialect) -> str | int:
    return seconds if dialect.seconds_form == "integer" else str(seconds)


def _add_reference(reference: Reference, dialect: Dialect, fields: dict[str, Any], files: list[FilePart]) -> None:
    if reference.data is not None:
        content_type = reference.content_type or "image/png"
        if dialect.reference_data == "part":
            name = f"reference.{_SUFFIXES.get(content_type, 'png')}"
            files.append(FilePart("input_reference", name, content_type, reference.data))
            return
        url = f"data:{content_type};base64,{base64.b64encode(reference.data).decode()}"
        form = {"data-url": "string", "data-url-object": "object"}.get(dialect.reference_data or "")
    elif reference.url is not None:
        url, form = reference.url, dialect.reference_url
    else:
        url, form = reference.file_id or "", dialect.reference_file_id
    if form is None:
        raise UnsupportedByServerError(f"This server, {dialect.label}, takes no reference picture in this form.")
    if form == "string":
        fields["input_reference"] = url
    elif form.startswith("field:"):
        fields[form.partition(":")[2]] = url
    elif form.startswith("json-field:"):
        fields[form.partition(":")[2]] = json.dumps({"image_url": url})
    else:
        fields["input_reference"] = {"file_id": url} if reference.file_id else {"image_url": url}


def _add_extra(extra: Mapping[str, Any], dialect: Dialect, fields: dict[str, Any]) -> None:
    homes = {name: home for home, names in dialect.extra_under.items() for name in names}
    for name, value in extra.items():
        if value is None:
            continue
        if name in dialect.extra_under and isinstance(value, Mapping):
            fields[name] = {**fields.get(name, {}), **value}
        elif name in homes:
            fields[homes[name]] = {**fields.get(homes[name], {}), name: value}
        elif name in dialect.extra_json_text and not isinstance(value, str):
            fields[name] = json.dumps(value, ensure_ascii=False)
        else:
            fields[name] = value


def _body(path: str, fields: dict[str, Any], files: tuple[FilePart, ...], dialect: Dialect) -> WireRequest:
    fields = {name: value for name, value in fields.items() if value is not None}
    encoding = dialect.create_encodings[0]
    if files:
        encoding = "multipart"
    elif "json" in dialect.create_encodings and isinstance(fields.get("input_reference"), Mapping):
        encoding = "json"
    if encoding not in dialect.create_encodings:
        raise UnsupportedByServerError(f"This server, {dialect.label}, takes no {encoding} body. Nothing was sent.")
    if encoding == "json":
        return WireRequest("POST", path, json={**dialect.paid_fields, **fields})
    return WireRequest("POST", path, form=_form(fields), files=files)


def _form(fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Text parts. Objects become JSON text: servers do not read ``name[key]`` parts. Only ``characters``,
    which the original's own SDK sends as ``characters[][id]``, keeps that form."""
    parts: list[tuple[str, str]] = []
    for name, value in fields.items():
        if value is None:
            continue
        if name == "characters":
            parts += [("characters[][id]", entry["id"]) for entry in value]
        elif isinstance(value, str):
            parts.append((name, value))
        else:
            parts.append((name, json.dumps(value, ensure_ascii=False)))
    return tuple(parts)
