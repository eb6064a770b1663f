"""A bucket of many clips that answers each request after a while: only what the gallery asks of Cloud Storage."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = 1000


class Bucket(ThreadingHTTPServer):
    """Read-only; listens on loopback.

    :param objects: content by name.
    :param delay: seconds before each answer.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, objects: dict[str, bytes], delay: float) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.objects, self.delay = objects, delay
        self.digests = {
            id(content): _digest(content) for content in {id(one): one for one in objects.values()}.values()
        }
        self.names = sorted(objects)
        self.asked = {"list": 0, "look": 0, "read": 0}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        found = re.fullmatch(r"(?:/download)?/storage/v1/b/([^/]+)/o(?:/(.+))?", url.path)
        if found is None:
            return self._answer(404, b"{}")
        if found[2] is None:
            self.server.asked["list"] += 1
            return self._answer(200, json.dumps(self._page(found[1], query)).encode())
        content = self.server.objects.get(name := unquote(found[2]))
        if content is None:
            return self._answer(404, b"{}")
        if query.get("alt") != ["media"]:
            self.server.asked["look"] += 1
            return self._answer(200, json.dumps(self._described(found[1], name, content)).encode())
        self.server.asked["read"] += 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or "")
        if asked is None:
            return self._answer(200, content)
        start, stop = int(asked[1]), min(len(content), int(asked[2] or len(content)) + 1)
        return self._answer(206, content[start:stop], {"content-range": f"bytes {start}-{stop - 1}/{len(content)}"})

    def _page(self, bucket: str, query: dict[str, list[str]]) -> dict[str, object]:
        prefix, after = query.get("prefix", [""])[0], query.get("pageToken", [""])[0]
        names = [name for name in self.server.names if name.startswith(prefix) and name > after]
        items = [self._described(bucket, name, self.server.objects[name]) for name in names[:PAGE]]
        more = {"nextPageToken": names[PAGE - 1]} if len(names) > PAGE else {}
        return {"kind": "storage#objects", "items": items, **more}

    def _answer(self, status: int, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _described(self, bucket: str, name: str, content: bytes) -> dict[str, object]:
        return {
            "kind": "storage#object", "bucket": bucket, "name": name, "size": str(len(content)), "generation": "1",
            "metageneration": "1", "md5Hash": self.server.digests[id(content)], "contentType": "application/json",
        }  # fmt: skip


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
