"""The two peers of the archive benchmark: a server with a video of any size, and a bucket that only counts.

``python -m benchmarks.archive_peers source|sink [MB_PER_SECOND [SECONDS_PER_REQUEST]]`` starts one of them, prints its
address, and ends with its standard input. With a rate it is a wire: that many bytes a second for each connection,
and so long before it answers.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

_BLOCK = os.urandom(256 << 10)
_KEEP = 1 << 20


class Wire:
    """One connection's share of a network: ``rate`` bytes a second (None: as fast as it goes), nothing saved up."""

    rate: float | None = None
    latency = 0.0

    def __init__(self) -> None:
        self._due = time.monotonic()

    def carry(self, size: int) -> None:
        if self.rate is None:
            return
        now = time.monotonic()
        self._due = max(self._due, now - 0.005) + size / self.rate
        if self._due > now:
            time.sleep(self._due - now)


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets

    def setup(self) -> None:
        super().setup()
        self.wire = Wire()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        time.sleep(Wire.latency)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Source(_Quiet):
    """``GET /v1/videos/video_64/content`` is a playable MP4 of 64 MiB, the most of it random bytes."""

    head = b""

    def do_GET(self) -> None:
        found = re.search(r"/videos/video_(\d+)(/content)?", self.path)
        if not found or not found[2]:
            job = {"id": found[0].rsplit("/", 1)[-1] if found else "x", "object": "video", "status": "completed"}
            return self.answer(200, json.dumps(job).encode(), Content_Type="application/json")
        total = int(found[1]) << 20
        time.sleep(Wire.latency)
        self.send_response(200)
        for name, value in (("Content-Type", "video/mp4"), ("Content-Length", str(total)), ("ETag", '"1"')):
            self.send_header(name, value)
        self.end_headers()
        extra = total - len(self.head)
        self.wfile.write(self.head + extra.to_bytes(4, "big") + b"free")
        left = extra - 8
        while left:
            sent = self.wfile.write(_BLOCK if left >= len(_BLOCK) else _BLOCK[:left])
            self.wire.carry(sent)
            left -= sent
        return None


class Sink(_Quiet):
    """As much of the Cloud Storage JSON API as an archive uses; content above 1 MiB is counted and forgotten."""

    objects: dict[str, dict[str, Any]] = {}
    contents: dict[str, bytes] = {}
    sessions: dict[str, tuple[dict[str, Any], Any, list[int]]] = {}
    lock = threading.Lock()

    def do_POST(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if query["uploadType"] == ["resumable"]:
            with self.lock:
                number = str(len(self.sessions))
                self.sessions[number] = (json.loads(body), google_crc32c.Checksum(), [0])
            place = f"http://{self.headers['Host']}{self.path.split('?')[0]}?uploadType=resumable&upload_id={number}"
            return self.answer(200, Location=place)
        boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()
        _, described, content, _ = body.split(b"--" + boundary)
        meta = json.loads(described.split(b"\r\n\r\n", 1)[1])
        data = content.split(b"\r\n\r\n", 1)[1][:-2]
        return self._keep(meta, len(data), google_crc32c.Checksum(data), data)

    def do_PUT(self) -> None:
        meta, checksum, count = self.sessions[parse_qs(urlsplit(self.path).query)["upload_id"][0]]
        left = int(self.headers["Content-Length"])
        while left:
            block = self.rfile.read(min(left, len(_BLOCK)))
            self.wire.carry(len(block))
            left -= len(block)
            checksum.update(block)
            count[0] += len(block)
        end, _, total = self.headers["Content-Range"].rpartition("-")[2].partition("/")
        if int(end) + 1 != int(total):
            return self.answer(308, Range=f"bytes=0-{count[0] - 1}")
        return self._keep(meta, count[0], checksum, None)

    def _keep(self, meta: dict[str, Any], size: int, checksum: Any, data: bytes | None) -> None:
        found = {
            **meta,
            "size": str(size),
            "generation": "1",
            "metageneration": "1",
            "crc32c": base64.b64encode(checksum.digest()).decode(),
        }
        self.objects[meta["name"]] = found
        if data is not None and len(data) <= _KEEP:
            self.contents[meta["name"]] = data
        self.answer(200, json.dumps(found).encode(), Content_Type="application/json")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = unquote(parts.path.partition("/o/")[2])
        if name not in self.objects:
            self.answer(404, b"{}")
        elif parse_qs(parts.query).get("alt") == ["media"]:
            self.answer(200, self.contents[name])
        else:
            self.answer(200, json.dumps(self.objects[name]).encode(), Content_Type="application/json")


def main() -> None:
    peer, *wire = sys.argv[1:]
    if wire:
        Wire.rate, Wire.latency = float(wire[0]) * 1e6, float(wire[1]) if len(wire) > 1 else 0.0
    if peer == "source":
        from tests.support.media import sample_mp4

        Source.head = sample_mp4()
    server = ThreadingHTTPServer(("127.0.0.1", 0), {"source": Source, "sink": Sink}[peer])
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
