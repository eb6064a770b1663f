"""A Cloud Storage emulator that keeps the rules an archive leans on.

``python -m testbed.strict_gcs [PORT] [BUCKET …] [--data FOLDER]`` serves until it is stopped.

It is ``gcp-storage-emulator`` (BSD-3-Clause) with what that package leaves out: generation and metageneration
preconditions (simple, multipart and resumable uploads at their end, compose, rewrite, patch, delete), the metadata that
a rewrite brings, the same answer again when a finished session is asked, cancelled sessions (499), the checksum that
comes with the last chunk, threads and keep-alive. Objects live in memory, or in a folder.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gcp_storage_emulator import server as base
from gcp_storage_emulator.exceptions import BadRequest, NotFound
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.storage import Storage

_PRECONDITIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")
_LOCK = threading.RLock()
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
        with _LOCK:
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
    with _LOCK:
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
    with _LOCK:
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


def _install() -> None:
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


class _LinearStorage(Storage):
    """Keeps a session's chunks in one buffer (the base class copies the object per chunk); resent bytes are skipped."""

    def __init__(self, **kwargs: Any) -> None:
        self._buffers: dict[str, bytearray] = {}
        #: How many times an object of this bucket and name was made: its generations, replaced ones counted.
        self.made: Counter[tuple[str, str]] = Counter()
        super().__init__(**kwargs)

    def create_file(self, bucket_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().create_file(bucket_name, file_name, *args, **kwargs)
        self.made[bucket_name, file_name] += 1

    def get_resumable_byte_count(self, file_id: str) -> int:
        return len(self._buffers.get(file_id, b""))

    def add_to_resumable_upload(
        self, file_id: str, content: bytes | None, total_size: int | None = None, expected_start: int | None = None
    ) -> bytes | None:
        self.get_resumable_file_obj(file_id)  # raises NotFound when there is no such session
        buffer = self._buffers.setdefault(file_id, bytearray())
        start = len(buffer) if expected_start is None else expected_start
        if start > len(buffer):
            raise BadRequest(f"gap: have {len(buffer)} bytes, got some from {start}")
        buffer += memoryview(content or b"")[len(buffer) - start :]
        if total_size is None or len(buffer) < total_size:
            return None
        return bytes(self._buffers.pop(file_id)[:total_size])


class _Handler(base.RequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two packets; on a kept connection the second would wait 40 ms for the client's ACK.
    disable_nagle_algorithm = True

    def do(self, method: str) -> None:
        base.Router(self).handle(method)


class StrictGcs:
    """The emulator in a thread of this process: ``with StrictGcs() as gcs: ... gcs.url``.

    :param port: 0 picks a free one. Only 127.0.0.1 is listened on.
    :param data: folder that keeps buckets and objects for the next start; None keeps them in memory.
    """

    def __init__(self, port: int = 0, data: Path | None = None) -> None:
        _install()
        folder = None if data is None else str(data.resolve())
        self.storage = _LinearStorage(use_memory_fs=data is None, data_dir=folder)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, self.storage))
        self._server.daemon_threads = True
        #: What ``STORAGE_EMULATOR_HOST`` is to be set to.
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> StrictGcs:
        threading.Thread(target=self._server.serve_forever, daemon=True, name="strict-gcs").start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def create_bucket(self, name: str) -> None:
        """Make a bucket; one that exists is left as it is."""
        with contextlib.suppress(Exception), _LOCK:
            self.storage.create_bucket(name, {"name": name, "kind": "storage#bucket", "id": name})

    def serve_forever(self) -> None:
        self._server.serve_forever()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.strict_gcs", description="A strict GCS emulator.")
    parser.add_argument("port", nargs="?", type=int, default=9023, help="0 picks a free one")
    parser.add_argument("buckets", nargs="*", help="buckets to make at the start")
    parser.add_argument("--data", type=Path, help="folder that keeps buckets and objects; default: memory")
    asked = parser.parse_args(argv)
    try:
        gcs = StrictGcs(asked.port, asked.data)
    except OSError as error:
        print(f"strict_gcs: cannot listen: {error}", file=sys.stderr)
        return 1
    for bucket in asked.buckets:
        gcs.create_bucket(bucket)
    print(gcs.url, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        gcs.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
