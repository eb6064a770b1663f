"""Every fault a rule can name, as a client on the wire meets it, and what it leaves billed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.animatic import KEY, AnimaticServer


@pytest.fixture
def http(animatic: AnimaticServer) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=animatic.url, headers=headers, timeout=10) as client:
        yield client


def create(http: httpx.Client, prompt: str = "p") -> httpx.Response:
    return http.post("/videos", json={"prompt": prompt})


def finished(http: httpx.Client) -> dict[str, Any]:
    job = create(http).json()
    for _ in range(400):
        job = http.get(f"/videos/{job['id']}").json()
        if job["status"] not in ("queued", "in_progress"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"never finished: {job}")


def billed(animatic: AnimaticServer) -> tuple[int, int]:
    stats = animatic.stats()
    return stats["paid_posts"], stats["paid_submits"]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("after", [False, True])
def test_a_status_before_and_after_the_job_was_accepted(
    http: httpx.Client, animatic: AnimaticServer, status: int, after: bool
) -> None:
    animatic.fault(on="create", action="status", status=status, headers={"Retry-After": "7"}, after_accept=after)
    answer = create(http)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert billed(animatic) == (1, 1 if after else 0)
    assert create(http).status_code == 200  # the rule struck once


@pytest.mark.parametrize(
    ("action", "error", "submits"),
    [
        # The last of the three: httpcore swallows a write that met the reset, then reads an end without an answer.
        ("reset_before_body", (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError), 0),
        ("reset_after_body", httpx.ReadError, 0),
        ("reset_after_accept", httpx.ReadError, 1),
        ("reset_mid_answer", (httpx.ReadError, httpx.RemoteProtocolError), 1),
        ("truncate", httpx.RemoteProtocolError, 1),
    ],
)
def test_cut_connections(
    http: httpx.Client,
    animatic: AnimaticServer,
    action: str,
    error: type[Exception] | tuple[type[Exception], ...],
    submits: int,
) -> None:
    animatic.fault(on="create", action=action)
    with pytest.raises(error):
        create(http)
    assert billed(animatic) == (1, submits)


@pytest.mark.parametrize("after", [False, True])
def test_hanging_create(http: httpx.Client, animatic: AnimaticServer, after: bool) -> None:
    animatic.fault(on="create", action="hang", after_accept=after)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/videos", json={"prompt": "p"}, timeout=httpx.Timeout(10, read=1))
    assert billed(animatic) == (1, 1 if after else 0)


def test_answers_that_cannot_be_read(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.fault(on="create", action="half_json")
    animatic.fault(on="create", action="html")
    animatic.fault(on="create", action="empty", after_accept=True)
    half = create(http)
    assert half.status_code == 200
    with pytest.raises(ValueError):
        half.json()
    page = create(http)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    assert create(http).content == b""
    assert billed(animatic) == (3, 2)


def test_presets_say_what_users_know(http: httpx.Client, animatic: AnimaticServer) -> None:
    said = {}
    for preset in ("unverified_organization", "insufficient_quota", "rate_limit", "moderation", "too_many_running"):
        animatic.fault(on="create", action="status", preset=preset)
        answer = create(http)
        said[preset] = (answer.status_code, answer.json()["error"]["message"])
    assert said["unverified_organization"][0] == 403
    assert "must be verified" in said["unverified_organization"][1]
    assert said["insufficient_quota"][0] == said["rate_limit"][0] == said["too_many_running"][0] == 429
    assert "content policy" in said["moderation"][1]
    assert billed(animatic) == (5, 0)


def test_jobs_that_fail_stay_or_expire(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.fault(on="create", action="fail_job", preset="moderation_blocked")
    failed = finished(http)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "moderation_blocked")
    animatic.fault(action="expire")
    expired = finished(http)
    assert http.get(f"/videos/{expired['id']}/content").json()["error"]["code"] == "video_content_expired"
    animatic.fault(action="stuck")
    stuck = create(http).json()
    time.sleep(0.6)
    assert http.get(f"/videos/{stuck['id']}").json()["status"] == "in_progress"
    assert billed(animatic) == (3, 3)


def test_times_skip_and_match(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.fault(on="create", action="status", status=500, match="赤い", times=2, skip=1)
    answers = [create(http, prompt).status_code for prompt in ("赤い車", "青い車", "赤い車", "赤い車", "赤い車")]
    assert answers == [200, 200, 500, 500, 200]
    assert animatic.faults()[0]["hits"] == 2
    form = {"prompt": (None, "赤い")}
    animatic.fault(on="create", action="status", status=500, match="赤い")
    assert http.post("/videos", files=form).status_code == 500


def test_polls_that_lie(http: httpx.Client, animatic: AnimaticServer) -> None:
    job = finished(http)
    path = f"/videos/{job['id']}"
    animatic.fault(on="get", action="patch", patch={"status": "NOT_START", "seconds": 4}, drop=["progress", "model"])
    changed = http.get(path).json()
    assert (changed["status"], changed["seconds"], "progress" in changed) == ("NOT_START", 4, False)
    animatic.fault(on="get", action="vanish")
    assert http.get(path).status_code == 404
    animatic.fault(on="get", action="status", status=502, body="<html>bad gateway</html>")
    assert http.get(path).text.startswith("<html>")
    assert http.get(path).json()["status"] == "completed"


def test_content_faults(http: httpx.Client, animatic: AnimaticServer) -> None:
    path = f"/videos/{finished(http)['id']}/content"
    whole = http.get(path).content
    animatic.fault(on="content", action="truncate", share=0.3)
    animatic.fault(on="content", action="wrong_length", bytes=100)
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(path)
    animatic.fault(on="content", action="no_length")
    unmeasured = http.get(path)
    assert ("content-length" in unmeasured.headers, unmeasured.content) == (False, whole)
    animatic.fault(on="content", action="corrupt")
    corrupt = http.get(path).content
    assert (len(corrupt), corrupt == whole) == (len(whole), False)
    animatic.fault(on="content", action="ignore_range")
    assert http.get(path, headers={"range": "bytes=10-"}).status_code == 200
    animatic.fault(on="content", action="json_content", body={"video_url": "https://cdn.example/v.mp4"})
    assert http.get(path).headers["content-type"] == "application/json"
    animatic.fault(on="content", action="drop_headers", drop=["ETag"])
    assert "etag" not in http.get(path).headers
    animatic.fault(on="content", action="change_etag")
    assert http.get(path).headers["etag"] != http.get(path).headers["etag"]
    animatic.fault(on="thumbnail", action="whole_mp4")
    still = http.get(path, params={"variant": "thumbnail"})
    assert (still.headers["content-type"], still.content) == ("video/mp4", whole)


def test_transfer_with_a_time_limit_can_be_resumed(http: httpx.Client, animatic: AnimaticServer) -> None:
    path = f"/videos/{finished(http)['id']}/content"
    whole = http.get(path).content
    animatic.fault(on="content", action="cut_after", bytes_per_second=200_000, seconds=0.2)
    got = bytearray()
    with pytest.raises(httpx.RemoteProtocolError), http.stream("GET", path) as answer:
        for piece in answer.iter_bytes():
            got += piece
    assert 0 < len(got) < len(whole)
    got += http.get(path, headers={"range": f"bytes={len(got)}-"}).content
    assert got == whole


def test_redirect_to_a_signed_address_that_counts_keys(http: httpx.Client, animatic: AnimaticServer) -> None:
    path = f"/videos/{finished(http)['id']}/content"
    animatic.fault(on="content", action="redirect", host="localhost", times=2)
    address = http.get(path).headers["location"]
    assert address.startswith("http://localhost:")
    assert httpx.get(address).headers["content-type"] == "video/mp4"
    assert animatic.stats()["keys_at_signed"] == 0
    httpx.get(address, headers={"authorization": "Bearer leaked"})
    assert animatic.stats()["keys_at_signed"] == 1
    assert httpx.get(f"{address[:-8]}.mp4").status_code == 403


def test_large_video_still_plays(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.fault(action="pad", bytes=3_000_000)
    content = http.get(f"/videos/{finished(http)['id']}/content").content
    assert len(content) > 3_000_000
    assert content[-3_000_000:][4:8] == b"free"


def test_rules_that_make_no_sense_are_refused(animatic: AnimaticServer) -> None:
    for rule, says in [
        ({"action": "explode"}, "no action 'explode'"),
        ({"action": "status"}, "needs a 'status'"),
        ({"action": "hang", "on": "craete"}, "no call 'craete'"),
        ({"action": "hang", "time": 3}, "has no 'time'"),
        ({"action": "status", "preset": "nope"}, "no preset 'nope'"),
    ]:
        answer = httpx.post(f"{animatic.root}/animatic/faults", json=rule)
        assert (answer.status_code, says in answer.json()["error"]["message"]) == (400, True), answer.text
    assert animatic.faults() == []


def test_server_goes_on_after_garbage_on_the_wire(animatic: AnimaticServer) -> None:
    host, port = animatic.root.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"\x00\xff garbage\r\n\r\n")
        line.recv(1000)
    assert animatic.stats()["paid_posts"] == 0


def test_requests_are_recorded_without_keys(http: httpx.Client, animatic: AnimaticServer) -> None:
    http.post("/videos", files={"prompt": (None, "p"), "input_reference": ("a.png", b"x", "image/png")})
    seen = animatic.requests()[-1]
    assert (seen["encoding"], seen["fields"], seen["authorized"]) == ("multipart", {"prompt": "p"}, True)
    assert seen["files"]["input_reference"] == {"name": "a.png", "content_type": "image/png", "bytes": 1}
    assert KEY not in str(seen)
