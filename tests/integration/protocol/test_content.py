"""A finished video in every way that servers hand it out, over real sockets."""

from __future__ import annotations

import base64
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ContentError,
    PolicyRefusalError,
    ServerFaultError,
    SoraError,
    UnsupportedByServerError,
    VideoExpiredError,
    VideoFailedError,
    VideoNotFoundError,
)
from airflow_provider_sora.protocol.answers.job import parse_job
from airflow_provider_sora.protocol.content.download import open_content
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.dialects import DYNAMO, OPENAI, SGLANG, VLLM_OMNI
from airflow_provider_sora.protocol.servers.hosted import INWORLD
from airflow_provider_sora.protocol.session import VideosSession
from tests.integration.protocol.peer import Peer, Reply, Seen

pytestmark = pytest.mark.filterwarnings("error")

MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 40
KEY = "sk-test-0123456789"
VIDEO = {"Content-Type": "video/mp4", "ETag": '"e1"'}
CONTENT = "/v1/videos/video_1/content"
DONE = {"id": "video_1", "status": "completed", "completed_at": 1_700_000_000}


@pytest.fixture
def elsewhere() -> Iterator[Peer]:
    with Peer() as other:
        yield other


def session(peer: Peer, dialect: Any = OPENAI, **fields: Any) -> VideosSession:
    settings = ConnectionSettings(base_url=peer.url, key=KEY, headers={"X-Own": "secret-header"}, **fields)
    return VideosSession(settings, dialect, VideosClient(settings))


def fetch(calls: VideosSession, video_id: str = "video_1", **options: Any) -> bytes:
    with open_content(calls, video_id, **options) as stream:
        return b"".join(stream.iter_bytes(1000))


def ranged(request: Seen) -> Reply:
    start = int(request.headers.get("range", "bytes=0-")[6:-1])
    if start >= len(MP4):
        return Reply(416, b"", {"Content-Range": f"bytes */{len(MP4)}"})
    if start == 0 or request.headers.get("if-range", '"e1"') != '"e1"':
        return Reply(200, MP4, VIDEO)
    return Reply(206, MP4[start:], {**VIDEO, "Content-Range": f"bytes {start}-{len(MP4) - 1}/{len(MP4)}"})


def test_bytes(peer: Peer) -> None:
    peer.on("GET", CONTENT, Reply(200, MP4, VIDEO))
    with open_content(session(peer), "video_1", variant="video") as stream:
        assert (stream.content_type, stream.start, stream.length, stream.total, stream.etag) == (
            "video/mp4", 0, len(MP4), len(MP4), '"e1"',
        )  # fmt: skip
        assert b"".join(stream.iter_bytes(1000)) == MP4
    assert peer.seen[0].path == CONTENT  # variant=video breaks SGLang, so it is never sent
    assert peer.seen[0].headers["accept-encoding"] == "identity"


def test_pieces_are_about_as_large_as_asked_for(peer: Peer) -> None:
    whole = MP4 + os.urandom(3_000_000)
    peer.on("GET", CONTENT, Reply(200, whole, VIDEO))
    with open_content(session(peer), "video_1") as stream:
        pieces = list(stream.iter_bytes(1 << 20))
    assert b"".join(pieces) == whole
    # One read of the socket more than asked for, at the most, and that takes no more than 1 MiB.
    assert all(0 <= len(piece) - (1 << 20) < 1 << 20 for piece in pieces[:-1])
    assert len(pieces) in (2, 3)


def test_no_content_length(peer: Peer) -> None:
    peer.on("GET", CONTENT, Reply(200, MP4, VIDEO, announce=-1))
    with open_content(session(peer), "video_1") as stream:
        assert (stream.length, stream.total) == (None, None)
        assert b"".join(stream.iter_bytes()) == MP4


