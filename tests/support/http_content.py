"""An HTTP server with one video that misbehaves by rule, and a plain content source that reads from it."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_sora.exceptions import (
    ContentError,
    ServerFaultError,
    UnsupportedByServerError,
    VideoExpiredError,
)


@dataclass
class Plan:
    """What the server does; ``break_at`` holds the offsets at which successive answers end early."""

    data: bytes
    break_at: list[int] = field(default_factory=list)
    stall_at: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    announce: int | None = 0  # added to the true length; None sends no length
    content_type: str = "video/mp4"
    expire_after: int | None = None
    redirect: bool = False
    served: int = 0
    requests: int = 0
    release: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    plan: Plan
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        plan = self.plan
        plan.requests += 1
        if plan.redirect and "moved" not in self.path:
            self._empty(302, {"Location": "/moved"})
        elif plan.expire_after is not None and plan.requests > plan.expire_after:
            self._empty(410, {})
        elif plan.statuses:
            self._empty(plan.statuses.pop(0), {})
        else:
            self._content(plan)

    def _empty(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _content(self, plan: Plan) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and plan.ranges else 0
        total = len(plan.data) + (plan.announce or 0)
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", plan.content_type)
        self.send_header("ETag", '"one"')
        if plan.announce is not None:
            self.send_header("Content-Length", str(total - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        end = plan.break_at.pop(0) if plan.break_at else len(plan.data)
        stall = plan.stall_at.pop(0) if plan.stall_at else None
        with contextlib.suppress(ConnectionError):
            for at in range(start, end, 1 << 16):
                if stall is not None and at >= stall:
                    plan.release.wait(20)
                    return
                block = plan.data[at : min(at + (1 << 16), end)]
                self.wfile.write(block)
                plan.served += len(block)


@contextlib.contextmanager
def content_server(plan: Plan) -> Iterator[str]:
    """Serve the plan on a free loopback port; yields the address."""
    handler = type("Handler", (_Handler,), {"plan": plan})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        plan.release.set()
        server.shutdown()
        server.server_close()


class _Stream:
    def __init__(self, response: http.client.HTTPResponse, start: int) -> None:
        self._response = response
        self.content_type = response.headers.get("Content-Type")
        self.etag = response.headers.get("ETag")
        self.start = start
        length = response.headers.get("Content-Length")
        self.length = None if length is None else int(length)
        self.total = None if self.length is None else start + self.length

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        try:
            while block := self._response.read(min(chunk_size, 1 << 16)):
                yield block
        except (OSError, http.client.HTTPException) as error:
            raise ContentError(f"The transfer broke: {error!r}") from error


class HttpSource:
    """The smallest content source over HTTP: Range and If-Range, redirects, statuses to errors."""

    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self._url = url
        self._timeout = timeout

    @contextlib.contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[Any]:
        if variant is not None:
            raise UnsupportedByServerError("no stills here")
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers |= {"Range": f"bytes={offset}-", "If-Range": etag or ""}
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self._timeout)
        try:
            response = self._get(connection, f"/videos/{video_id}/content", headers)
            start = offset if response.status == 206 else 0
            yield _Stream(response, start)
        finally:
            connection.close()

    def _get(
        self, connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
        except OSError as error:
            raise ServerFaultError(f"no answer: {error!r}") from error
        if response.status == 302:
            response.read()
            return self._get(connection, response.headers["Location"], headers)
        if response.status == 410:
            raise VideoExpiredError("The server says that the content has expired.", status_code=410)
        if response.status >= 500:
            raise ServerFaultError(f"HTTP {response.status}", status_code=response.status)
        if response.status >= 400:
            raise ContentError(f"HTTP {response.status}", status_code=response.status)
        return response
