"""The animatic server by the official client and by bare HTTP: every call of the protocol, and its refusals."""

from __future__ import annotations

import base64
import io
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from tests.support.animatic import KEY, AnimaticServer

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import openai

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def http(animatic: AnimaticServer) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=animatic.url, headers=headers, timeout=20) as client:
        yield client


@pytest.fixture
def sdk(animatic: AnimaticServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=animatic.url, api_key=KEY, max_retries=0)


def finished(http: httpx.Client, video_id: str) -> dict[str, Any]:
    for _ in range(400):
        job = http.get(f"/videos/{video_id}").json()
        if job["status"] not in ("queued", "in_progress"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"never finished: {job}")


def created(http: httpx.Client, **fields: Any) -> dict[str, Any]:
    return finished(http, http.post("/videos", json={"prompt": "a lighthouse", **fields}).json()["id"])


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def probe(data: bytes) -> dict[str, Any]:
    with av.open(io.BytesIO(data)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        frames = sum(1 for _ in file.decode(video=0))
        return {
            "codec": video.codec_context.name,
            "audio": audio.codec_context.name,
            "size": f"{video.width}x{video.height}",
            "seconds": round(float(file.duration / av.time_base), 1),
            "frames": frames,
        }


def test_official_client_makes_watches_and_fetches_a_video(sdk: openai.OpenAI, animatic: AnimaticServer) -> None:
    animatic.fault(action="pace", queue_seconds=1, times=1)
    job = sdk.videos.create(prompt="夕暮れの港をゆっくりパン", model="sora-2", seconds="4", size="1280x720")
    assert (job.status, job.progress, job.seconds) == ("queued", 0, "4")
    job = sdk.videos.poll(job.id, poll_interval_ms=100)
    assert (job.status, job.progress) == ("completed", 100)
    assert job.expires_at is not None and job.completed_at is not None
    assert job.expires_at - job.completed_at in (3599, 3600, 3601)
    data = sdk.videos.download_content(job.id).read()
    assert probe(data) == {"codec": "h264", "audio": "aac", "size": "1280x720", "seconds": 4.0, "frames": 24}
    assert data.index(b"moov") < data.index(b"mdat")
    assert Image.open(io.BytesIO(sdk.videos.download_content(job.id, variant="thumbnail").read())).format == "WEBP"
    sheet = Image.open(io.BytesIO(sdk.videos.download_content(job.id, variant="spritesheet").read()))
    assert (sheet.format, sheet.size) == ("JPEG", (1280, 720))
    stats = animatic.stats()
    assert (stats["paid_posts"], stats["paid_submits"], stats["rendered"]) == (1, 1, 1)
    assert stats["posts_by_path"] == {"/v1/videos": 1}


def test_official_client_sends_a_picture_as_a_file(sdk: openai.OpenAI) -> None:
    job = sdk.videos.create(
        prompt="static", size="1280x720", input_reference=("a.png", picture(1280, 720), "image/png")
    )
    assert sdk.videos.poll(job.id, poll_interval_ms=100).status == "completed"


def test_official_client_remixes_lists_and_deletes(sdk: openai.OpenAI) -> None:
    first = sdk.videos.poll(sdk.videos.create(prompt="one", size="720x1280").id, poll_interval_ms=100)
    second = sdk.videos.remix(first.id, prompt="colder light")
    assert (second.remixed_from_video_id, second.size, second.seconds) == (first.id, first.size, first.seconds)
    sdk.videos.poll(second.id, poll_interval_ms=100)
    assert [job.id for job in sdk.videos.list(limit=1)] == [second.id, first.id]  # pages by itself
    assert sdk.videos.delete(second.id).deleted is True
    with pytest.raises(openai.NotFoundError):
        sdk.videos.retrieve(second.id)


def test_every_field_of_a_job_is_present(http: httpx.Client) -> None:
    job = http.post("/videos", json={"prompt": "p"}).json()
    assert set(job) == {
        "id", "object", "model", "status", "progress", "created_at", "completed_at", "expires_at", "prompt", "size",
        "seconds", "remixed_from_video_id", "error",
    }  # fmt: skip
    assert (job["model"], job["size"], job["seconds"], job["object"]) == ("sora-2", "720x1280", "4", "video")


@pytest.mark.parametrize(
    ("fields", "param", "says"),
    [
        ({}, "prompt", "Missing required parameter: 'prompt'"),
        ({"prompt": "   "}, "prompt", "empty string"),
        ({"prompt": "x" * 32_001}, "prompt", "maximum length 32000"),
        ({"prompt": 5}, "prompt", "got an integer"),
        ({"prompt": "p", "seconds": 4}, "seconds", "one of '4', '8', '12', '16', or '20', but got an integer"),
        ({"prompt": "p", "seconds": "5"}, "seconds", "Supported values are: '4', '8'"),
        ({"prompt": "p", "model": "veo"}, "model", "'veo'"),
        ({"prompt": "p", "size": "1920x1080"}, "size", "'720x1280', and '1280x720'"),
        ({"prompt": "p", "seed": 7}, "seed", "Unknown parameter: 'seed'"),
        ({"prompt": "p", "input_reference": "x"}, "input_reference", "an object"),
        (
            {"prompt": "p", "input_reference": {"image_url": "data:image/png;base64,AAAA"}},
            "input_reference",
            "Invalid image",
        ),
        ({"prompt": "p", "input_reference": {"file_id": "file-none"}}, "input_reference", "No such File"),
        ({"prompt": "p", "characters": [{"id": "a"}] * 3}, "characters", "At most 2"),
    ],
)
def test_bad_creates_are_refused_and_cost_nothing(
    http: httpx.Client, animatic: AnimaticServer, fields: dict[str, Any], param: str, says: str
) -> None:
    answer = http.post("/videos", json=fields)
    assert answer.status_code in (400, 404)
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert says in error["message"]
    stats = animatic.stats()
    assert (stats["paid_posts"], stats["paid_submits"]) == (1, 0)


def test_larger_sizes_belong_to_the_pro_model(http: httpx.Client) -> None:
    job = http.post("/videos", json={"prompt": "p", "model": "sora-2-pro", "size": "1792x1024"})
    assert job.json()["size"] == "1792x1024"


def test_picture_of_another_size_is_refused_in_the_known_words(http: httpx.Client) -> None:
    files = {"input_reference": ("a.jpg", picture(640, 480, "JPEG"), "image/jpeg")}
    answer = http.post("/videos", data={"prompt": "p", "size": "1280x720"}, files=files)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Inpaint image must match")


def test_picture_by_data_url_and_by_file_id(http: httpx.Client, animatic: AnimaticServer) -> None:
    data = picture(720, 1280, "WEBP")
    url = "data:image/webp;base64," + base64.b64encode(data).decode()
    assert http.post("/videos", json={"prompt": "p", "input_reference": {"image_url": url}}).status_code == 200
    file_id = http.post("/files", files={"file": ("a.webp", data)}, data={"purpose": "vision"}).json()["id"]
    assert http.post("/videos", json={"prompt": "p", "input_reference": {"file_id": file_id}}).status_code == 200
    assert all(job["scene"]["picture"].endswith(".webp") for job in animatic.jobs())


@pytest.mark.parametrize(
    ("header", "code", "says"),
    [
        (None, "missing_api_key", "didn't provide"),
        ("Bearer sk-wrong-key-1234", "invalid_api_key", "Incorrect API key provided: sk-"),
    ],
)
def test_key_is_demanded(animatic: AnimaticServer, header: str | None, code: str, says: str) -> None:
    answer = httpx.get(f"{animatic.url}/videos", headers={"authorization": header} if header else {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    assert says in answer.json()["error"]["message"]
    assert "wrong-key" not in answer.text


def test_list_pages_in_both_orders(http: httpx.Client) -> None:
    ids = [http.post("/videos", json={"prompt": str(n)}).json()["id"] for n in range(3)]
    page = http.get("/videos", params={"limit": 2, "order": "asc"}).json()
    assert ([job["id"] for job in page["data"]], page["has_more"]) == (ids[:2], True)
    assert (page["first_id"], page["last_id"], page["object"]) == (ids[0], ids[1], "list")
    rest = http.get("/videos", params={"limit": 2, "order": "asc", "after": page["last_id"]}).json()
    assert ([job["id"] for job in rest["data"]], rest["has_more"]) == (ids[2:], False)
    assert [job["id"] for job in http.get("/videos").json()["data"]] == ids[::-1]
    assert http.get("/videos", params={"limit": 101}).status_code == 400
    assert http.get("/videos", params={"after": "video_none"}).status_code == 404


def test_empty_list_has_null_ends(http: httpx.Client) -> None:
    assert http.get("/videos").json() == {
        "object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False,
    }  # fmt: skip


def test_prompts_can_be_kept_out_of_the_list(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.settings(prompts_in_list=False)
    http.post("/videos", json={"prompt": "secret"})
    assert http.get("/videos").json()["data"][0]["prompt"] is None


def test_content_answers_ranges(http: httpx.Client) -> None:
    job = created(http)
    whole = http.get(f"/videos/{job['id']}/content")
    etag = whole.headers["etag"]
    assert (whole.headers["content-type"], int(whole.headers["content-length"])) == ("video/mp4", len(whole.content))
    part = http.get(f"/videos/{job['id']}/content", headers={"range": "bytes=1000-", "if-range": etag})
    assert (part.status_code, part.content) == (206, whole.content[1000:])
    assert part.headers["content-range"] == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
    other = http.get(f"/videos/{job['id']}/content", headers={"range": "bytes=1000-", "if-range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = http.get(f"/videos/{job['id']}/content", headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    assert http.get(f"/videos/{job['id']}/content", headers={"if-none-match": etag}).status_code == 304
    assert http.get(f"/videos/{job['id']}/content", params={"variant": "poster"}).status_code == 400


def test_content_is_not_there_before_the_end_nor_after_its_time(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.settings(queue_seconds=60)
    waiting = http.post("/videos", json={"prompt": "p"}).json()
    early = http.get(f"/videos/{waiting['id']}/content")
    assert (early.status_code, early.json()["error"]["code"]) == (404, "video_not_ready")
    assert http.delete(f"/videos/{waiting['id']}").status_code == 400
    assert http.post(f"/videos/{waiting['id']}/remix", json={"prompt": "p"}).status_code == 400
    animatic.settings(queue_seconds=0.0, ttl=0.01)
    job = created(http)
    time.sleep(0.05)
    late = http.get(f"/videos/{job['id']}/content")
    assert (late.status_code, late.json()["error"]["code"]) == (404, "video_content_expired")
    assert http.get(f"/videos/{job['id']}").json()["status"] == "completed"


def test_edit_and_extension_of_a_video_made_here(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.settings(fps=2)
    first = created(http, size="1280x720")
    edited = http.post("/videos/edits", json={"prompt": "warmer", "video": {"id": first["id"]}}).json()
    longer = http.post("/videos/extensions", json={"prompt": "on", "seconds": "8", "video": {"id": first["id"]}}).json()
    assert (edited["seconds"], longer["seconds"], longer["remixed_from_video_id"]) == ("4", "12", first["id"])
    finished(http, longer["id"])
    found = probe(http.get(f"/videos/{longer['id']}/content").content)
    assert (found["frames"], round(found["seconds"])) == (24, 12)
    for number in range(5):
        longer = finished(http, longer["id"])
        sent = {"prompt": str(number), "seconds": "4", "video": {"id": longer["id"]}}
        longer = http.post("/videos/extensions", json=sent).json()
    finished(http, longer["id"])
    seventh = http.post("/videos/extensions", json={"prompt": "7", "seconds": "4", "video": {"id": longer["id"]}})
    assert (seventh.status_code, "at most 6 times" in seventh.text) == (400, True)


def test_edit_and_extension_of_an_uploaded_video(sdk: openai.OpenAI, http: httpx.Client) -> None:
    clip = http.get(f"/videos/{created(http)['id']}/content").content
    edited = sdk.videos.edit(prompt="colder", video=("a.mp4", clip, "video/mp4"))
    longer = sdk.videos.extend(prompt="on", seconds="4", video=("a.mp4", clip, "video/mp4"))
    assert sdk.videos.poll(edited.id, poll_interval_ms=100).status == "completed"
    assert sdk.videos.poll(longer.id, poll_interval_ms=100).seconds == "8"
    assert probe(sdk.videos.download_content(longer.id).read())["frames"] == 48
    refused = http.post("/videos/edits", data={"prompt": "p"}, files={"video": ("a.mp4", b"no video", "video/mp4")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_video")


def test_characters(http: httpx.Client, sdk: openai.OpenAI) -> None:
    clip = http.get(f"/videos/{created(http)['id']}/content").content
    made = sdk.videos.create_character(name="Mina", video=("a.mp4", clip, "video/mp4"))
    assert sdk.videos.get_character(str(made.id)).name == "Mina"
    assert http.post("/videos", json={"prompt": "p", "characters": [{"id": made.id}]}).status_code == 200
    assert http.post("/videos", json={"prompt": "p", "characters": [{"id": "char_none"}]}).status_code == 404
    assert http.post("/videos/characters", data={"name": "x" * 81}, files={"video": ("a", clip)}).status_code == 400


def test_idempotency_key_is_ignored_unless_told_otherwise(http: httpx.Client, animatic: AnimaticServer) -> None:
    def post(prompt: str) -> httpx.Response:
        return http.post("/videos", json={"prompt": prompt}, headers={"idempotency-key": "k1"})

    assert post("a").json()["id"] != post("a").json()["id"]
    animatic.settings(honour_idempotency_key=True)
    first = post("a").json()["id"]
    assert post("a").json()["id"] == first
    other = post("b")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    stats = animatic.stats()
    assert (stats["paid_posts"], stats["paid_submits"], stats["idempotent_replays"]) == (5, 3, 1)


def test_models_and_openapi_say_who_this_is(http: httpx.Client, animatic: AnimaticServer) -> None:
    assert {"sora-2", "sora-2-pro"} <= {model["id"] for model in http.get("/models").json()["data"]}
    page = httpx.get(f"{animatic.root}/openapi.json").json()
    assert (page["info"]["title"], page["info"]["x-dialect"]) == ("Animatic", "openai")
    assert "/v1/videos/{video_id}/remix" in page["paths"]
    answer = http.get("/nothing")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Invalid URL (GET /v1/nothing)")


def test_status_requests_do_not_wait_for_a_render(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.settings(queue_seconds=0.0, render_seconds=0.0)
    ids = [http.post("/videos", json={"prompt": str(n), "seconds": "8"}).json()["id"] for n in range(2)]
    seen = {http.get(f"/videos/{video_id}").json()["status"] for video_id in ids for _ in range(5)}
    assert "in_progress" in seen  # answered while the worker is busy
    assert all(finished(http, video_id)["status"] == "completed" for video_id in ids)


def test_lazy_rendering_waits_for_the_first_fetch(http: httpx.Client, animatic: AnimaticServer) -> None:
    animatic.settings(render="lazy")
    job = created(http)
    assert animatic.stats()["rendered"] == 0
    assert probe(http.get(f"/videos/{job['id']}/content").content)["frames"] == 24
    assert animatic.stats()["rendered"] == 1


def test_jobs_and_counters_survive_a_killed_server(tmp_path: Path) -> None:
    with AnimaticServer(state=tmp_path / "state", queue_seconds=0, render_seconds=1.0) as server:
        with httpx.Client(headers={"authorization": f"Bearer {KEY}"}, timeout=20) as client:
            job = client.post(f"{server.url}/videos", json={"prompt": "p"}).json()
            server.restart(kill=True)
            client.base_url = server.url
            assert finished(client, job["id"])["created_at"] == job["created_at"]
            assert client.get(f"/videos/{job['id']}/content").status_code == 200
        stats = server.stats()
        assert (stats["paid_posts"], stats["paid_submits"], stats["rendered"]) == (1, 1, 1)
