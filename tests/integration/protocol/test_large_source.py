"""A large file of the user's own goes out in one request, whole, and without a second copy of it in memory."""

from __future__ import annotations

import hashlib
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.sending.multipart import FilePart, multipart_body
from airflow_provider_sora.protocol.servers.dialects import OPENAI
from airflow_provider_sora.protocol.session import VideosSession
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

SIZE = 48 << 20
ANSWER = b'{"id": "video_1", "object": "video", "status": "queued", "created_at": 1}'


@dataclass
class Sink:
    """A server that keeps the heads of requests and only the hash of their bodies."""

    listener: socket.socket
    heads: list[bytes] = field(default_factory=list)
    bodies: list[tuple[int, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"

    def serve(self) -> None:
        buffer = bytearray(1 << 16)
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection, buffer)

    def _answer(self, connection: socket.socket, buffer: bytearray) -> None:
        start = b""
        while b"\r\n\r\n" not in start:
            start += connection.recv(4096)
        head, _, body = start.partition(b"\r\n\r\n")
        self.heads.append(head.lower())
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        digest, left = hashlib.sha256(body), length - len(body)
        while left:
            got = connection.recv_into(buffer, min(left, len(buffer)))
            digest.update(memoryview(buffer)[:got])
            left -= got
        self.bodies.append((length, digest.hexdigest()))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))


@pytest.fixture
def sink() -> Iterator[Sink]:
    listener = socket.create_server(("127.0.0.1", 0))
    found = Sink(listener)
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    yield found
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_a_source_video_is_sent_once_whole_and_uncopied(sink: Sink) -> None:
    settings = ConnectionSettings(conn_id="c", base_url=sink.url, key="k")
    client = VideosClient(settings)
    client._ready()  # the SDK takes some megabytes of its own
    source = b"\0\0\0\x18ftypisom" + bytes(range(256)) * (SIZE // 256)
    submission = Submission(SubmitKind.EDIT, "make it night", source_file=source)
    tracemalloc.start()
    try:
        job = VideosSession(settings, OPENAI, client).submit(submission, "key-1")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert job.id == "video_1"
    assert peak < SIZE // 8, f"{peak / SIZE:.2f} times the source's size were taken"
    assert len(sink.heads) == len(sink.bodies) == 1
    assert b"transfer-encoding" not in sink.heads[0]
    expected = multipart_body([("prompt", "make it night")], [FilePart("video", "source.mp4", "video/mp4", source)])
    assert sink.bodies == [(len(expected), hashlib.sha256(b"".join(expected)).hexdigest())]


def test_a_body_is_what_a_mail_parser_reads() -> None:
    from email.parser import BytesParser

    data = b"--sora-part\r\n" + bytes(range(256)) * 600
    body = multipart_body([("a", 'x"\r\n'), ("b", "")], [FilePart("f", 'na"me.mp4', "video/mp4", data)])
    whole = b"".join(body)
    assert len(body) == len(whole)
    message = BytesParser().parsebytes(f"Content-Type: {body.content_type}\r\n\r\n".encode() + whole)
    parts = [(part.get_param("name", header="content-disposition"), part) for part in message.get_payload()]
    assert [name for name, _ in parts] == ["a", "b", "f"]
    assert parts[2][1].get_payload(decode=True) == data
    assert parts[2][1].get_filename() == "na%22me.mp4"