def test_resume(peer: Peer) -> None:
    peer.on("GET", CONTENT, ranged)
    with open_content(session(peer), "video_1", offset=5000, etag='"e1"') as stream:
        assert (stream.start, stream.length, stream.total) == (5000, len(MP4) - 5000, len(MP4))
        assert b"".join(stream.iter_bytes()) == MP4[5000:]
    assert (peer.seen[0].headers["range"], peer.seen[0].headers["if-range"]) == ("bytes=5000-", '"e1"')
    with open_content(session(peer), "video_1", offset=5000, etag='"other"') as stream:
        assert stream.start == 0  # another content: the server sends it whole
    with open_content(session(peer), "video_1", offset=5000, etag='W/"e1"') as stream:
        assert "if-range" not in peer.seen[-1].headers  # a weak tag cannot guard bytes
    with open_content(session(peer), "video_1", offset=len(MP4)) as stream:
        assert (stream.length, list(stream.iter_bytes())) == (0, [])
    with pytest.raises(ServerFaultError, match="start again"), open_content(session(peer), "video_1", offset=10**6):
        pass


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_transfer_says_where_to_resume(peer: Peer, reset: bool) -> None:
    peer.on("GET", CONTENT, Reply(200, MP4[:6000], VIDEO, announce=len(MP4), reset=reset))
    got = b""
    with pytest.raises(ContentError, match="Next: resume from byte"), open_content(session(peer), "video_1") as stream:
        for piece in stream.iter_bytes(1000):
            got += piece
    assert MP4.startswith(got) and (reset or len(got) == 6000)


def test_a_redirect_to_another_port_carries_no_key(peer: Peer, elsewhere: Peer) -> None:
    elsewhere.on("GET", "/signed", Reply(200, MP4, VIDEO))
    peer.on("GET", CONTENT, Reply(302, b"", {"Location": f"{elsewhere.root}/signed?sig=abc"}))
    assert fetch(session(peer)) == MP4
    assert peer.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert peer.seen[0].headers["x-own"] == "secret-header"
    assert "authorization" not in elsewhere.seen[0].headers
    assert "x-own" not in elsewhere.seen[0].headers
    assert elsewhere.seen[0].path == "/signed?sig=abc"


@pytest.mark.parametrize("status", [401, 403])
def test_a_redirect_that_is_refused_says_nothing_of_the_key(peer: Peer, elsewhere: Peer, status: int) -> None:
    elsewhere.on("GET", "/signed", Reply(status, b"<Error>Request has expired</Error>"))
    peer.on("GET", CONTENT, Reply(302, b"", {"Location": f"{elsewhere.root}/signed?sig=abc"}))
    with pytest.raises(ServerFaultError, match=f"The address of the video answered HTTP {status}"):
        fetch(session(peer))


def test_the_address_of_a_redirect_is_not_logged(peer: Peer, elsewhere: Peer, caplog: pytest.LogCaptureFixture) -> None:
    elsewhere.on("GET", "/signed", Reply(200, MP4, VIDEO))
    peer.on("GET", CONTENT, Reply(302, b"", {"Location": f"{elsewhere.root}/signed?sig=abcdef"}))
    with caplog.at_level(logging.DEBUG):
        assert fetch(session(peer)) == MP4
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert "abcdef" not in caplog.text


def test_a_redirect_on_the_same_origin_keeps_the_key(peer: Peer) -> None:
    peer.on("GET", "/files/1.mp4", Reply(200, MP4, VIDEO))
    peer.on("GET", CONTENT, Reply(307, b"", {"Location": "/files/1.mp4"}))
    assert fetch(session(peer)) == MP4
    assert peer.seen[1].headers["authorization"] == f"Bearer {KEY}"


def test_redirects_in_circles_end(peer: Peer) -> None:
    peer.on("GET", CONTENT, Reply(302, b"", {"Location": CONTENT}))
    with pytest.raises(ContentError, match="circles"):
        fetch(session(peer))
    assert len(peer.seen) == 5


