"""A small server that takes paid requests and lists its jobs in a way of its own, which is not ours."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Job = dict[str, Any]
#: From the jobs as they are, oldest first, to the whole answer of the list call.
Listing = Callable[[list[Job]], Any]


def newest_first(jobs: list[Job]) -> Any:
    return {"object": "list", "data": jobs[::-1], "has_more": False}


class ContraryServer:
    """Counts the whole paid requests that reach it.

    ``lose``: so many answers are not given although the job is made; ``drop``: so many requests make no job at all;
    ``before_reading`` is called before any of a body is read.
    """

    def __init__(self, listing: Listing = newest_first) -> None:
        self.listing = listing
        self.jobs: list[Job] = []
        self.posts = 0
        self.lose = 0
        self.drop = 0
        self.before_reading: Callable[[], None] = lambda: None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def make(self, prompt: str, *, created_at: float | None = None, status: str = "in_progress", **fields: Any) -> Job:
        job = {
            "id": f"video_{len(self.jobs) + 1}",
            "object": "video",
            "status": status,
            "prompt": prompt,
            "created_at": int(time.time() if created_at is None else created_at),
            **fields,
        }
        self.jobs.append(job)
        return job

    def __enter__(self) -> ContraryServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(server: ContraryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, value: Any, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            server.before_reading()
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the client gave up: this request was never whole
            server.posts += 1
            if server.drop:
                server.drop -= 1
                self.connection.close()
                return
            asked = json.loads(body) if self.headers["Content-Type"] == "application/json" else {"prompt": "a form"}
            made = server.make(asked["prompt"], **{name: asked[name] for name in ("model", "size") if name in asked})
            if server.lose:
                server.lose -= 1
                self.connection.close()
                return
            self._answer(made)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/v1/videos":
                return self._answer(server.listing([dict(job) for job in server.jobs]))
            found = [job for job in server.jobs if path == f"/v1/videos/{job['id']}"]
            return self._answer(found[0]) if found else self._answer({"error": {"message": "no"}}, 404)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
