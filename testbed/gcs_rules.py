"""The rules that ``gcp-storage-emulator`` leaves out: preconditions, sessions that ended, and what a rewrite brings."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gcp_storage_emulator import server as base
from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.storage import Storage

_PRECONDITIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")
LOCK = threading.RLock()
#: upload id -> the finished object, or None for a cancelled session.
_ENDED: dict[str, dict[str, Any] | None] = {}
#: upload id -> the preconditions given when the session was opened; they hold at its end.
_SESSION_CONDITIONS: dict[str, dict[str, str]] = {}
_original_finalize = objects._finalize_resumable_object


def _conditions(request: Any) -> dict[str, str]:
    return {name: request.query[name][0] for name in _PRECONDITIONS if name in request.query}


def _violated(storage: Storage, bucket: str, name: str, conditions: dict[str, str]) -> bool:
    try:
        found = storage.get_file_obj(bucket, name)
        generation, metageneration = str(found["generation"]), str(found["metageneration"])
    except NotFound:
        generation = metageneration = "0"
    for condition, wanted in conditions.items():
        same = wanted == (metageneration if "Meta" in condition else generation)
        if same == ("Not" in condition):
            return True
    return False


def _precondition_failed(response: Any) -> None:
    message = "At least one of the pre-conditions you specified did not hold."
    error = {"domain": "global", "reason": "conditionNotMet", "message": "Precondition Failed"}
    response.status = HTTPStatus.PRECONDITION_FAILED
    response.json({"error": {"code": 412, "message": message, "errors": [error]}})


def _guarded(handler: Callable[..., Any], target: str) -> Callable[..., Any]:
    """``handler``, run only where the request's preconditions hold for the object in parameter ``target``."""

    def guarded(request: Any, response: Any, storage: Storage, *args: Any, **kwargs: Any) -> Any:
        with LOCK:
            conditions = _conditions(request)
            bucket = request.params.get("dest_bucket_name") or request.params["bucket_name"]
            if conditions and _violated(storage, bucket, request.params[target], conditions):
                _ = request.data  # drains the body, or the next request on this connection would read it
                return _precondition_failed(response)
            return handler(request, response, storage, *args, **kwargs)

    return guarded


def _insert(request: Any, response: Any, storage: Storage, *args: Any, **kwargs: Any) -> Any:
    if "upload_id" in request.query:
        return _upload_part(request, response, storage)
    resumable = request.query.get("uploadType", [""])[0] == "resumable"
    data = request.data  # read outside the lock: a slow client must not stop the others
    with LOCK:
        if not resumable:
            name = request.query["name"][0] if "name" in request.query else data["meta"].get("name")
            if _violated(storage, request.params["bucket_name"], name, _conditions(request)):
                return _precondition_failed(response)
        result = objects.insert(request, response, storage, *args, **kwargs)
        if resumable and "Location" in response._headers:  # absent where the bucket does not exist
            upload_id = parse_qs(urlsplit(response["Location"]).query)["upload_id"][0]
            _SESSION_CONDITIONS[upload_id] = _conditions(request)
        return result


def _upload_part(request: Any, response: Any, storage: Storage, *args: Any, **kwargs: Any) -> Any:
    upload_id = request.query["upload_id"][0]
    _ = request.data
    with LOCK:
        if upload_id in _ENDED:
            finished = _ENDED[upload_id]
            if finished is None:
                response.status = HTTPStatus.GONE
            else:
                response.json(finished)
            return None
        given = re.search(r"crc32c=([^,\s]+)", request.get_header("X-Goog-Hash") or "")
        if given:
            # The base class compares this with what it received and answers 400 when they differ.
            with contextlib.suppress(NotFound):
                storage.get_resumable_file_obj(upload_id)["crc32c"] = given[1]
        return objects.upload_partial(request, response, storage, *args, **kwargs)


def _cancel(request: Any, response: Any, storage: Storage, *args: Any, **kwargs: Any) -> None:
    upload_id = request.query.get("upload_id", [None])[0]
    if upload_id is None:
        response.status = HTTPStatus.BAD_REQUEST
        return
    _ENDED[upload_id] = None
    response.status = SimpleNamespace(value=499, phrase="Client Closed Request")  # HTTPStatus has no 499


def _finalize(response: Any, storage: Storage, found: dict[str, Any], data: bytes, upload_id: str) -> None:
    if _violated(storage, found["bucket"], found["name"], _SESSION_CONDITIONS.get(upload_id, {})):
        return _precondition_failed(response)
    _original_finalize(response, storage, found, data, upload_id)
    _ENDED[upload_id] = found
    return None


def _rewrite(request: Any, response: Any, storage: Storage, *args: Any, **kwargs: Any) -> None:
    """A copy within the store; a body's metadata takes the place of the source's."""
    given = request.data or {}
    objects.rewrite(request, response, storage, *args, **kwargs)
    names = ("metadata", "contentType", "cacheControl", "contentDisposition", "customTime")
    with contextlib.suppress(NotFound):
        made = storage.get_file_obj(request.params["dest_bucket_name"], request.params["dest_object_id"])
        if given:
            made.update({name: given[name] for name in names if name in given})


def install() -> None:
    """Put the stricter handlers into the emulator's table; done again, it changes nothing."""
    if objects._finalize_resumable_object is _finalize:
        return
    replacements: dict[Any, Any] = {
        objects.insert: _insert,
        objects.upload_partial: _upload_part,
        objects.patch: _guarded(objects.patch, "object_id"),
        objects.delete: _guarded(objects.delete, "object_id"),
        objects.compose: _guarded(objects.compose, "object_id"),
        objects.rewrite: _guarded(_rewrite, "dest_object_id"),
        objects.copy: _guarded(objects.copy, "dest_object_id"),
    }
    objects._finalize_resumable_object = _finalize
    table = []
    for pattern, handlers in base.HANDLERS:
        stricter = {method: replacements.get(handler, handler) for method, handler in handlers.items()}
        if _insert in stricter.values() and "PUT" in stricter:
            stricter["DELETE"] = _cancel
        table.append((pattern, stricter))
    base.HANDLERS = tuple(table)