@pytest.mark.parametrize("where", ["url", "output_url", "file_url"])
def test_an_address_in_the_job_object(peer: Peer, elsewhere: Peer, where: str) -> None:
    elsewhere.on("GET", "/bucket/1.mp4", Reply(200, MP4, VIDEO))
    peer.on("GET", "/v1/videos/video_1", Reply(200, {**DONE, where: f"{elsewhere.root}/bucket/1.mp4"}))
    assert fetch(session(peer)) == MP4  # its content call answers 404
    assert "authorization" not in elsewhere.seen[0].headers


def test_an_address_in_the_job_object_by_dialect(peer: Peer, elsewhere: Peer) -> None:
    elsewhere.on("GET", "/1.mp4", ranged)
    peer.on(
        "GET", "/v1/videos/video_1", Reply(200, {**DONE, "output": {"videos": [{"url": f"{elsewhere.root}/1.mp4"}]}})
    )
    assert fetch(session(peer, INWORLD), offset=100) == MP4[100:]
    assert [request.path for request in peer.seen] == ["/v1/videos/video_1"]


def test_sglang_says_the_address_in_a_400(peer: Peer, elsewhere: Peer) -> None:
    elsewhere.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
    text = f"Video has been uploaded to cloud storage. Please use the cloud URL: {elsewhere.root}/1.mp4"
    peer.on("GET", CONTENT, Reply(400, {"detail": text}))
    peer.on("GET", "/v1/videos/video_1", Reply(200, DONE))
    assert fetch(session(peer, SGLANG)) == MP4


def test_json_that_holds_an_address_or_the_bytes(peer: Peer, elsewhere: Peer) -> None:
    elsewhere.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
    text = base64.b64encode(MP4).decode()
    for body in (
        {"video_url": f"{elsewhere.root}/1.mp4"},
        {"data": {"url": f"{elsewhere.root}/1.mp4"}},
        f"{elsewhere.root}/1.mp4",
        {"url": f"data:video/mp4;base64,{text}"},
        {"data": [{"b64_json": text}]},
    ):
        peer.on("GET", CONTENT, Reply(200, body))
        assert fetch(session(peer)) == MP4


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"error": {"message": "quota of secret sk-test-0123456789"}}),
        Reply(200, {"error": {"message": "in disguise"}}, {"Content-Type": "video/mp4"}),
        Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
        Reply(200, b"  <!DOCTYPE html>", {"Content-Type": "application/octet-stream"}),
        Reply(200, {"url": "http://169.254.169.254/latest/meta-data"}),
        Reply(200, {"url": "http://metadata.google.internal/x"}),
        Reply(200, {"url": "http://metadata.google.internal./x"}),
        Reply(200, {"url": "http://2852039166/latest/meta-data"}),
        Reply(200, {"url": "http://0xa9fea9fe/latest/meta-data"}),
        Reply(200, {"url": "http://[::ffff:169.254.169.254]/latest/meta-data"}),
        Reply(200, {"url": "http://[fd00:ec2::254]/latest/meta-data"}),
        Reply(200, {"url": "http://[169.254.169.254/latest"}),
    ],
    ids=str,
)
def test_what_is_no_video_is_an_error(peer: Peer, reply: Reply) -> None:
    peer.on("GET", CONTENT, reply)
    with pytest.raises(ContentError) as caught:
        fetch(session(peer))
    assert KEY not in str(caught.value)


