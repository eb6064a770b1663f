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
import sys
import threading
from collections import Counter
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gcp_storage_emulator import server as base
from gcp_storage_emulator.exceptions import BadRequest
from gcp_storage_emulator.storage import Storage

from testbed.gcs_rules import LOCK, install


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
        install()
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
        with contextlib.suppress(Exception), LOCK:
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
