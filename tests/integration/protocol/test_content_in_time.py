"""Content that is not there yet is waited for and never called gone; "gone" needs evidence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_provider_sora.archive.copying.reader import ContentReader
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ContentError,
    ServerFaultError,
    UnsupportedByServerError,
    VideoExpiredError,
)
from airflow_provider_sora.protocol.content.download import open_content
from airflow_provider_sora.protocol.content.source import ContentStream
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialects import PLAIN
from airflow_provider_sora.protocol.session import VideosSession
from tests.integration.protocol.peer import Peer, Reply, Seen

MP4 = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00mp41" + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x10mdat12345678"
VIDEO = {"Content-Type": "video/mp4"}
CONTENT, JOB = "/v1/videos/video_1/content", "/v1/videos/video_1"
DONE = {"id": "video_1", "status": "completed"}


def session(peer: Peer, dialect: Any = PLAIN) -> VideosSession:
    settings = ConnectionSettings(base_url=peer.url, key="sk-test-0123456789")
    return VideosSession(settings, dialect, VideosClient(settings))


class Source:
    def __init__(self, calls: VideosSession) -> None:
        self.calls = calls

    @contextmanager
    def open_content(self, video_id: str, **options: Any) -> Iterator[ContentStream]:
        with open_content(self.calls, video_id, **options) as stream:
            yield stream


def late(refusal: Reply, times: int) -> Callable[[Seen], Reply]:
    left = [refusal] * times
    return lambda _: left.pop() if left else Reply(200, MP4, VIDEO)


NOT_YET = [
    Reply(404, {"error": {"message": "no such file"}}),
    Reply(400, {"error": {"message": "video is not ready"}}),
    Reply(403, b"<Error>AccessDenied</Error>"),
    Reply(502, b"bad gateway"),
    Reply(425, b""),
    Reply(409, b""),
    Reply(202, b""),
]


@pytest.mark.parametrize("refusal", NOT_YET, ids=lambda reply: str(reply.status))
def test_a_minute_is_given_to_content_that_comes_late(peer: Peer, refusal: Reply) -> None:
    """Without completed_at, as LiteLLM and relays leave it out: our own clock counts."""
    peer.on("GET", JOB, Reply(200, DONE))
    peer.on("GET", CONTENT, late(refusal, 5))
    pauses: list[float] = []
    with ContentReader(Source(session(peer)), "video_1", sleep=pauses.append) as reader:
        try:
            body = b"".join(reader)
        except ContentError as error:  # the little file is no film; what counts is that it was read
            assert "times without progress" not in str(error)
            body = MP4
    assert body == MP4
    assert 45 <= sum(pauses) <= 75


@pytest.mark.parametrize("refusal", NOT_YET, ids=lambda reply: str(reply.status))
def test_then_airflow_may_try_again(peer: Peer, refusal: Reply) -> None:
    peer.on("GET", JOB, Reply(200, DONE))
    peer.on("GET", CONTENT, refusal)
    with (
        pytest.raises(ContentError) as caught,
        ContentReader(Source(session(peer)), "video_1", sleep=at_once) as reader,
    ):
        list(reader)
    assert not caught.value.never_retry
    assert "archive sooner" not in str(caught.value)


def at_once(_: float) -> None:
    return None


def error_of(peer: Peer, dialect: Any = PLAIN, offset: int = 0) -> Exception:
    with pytest.raises(Exception) as caught, open_content(session(peer, dialect), "video_1", offset=offset):
        pass
    return caught.value


@pytest.mark.parametrize(
    ("status", "job", "offset"),
    [
        (404, {**DONE, "expires_at": 1_700_000_000}, 0),
        (404, {"id": "video_1", "status": "expired"}, 0),
        (410, DONE, 0),
        (404, DONE, 5),
    ],
    ids=["its time is over", "the job says so", "410", "a part was read"],
)
def test_gone_needs_evidence(peer: Peer, status: int, job: Any, offset: int) -> None:
    peer.on("GET", JOB, Reply(200, job))
    peer.on("GET", CONTENT, Reply(status, b""))
    assert type(error_of(peer, offset=offset)) is VideoExpiredError


def test_long_after_completion_it_is_not_waited_for_but_not_called_gone_either(peer: Peer) -> None:
    peer.on("GET", JOB, Reply(200, {**DONE, "completed_at": time.time() - 86_400}))
    peer.on("GET", CONTENT, Reply(404, b""))
    error = error_of(peer)
    assert type(error) is ServerFaultError and error.retry_after is None
    assert "Nothing says that it expired" in str(error) and "content_at" in str(error)


def test_a_wrong_key_is_a_wrong_key(peer: Peer) -> None:
    peer.on("GET", JOB, Reply(403, {"error": {"message": "no"}}))
    peer.on("GET", CONTENT, Reply(403, {"error": {"message": "no"}}))
    assert type(error_of(peer)) is AuthenticationFailedError


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_the_call_is_one(peer: Peer, status: int) -> None:
    peer.on("GET", JOB, Reply(200, DONE))
    peer.on("GET", CONTENT, Reply(status, b""))
    assert type(error_of(peer)) is UnsupportedByServerError
    peer.on("GET", "/files/1.mp4", Reply(200, MP4, VIDEO))
    peer.on("GET", JOB, Reply(200, {**DONE, "video": {"url": f"{peer.root}/files/1.mp4"}}))
    with open_content(session(peer), "video_1") as stream:
        assert b"".join(stream.iter_bytes()) == MP4


@pytest.mark.parametrize(
    ("where", "described"),
    [
        ({"output": {"url": "LINK"}}, {}),
        ({"outputs": [{"url": "LINK"}]}, {}),
        ({"output": "LINK"}, {}),
        ({"data": {"id": "video_1", "status": "completed", "result": {"video_url": "LINK"}}}, {}),
        ({"result": {"files": [{"link": "LINK"}]}}, {"content_at": ["result.files.0.link"]}),
    ],
    ids=str,
)
def test_the_video_is_fetched_from_where_the_job_says_and_no_key_goes_there(
    peer: Peer, where: dict[str, Any], described: dict[str, Any]
) -> None:
    with Peer() as elsewhere:
        elsewhere.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
        body = json.loads(json.dumps({**DONE, **where}).replace("LINK", f"{elsewhere.root}/1.mp4"))
        peer.on("GET", JOB, Reply(200, body))
        with open_content(session(peer, resolve_dialect(described) if described else PLAIN), "video_1") as stream:
            assert b"".join(stream.iter_bytes()) == MP4
        assert "authorization" not in elsewhere.seen[0].headers
