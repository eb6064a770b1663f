"""An HTTP server with one video that misbehaves by rule, and a connection for the real hook to read from it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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
    disable_nagle_algorithm = True  # head and body are two packets

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        plan = self.plan
        if not self.path.endswith(("/content", "/moved")):
            return self._job(plan)
        plan.requests += 1
        if plan.redirect and "moved" not in self.path:
            self._empty(302, {"Location": "/moved"})
        elif plan.expire_after is not None and plan.requests > plan.expire_after:
            self._empty(410, {})
        elif plan.statuses:
            self._empty(plan.statuses.pop(0), {})
        else:
            self._content(plan)
        return None

    def _job(self, plan: Plan) -> None:
        expired = plan.expire_after is not None and plan.requests >= plan.expire_after
        job = {"id": self.path.rsplit("/", 1)[-1], "object": "video", "status": "expired" if expired else "completed"}
        body = json.dumps(job).encode()
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _empty(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _content(self, plan: Plan) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", '"one"') == '"one"'
        start = int(asked[1]) if asked and plan.ranges and same else 0
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
    """Serve the plan on a free loopback port; yields the id of a ``sora`` connection to it."""
    handler = type("Handler", (_Handler,), {"plan": plan})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    connection = {
        "conn_type": "sora",
        "host": f"http://127.0.0.1:{port}/v1",
        "password": "a-key-of-tests",
        "extra": {"dialect": "openai", "request_timeout": 2},
    }
    conn_id = f"content_{port}"
    os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = json.dumps(connection)
    try:
        yield conn_id
    finally:
        del os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"]
        plan.release.set()
        server.shutdown()
        server.server_close()
