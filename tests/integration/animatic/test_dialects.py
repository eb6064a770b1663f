"""The accents: what each imitated server takes, refuses and says."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.animatic import KEY, AnimaticServer, lent_server


class Peer:
    """A server in one dialect and a client for it."""

    def __init__(self, server: AnimaticServer) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {KEY}"}, timeout=20)

    def finished(self, job: dict[str, Any]) -> httpx.Response:
        for _ in range(400):
            answer = self.http.get(f"/videos/{job['id']}")
            if answer.json()["status"] not in ("queued", "in_progress"):
                return answer
            time.sleep(0.05)
        raise AssertionError("never finished")


def peer(dialect: str) -> Iterator[Peer]:
    with lent_server(dialect=dialect, fps=2) as server:
        found = Peer(server)
        with found.http:
            yield found


def parts(**fields: str) -> dict[str, tuple[None, str]]:
    return {name: (None, value) for name, value in fields.items()}


@pytest.fixture(scope="module")
def omni() -> Iterator[Peer]:
    yield from peer("vllm-omni")


@pytest.fixture(scope="module")
def sglang() -> Iterator[Peer]:
    yield from peer("sglang")


@pytest.fixture(scope="module")
def dynamo() -> Iterator[Peer]:
    yield from peer("dynamo")


@pytest.fixture(scope="module")
def litellm() -> Iterator[Peer]:
    yield from peer("litellm")


@pytest.fixture(scope="module")
def new_api() -> Iterator[Peer]:
    yield from peer("new-api")


def test_omni_takes_forms_alone(omni: Peer) -> None:
    refused = omni.http.post("/videos", json={"prompt": "p"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 400)
    assert "prompt" in refused.json()["error"]["message"]
    omni.server.fault(action="pace", queue_seconds=1, times=1)
    job = omni.http.post("/videos", files=parts(prompt="p", seconds="3", seed="7", size="320x192")).json()
    assert job["id"].startswith("video_gen_")
    assert (job["seconds"], job["prompt"], job["progress"]) == ("3", "p", 0)
    done = omni.finished(job).json()
    assert (done["progress"], done["num_frames"], done["fps"], done["expires_at"]) == (100, 72, 24, None)
    still = omni.http.get(f"/videos/{job['id']}/content", params={"variant": "thumbnail"})
    assert (still.status_code, still.headers["content-type"]) == (200, "video/mp4")


def test_omni_frames_decide_the_length(omni: Peer) -> None:
    form = parts(prompt="p", num_frames="50", fps="10", width="320", height="192")
    job = omni.http.post("/videos", files=form).json()
    assert (job["seconds"], job["size"]) == ("5", None)


def test_omni_failed_poll_is_an_http_error_with_a_job_in_it(omni: Peer) -> None:
    omni.server.fault(action="fail_job", error={"message": "out of memory"})
    answer = omni.finished(omni.http.post("/videos", files=parts(prompt="p")).json())
    assert (answer.status_code, answer.json()["status"]) == (500, "failed")
    assert answer.json()["error"] == {"code": 500, "message": "out of memory"}
    content = omni.http.get(f"/videos/{answer.json()['id']}/content")
    assert content.status_code == 422


def test_omni_refuses_key_model_remix_and_a_wrong_page(omni: Peer) -> None:
    assert httpx.get(f"{omni.server.url}/videos").json() == {"error": "Unauthorized"}
    assert omni.http.post("/videos", files=parts(prompt="p", model="other")).status_code == 400
    missing = omni.http.post("/videos/x/remix", json={"prompt": "p"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, 404)
    page = omni.http.get("/videos", params={"after": "nothing"}).json()
    assert (page["data"], page["has_more"]) == ([], False)


def test_omni_deletes_in_flight_and_serves_sync(omni: Peer) -> None:
    omni.server.settings(queue_seconds=30)
    job = omni.http.post("/videos", files=parts(prompt="p")).json()
    omni.server.settings(queue_seconds=0)
    assert omni.http.delete(f"/videos/{job['id']}").json() == {
        "id": job["id"], "deleted": True, "object": "video.deleted",
    }  # fmt: skip
    assert omni.http.get(f"/videos/{job['id']}").status_code == 404
    video = omni.http.post("/videos/sync", files=parts(prompt="p", seconds="1", size="320x192"))
    assert (video.headers["content-type"], video.content[4:8]) == ("video/mp4", b"ftyp")
    assert "/v1/videos/sync" in httpx.get(f"{omni.server.root}/openapi.json").json()["paths"]


def test_sglang_details_and_lengths(sglang: Peer) -> None:
    missing = sglang.http.post("/videos", json={"seconds": 4})
    assert (missing.status_code, missing.json()["detail"][0]["loc"]) == (422, ["body", "prompt"])
    assert sglang.http.post("/videos", json={"prompt": "p", "seconds": 4.5}).status_code == 422
    assert sglang.http.get("/videos/none").json() == {"detail": "Video with id 'none' not found."}
    wanted = {"prompt": "p", "input_reference": {"image_url": "data:,x"}}
    assert sglang.http.post("/videos", json=wanted).status_code == 400
    job = sglang.http.post("/videos", json={"prompt": "p", "seconds": 2, "model": "anything", "size": "320x192"}).json()
    assert ("prompt" in job, job["seconds"], job["model"]) == (False, "2", "anything")
    sglang.finished(job)
    assert "prompt" not in sglang.http.get("/videos").json()["data"][0]
    assert sglang.http.get(f"/videos/{job['id']}/content", params={"variant": "video"}).status_code == 404
    assert sglang.http.get(f"/videos/{job['id']}/content").status_code == 200


def test_sglang_delete_forgets_the_record_and_renders_on(sglang: Peer) -> None:
    before = sglang.server.stats()["rendered"]
    sglang.server.fault(action="pace", queue_seconds=1, times=1)
    job = sglang.http.post("/videos", files=parts(prompt="p", seconds="2", size="320x192")).json()
    gone = sglang.http.delete(f"/videos/{job['id']}").json()
    assert (gone["status"], "deleted" in gone) == ("deleted", False)
    assert sglang.http.get(f"/videos/{job['id']}").status_code == 404
    for _ in range(200):
        if sglang.server.stats()["rendered"] == before + 1:
            return
        time.sleep(0.05)
    raise AssertionError("the deleted job was not rendered")


def test_dynamo_answers_with_the_video(dynamo: Peer) -> None:
    wanted = {
        "prompt": "p",
        "model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        "seconds": 2,
        "size": "320x192",
        "nvext": {"seed": 1},
    }
    job = dynamo.http.post("/videos", json=wanted).json()
    assert (job["status"], job["progress"], "created" in job, "created_at" in job) == ("completed", 100, True, False)
    assert base64.b64decode(job["data"][0]["b64_json"])[4:8] == b"ftyp"
    job = dynamo.http.post("/videos", json={**wanted, "response_format": "url"}).json()
    assert httpx.get(job["data"][0]["url"]).content[4:8] == b"ftyp"


def test_dynamo_refusals(dynamo: Peer) -> None:
    model = {"model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"}
    form = dynamo.http.post("/videos", files=parts(prompt="p", **model))
    assert (form.status_code, set(form.json())) == (415, {"message", "type", "code"})
    assert dynamo.http.post("/videos", json={"prompt": "p", "seconds": "4", **model}).status_code == 400
    assert dynamo.http.post("/videos", json={"prompt": "p", "model": "other"}).status_code == 404
    assert dynamo.http.get("/videos").status_code == 405
    assert dynamo.http.get("/videos/some-id").status_code == 404
    page = httpx.get(f"{dynamo.server.root}/openapi.json").json()["info"]
    assert (page["title"], page["version"]) == ("NVIDIA Dynamo OpenAI Frontend", "1.6.1")
    dynamo.server.fault(action="fail_job", error={"message": "worker lost"})
    failed = dynamo.http.post("/videos", json={"prompt": "p", **model}).json()
    assert (failed["status"], failed["error"], failed["data"]) == ("failed", "worker lost", [])


def test_litellm_ids_lists_and_content(litellm: Peer) -> None:
    job = litellm.http.post("/videos", json={"prompt": "p", "seed": 3}).json()
    assert len(job["id"]) > 180
    decoded = base64.b64decode(job["id"].removeprefix("video_")).decode()
    assert decoded.startswith("litellm:custom_llm_provider:openai;")
    litellm.finished(job)
    whole = litellm.http.get(f"/videos/{job['id']}/content", headers={"range": "bytes=5-"})
    assert (whole.status_code, "etag" in whole.headers) == (200, False)
    assert litellm.http.get("/videos").status_code == 400
    assert len(litellm.http.get("/videos", params={"custom_llm_provider": "openai"}).json()["data"]) == 1
    assert litellm.http.delete(f"/videos/{job['id']}").status_code == 405
    assert httpx.get(f"{litellm.server.root}/openapi.json").json()["info"]["title"] == "LiteLLM API"
    assert litellm.http.post(f"/videos/{job['id']}/remix", json={"prompt": "q"}).status_code == 200


def test_litellm_refusals(litellm: Peer) -> None:
    wrong = httpx.get(f"{litellm.server.url}/videos/x", headers={"authorization": "Bearer sk-no"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "400")
    assert litellm.http.get("/videos/video_unknown").status_code == 500
    url = {"image_url": "data:image/png;base64,AA=="}
    assert litellm.http.post("/videos", json={"prompt": "p", "input_reference": url}).status_code == 400


def test_new_api_tasks_and_errors(new_api: Peer) -> None:
    new_api.server.fault(action="pace", queue_seconds=1, times=1)
    answer = new_api.http.post("/videos", json={"prompt": "p", "model": "sora-2", "duration": 4})
    job = answer.json()
    assert job["id"].startswith("task_")
    assert (job["task_id"], "x-new-api-other-ratios" in answer.headers) == (job["id"], True)
    early = new_api.http.get(f"/videos/{job['id']}/content")
    assert (early.status_code, set(early.json()["error"])) == (400, {"message", "type"})
    new_api.finished(job)
    assert new_api.http.get(f"/videos/{job['id']}/content").status_code == 200
    assert new_api.http.post(f"/videos/{job['id']}/remix", json={"prompt": "q"}).status_code == 200
    unknown = new_api.http.get("/videos/task_none")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "task_not_exist")
    assert new_api.http.get("/videos/task_none/content").status_code == 404
    assert new_api.http.get("/videos").json()["error"]["message"] == "Invalid URL (GET /v1/videos)"
    assert new_api.http.post("/videos", json={"prompt": "p"}).json()["data"] is None
    assert new_api.http.get("/models").json()["success"] is True
