"""Answers below HTTP's good manners: raw bytes, resets, cut transfers. Written to uvicorn's own transport."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.types import Message, Receive, Send


@dataclass
class Answer:
    """A whole HTTP answer, caught before it is sent."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def set_header(self, name: bytes, value: bytes | None) -> None:
        """Replace a header; None leaves it out."""
        self.headers = [(key, old) for key, old in self.headers if key.lower() != name]
        if value is not None:
            self.headers.append((name, value))

    async def catch(self, message: Message) -> None:
        """An ASGI ``send`` that keeps instead of sending."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def deliver(self, send: Send) -> None:
        """Send it as it is."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def plain(status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer made from scratch."""
    answer = Answer(status, [(b"content-type", content_type.encode())], body)
    for name, value in (headers or {}).items():
        answer.set_header(name.lower().encode(), str(value).encode())
    answer.set_header(b"content-length", str(len(body)).encode())
    return answer


class Line:
    """The TCP connection under one request.

    :param send: uvicorn's own ``send``, unwrapped: a method of the request cycle, which knows the transport.
    """

    def __init__(self, send: Send, receive: Receive) -> None:
        cycle: Any = getattr(send, "__self__", None)
        transport = getattr(cycle, "transport", None)
        if transport is None:
            raise RuntimeError("Faults on the wire need uvicorn as the server.")
        self._transport: asyncio.Transport = transport
        self._receive = receive

    @property
    def gone(self) -> bool:
        return self._transport.is_closing()

    async def _until_closed(self) -> None:
        """Wait for uvicorn to notice, so that it does not answer in our place."""
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def reset(self) -> None:
        """End the connection with a TCP reset."""
        found = self._transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self._until_closed()

    async def close(self) -> None:
        """End the connection in an orderly way, once what was written is sent."""
        self._transport.close()
        await self._until_closed()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def write_head(self, answer: Answer) -> None:
        """Status line and headers, with ``connection: close``."""
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {answer.status} {phrase}".encode()]
        lines += [key + b": " + value for key, value in answer.headers if key.lower() != b"connection"]
        self.write(b"\r\n".join([*lines, b"connection: close", b"", b""]))

    async def write_slowly(self, body: bytes, per_second: float, *, limit: float | None = None) -> None:
        """Send at a given rate, no longer than ``limit`` seconds, twenty pieces a second."""
        step = max(1, int(per_second / 20))
        spent = 0.0
        for start in range(0, len(body), step):
            if self.gone or (limit is not None and spent >= limit):
                return
            self.write(body[start : start + step])
            await asyncio.sleep(0.05)
            spent += 0.05
