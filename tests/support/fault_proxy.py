"""A proxy in front of a storage emulator that fails by rule and keeps a log of what went through."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Seen:
    """One request: how many body bytes it carried, what was answered (0: nothing)."""

    method: str
    path: str
    sent: int
    status: int = 0
    content_range: str = ""

    @property
    def is_part(self) -> bool:
        """A piece of a resumable upload."""
        return "upload_id=" in self.path

    @property
    def is_last_part(self) -> bool:
        end, _, total = self.content_range.rpartition("-")[2].partition("/")
        return self.is_part and total.isdecimal() and int(end) + 1 == int(total)

    @property
    def is_media(self) -> bool:
        """Carries an object's content, in one request or in parts."""
        return self.method in ("PUT", "POST") and (self.is_part or "uploadType=multipart" in self.path)


@dataclass
class Rule:
    """Do ``action`` to the first ``times`` requests that ``match``.

    Actions: a status number, ``reset`` (nothing goes through), ``stall`` (nothing, until the client gives up),
    ``lose_reply`` (goes through, the answer does not come back), ``cut_reply`` (half of it comes back),
    ``corrupt`` (one byte of the body is changed on its way), ``corrupt_unseen`` (the same, and the checksum that
    came along is taken away, as by a store that does not look at it).
    """

    match: Callable[[Seen], bool]
    action: int | str
    times: int = 1


@dataclass
class FaultProxy:
    """``url`` is what STORAGE_EMULATOR_HOST is set to."""

    url: str
    rules: list[Rule] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    #: How many generations of each (bucket, name) were made; the emulator's own count.
    made: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fault(self, match: Callable[[Seen], bool], action: int | str, times: int = 1) -> None:
        self.rules.append(Rule(match, action, times))

    @property
    def uploaded(self) -> int:
        """Body bytes of media requests, those resent counted again."""
        return sum(seen.sent for seen in self.seen if seen.is_media)

    def action_for(self, seen: Seen) -> int | str | None:
        for rule in self.rules:
            if rule.times and rule.match(seen):
                rule.times -= 1
                return rule.action
        return None


@contextlib.contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:  # noqa: C901 - one handler, all its faults in one place
    """Run the proxy on a free loopback port."""
    upstream = urlsplit(target)
    proxy: FaultProxy

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two packets

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _any(self) -> None:
            body = self._body()
            seen = Seen(self.command, self.path, len(body), content_range=self.headers.get("Content-Range", ""))
            proxy.seen.append(seen)
            action = proxy.action_for(seen)
            if isinstance(action, int):
                seen.status = action
                return self._answer(action, [("Content-Type", "application/json")], b'{"error": {"message": "fault"}}')
            if action == "reset":
                return self._reset()
            if action == "stall":
                proxy.release.wait(20)
                return self._reset()
            if action == "corrupt_unseen":
                del self.headers["X-Goog-Hash"]
            if action in ("corrupt", "corrupt_unseen"):
                # Not near the ends: those may be a multipart envelope.
                middle = len(body) // 2
                body = body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]
            status, headers, data = self._forward(body)
            seen.status = status
            if action == "lose_reply":
                return self._reset()
            self._answer(status, headers, data[: len(data) // 2] if action == "cut_reply" else data)
            return None

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("transfer-encoding", "connection")}
            if body or self.command not in ("GET", "HEAD"):
                headers["Content-Length"] = str(len(body))
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            data = response.read()
            connection.close()
            dropped = {"connection", "transfer-encoding", "date", "server"}
            if self.command != "HEAD":  # whose answer states the length of what it does not send
                dropped.add("content-length")
            kept = [
                (name, value.replace(target, proxy.url) if name.lower() == "location" else value)
                for name, value in response.getheaders()
                if name.lower() not in dropped
            ]
            return response.status, kept, data

        def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _ in headers):
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    proxy = FaultProxy(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.release.set()
        server.shutdown()
        server.server_close()