def test_stills(peer: Peer) -> None:
    peer.on("GET", CONTENT, lambda seen: Reply(200, b"RIFF1234WEBPVP8 ", {"Content-Type": "image/webp"}))
    assert fetch(session(peer), variant="thumbnail").startswith(b"RIFF")
    assert peer.seen[0].path == f"{CONTENT}?variant=thumbnail"
    with pytest.raises(UnsupportedByServerError, match="makes no spritesheet"):
        fetch(session(peer, SGLANG), variant="spritesheet")
    assert len(peer.seen) == 1


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream"])
def test_a_whole_video_for_a_still_is_noticed(peer: Peer, kind: str) -> None:
    peer.on("GET", CONTENT, Reply(200, MP4, {"Content-Type": kind}))
    with pytest.raises(UnsupportedByServerError, match="sends the whole video"):
        fetch(session(peer), variant="thumbnail")


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ({"status": "in_progress"}, ServerFaultError),
        ({"status": "failed", "error": {"message": "oom"}}, VideoFailedError),
        ({"status": "expired"}, VideoExpiredError),
        ({"status": "completed", "completed_at": 1_700_000_000}, ServerFaultError),
        ({"status": "completed", "completed_at": 1_700_000_000, "expires_at": 1_700_003_600}, VideoExpiredError),
        ({"status": "failed", "error": {"code": "content_filter", "message": "no"}}, PolicyRefusalError),
        ({"status": "completed", "completed_at": "now"}, ServerFaultError),
        ({"status": "completed", "completed_at": "now", "expires_at": 1_700_000_000}, VideoExpiredError),
        (None, VideoNotFoundError),
    ],
)
def test_a_404_is_judged_by_the_job(peer: Peer, job: dict[str, Any] | None, error: type[SoraError]) -> None:
    if job is not None:
        job = {**job, **({"completed_at": time.time()} if job.get("completed_at") == "now" else {})}
        peer.on("GET", "/v1/videos/video_1", Reply(200, {"id": "video_1", **job}))
    with pytest.raises(error) as caught:
        fetch(session(peer, VLLM_OMNI))
    assert type(caught.value) is error
    assert len(peer.seen) == 2


def test_an_outage_and_a_wrong_key(peer: Peer) -> None:
    peer.on("GET", CONTENT, Reply(502, b"bad gateway"))
    with pytest.raises(ServerFaultError):
        fetch(session(peer))
    peer.on("GET", CONTENT, Reply(401, {"error": "Unauthorized"}))
    with pytest.raises(AuthenticationFailedError):
        fetch(session(peer))
    peer.on("GET", CONTENT, Reply(hang=True))
    with pytest.raises(ServerFaultError):
        fetch(session(peer, request_timeout=0.2))


def test_an_expired_signed_address_is_not_our_key(peer: Peer, elsewhere: Peer) -> None:
    elsewhere.on("GET", "/1.mp4", Reply(403, b"<Error>expired</Error>"))
    peer.on("GET", "/v1/videos/video_1", Reply(200, {**DONE, "url": f"{elsewhere.root}/1.mp4?sig=secretsig"}))
    with pytest.raises(ServerFaultError, match="asks the server for a fresh address") as caught:
        fetch(session(peer))
    assert "secretsig" not in str(caught.value)


def test_content_that_exists_in_the_create_answer_only(peer: Peer, elsewhere: Peer) -> None:
    text = base64.b64encode(MP4).decode()
    made = parse_job({"id": "u-1", "status": "completed", "created": 1, "data": [{"b64_json": text}]})
    assert fetch(session(peer, DYNAMO), "u-1", made_here=made) == MP4
    assert fetch(session(peer, DYNAMO), "u-1", made_here=made, offset=10) == MP4[10:]
    elsewhere.on("GET", "/1.mp4", Reply(200, MP4, VIDEO))
    linked = replace(made, inline_content=None, content_url=f"{elsewhere.root}/1.mp4")
    assert fetch(session(peer, DYNAMO), "u-1", made_here=linked) == MP4
    with pytest.raises(VideoExpiredError, match="destination"):
        fetch(session(peer, DYNAMO), "u-1")
    assert peer.seen == []


def test_long_and_odd_ids_are_one_path_segment(peer: Peer) -> None:
    peer.otherwise = Reply(200, MP4, VIDEO)
    assert fetch(session(peer), "sora-2:task/" + "x" * 230 + "==") == MP4
    assert peer.seen[0].path == "/v1/videos/sora-2%3Atask%2F" + "x" * 230 + "%3D%3D/content"
