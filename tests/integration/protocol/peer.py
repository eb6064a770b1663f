"""A server that answers as a test tells it to, and remembers every request it saw. Real sockets, plain HTTP."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """One request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What to answer. ``after`` is done once head and body are out: ``close``, or ``reset`` (TCP RST).

    ``announce`` overrides Content-Length; ``hang`` waits until the peer stops, before anything is sent.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announce: int | None = None
    reset: bool = False
    hang: bool = False

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Answerer = Reply | Callable[[Seen], Reply]


class Peer:
    """Context manager; ``on(method, path, reply)`` sets an answer, ``seen`` lists the requests."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.seen: list[Seen] = []
        self.answers: dict[tuple[str, str], Answerer] = {}
        self.otherwise: Answerer = Reply(404, {"error": {"message": "no such thing here", "type": "not_found"}})
        self._stopped = threading.Event()

    def on(self, method: str, path: str, reply: Answerer) -> None:
        self.answers[method, path] = reply

    def wait_for(self, requests: int, timeout: float = 10.0) -> None:
        """Until so many were seen: a client that gives up may be gone before its request is written down here."""
        deadline = time.monotonic() + timeout
        while len(self.seen) < requests and time.monotonic() < deadline:
            time.sleep(0.01)

    def posts(self) -> list[Seen]:
        return [request for request in self.seen if request.method == "POST"]

    def __enter__(self) -> Peer:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two packets

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, self.path, headers, self.rfile.read(length))
                peer.seen.append(seen)
                answer = peer.answers.get((seen.method, seen.path.partition("?")[0]), peer.otherwise)
                peer.answer(self, answer(seen) if callable(answer) else answer)

            do_GET = do_POST = do_DELETE = do_OPTIONS = do_CONNECT = handle_any

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.root = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
        self.url = f"{self.root}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.close_connection = True
        if reply.hang:
            self._stopped.wait(30)
            return
        if reply.reset and not reply.body:
            self._reset(handler)
            return
        body = reply.payload()
        handler.send_response(reply.status)
        headers = {"Content-Type": "application/json", "Connection": "close", **reply.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        if reply.announce != -1:
            handler.send_header("Content-Length", str(len(body) if reply.announce is None else reply.announce))
        handler.end_headers()
        with contextlib.suppress(ConnectionError):  # a client may have read enough
            handler.wfile.write(body)
            handler.wfile.flush()
        if reply.reset:
            self._reset(handler)

    @staticmethod
    def _reset(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
