"""People look and decide in a browser; what follows is done by Airflow's four processes, once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from testbed.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.support.browser import needs_browser
from tests.support.content import MemorySource
from tests.support.web_ui import chromium, logged_in
from tests.system.installation import PASSWORD, REPOSITORY, USER, Installation
from tests.system.postgres import postgres
from tests.system.test_review import House

pytestmark = [pytest.mark.system, pytest.mark.full_table, needs_browser, pytest.mark.timeout(1800)]

DAGS = ("video_review", "video_withdraw", "made", "on_approved", "on_withdrawn")
PEOPLE = {USER: "admin", "hana": "admin", "kenji": "admin", "viv": "viewer"}
EVIL = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
TITLES = {"mill": "A mill by the river", "harbour": "A quiet harbour", "bridge": "A bridge in fog", "evil": EVIL}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("gallery")
    server = AnimaticServer(state=folder / "server", queue_seconds=0.2, render_seconds=1.0, log=folder / "server.log")
    server.start()
    prices = {"default_model": "sora-2", "prices": {"*": {"*": 0.1}}, "dialect": "animatic"}
    connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": prices}
    site = folder / "site"
    try:
        with StrictGcs() as bucket, postgres() as database:
            bucket.create_bucket("system")
            connections = {
                **database,
                "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
                "AIRFLOW__SORA__ARCHIVES": "gs://system",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{one}:{role}" for one, role in PEOPLE.items()),
            }
            airflow = Installation(
                site, sora_url=server.url, storage_url=bucket.url, connections=connections, dag_ids=DAGS
            )
            for path in (site / "dags").glob("*.py"):
                path.unlink()
            shutil.copy(REPOSITORY / "tests/system/dags/reviewed.py", site / "dags")
            for name in DAGS[:2]:
                shutil.copy(REPOSITORY / "dags" / f"{name}.py", site / "dags")
            (site / "dags" / "made.py").write_text(
                "from airflow.sdk import DAG\nwith DAG('made', schedule=None):\n    pass\n"
            )
            airflow.env["AIRFLOW__API__BASE_URL"] = f"http://127.0.0.1:{airflow.port}"
            with airflow:
                for dag_id in DAGS[:2]:
                    airflow.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
                found = House(airflow, server, bucket, site)
                log_in(found)
                yield found
    finally:
        server.stop()


def log_in(house: House) -> None:
    """Get everybody's token, however busy the machine is."""
    passwords = {**json.loads((house.folder / "passwords.json").read_text()), USER: PASSWORD}
    for name in PEOPLE:
        login = {"username": name, "password": passwords[name]}
        answer = httpx.post(f"{house.airflow.api.root}/auth/token", json=login, trust_env=False, timeout=120)
        house.tokens[name] = answer.json()["access_token"]


@pytest.fixture(scope="module")
def root(house: House) -> str:
    return str(house.airflow.api.root)


@pytest.fixture(scope="module")
def clips(house: House) -> dict[str, dict[str, Any]]:
    """By name, what is archived: videos that the server really made. A person is asked about each of them."""
    made = {}
    auth, text = {"authorization": f"Bearer {KEY}"}, {"model": "sora-2", "seconds": "4", "size": "1280x720"}
    with (
        pytest.MonkeyPatch.context() as patch,
        httpx.Client(base_url=house.server.url, headers=auth, trust_env=False, timeout=300) as server,
    ):
        patch.setenv("STORAGE_EMULATOR_HOST", house.bucket.url)
        for name, title in TITLES.items():
            job = server.post("videos", data={**text, "prompt": title}).raise_for_status().json()["id"]
            while server.get(f"videos/{job}").json()["status"] != "completed":
                time.sleep(0.5)
            record = VideoRecord(
                job, sora_conn_id="sora_default", base_url=house.server.url, dialect="animatic", status="completed",
                requested={"prompt": title, "model": "sora-2", "seconds": 4, "size": "1280x720"},
                cost_estimate_usd=0.4, labels={"title": title},
            )  # fmt: skip
            made[name] = archive_video(
                MemorySource(server.get(f"videos/{job}/content").raise_for_status().content), record,
                destination=f"gs://system/unreviewed/made/2026/11/26/0900-{name}",
                run={"dag_id": "made", "run_id": "made", "task_id": "archive", "map_index": -1},
            ).record.to_xcom()  # fmt: skip
    house.start("video_review", "asked", {"clips": [made[name]["receipt_uri"] for name in sorted(made)]})
    house.questions("video_review", "asked", len(made), timeout=600)
    known(house, len(made))
    return made


@pytest.fixture(scope="module")
def people(house: House, root: str, clips: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A logged-in page of each; ``stranger`` is not logged in."""
    passwords = json.loads((house.folder / "passwords.json").read_text())
    with chromium() as browser:
        pages = {name: logged_in(browser, root, name, passwords[name]) for name in ("hana", "kenji", "viv")}
        yield {**pages, "stranger": browser.new_context().new_page()}


def known(house: House, count: int) -> list[dict[str, Any]]:
    """What the gallery shows, once it is so much."""
    deadline = time.monotonic() + 300
    with house.http(USER) as http:
        plugin = str(http.base_url).replace("/api/v2/", "/sora/api")
        while len(found := http.get(f"{plugin}/clips").json()["clips"]) < count:
            http.post(f"{plugin}/refresh").raise_for_status()
            assert time.monotonic() < deadline, found
            time.sleep(1)
    return list(found)


def heard(house: House, dag_id: str, video_id: str) -> list[dict[str, Any]]:
    """What the DAG that listens was told of a clip, once it was."""
    for _ in range(5):
        if found := house.heard_of(dag_id, video_id):
            return found
    return []


def seen(page: Any, name: str) -> None:
    if folder := os.environ.get("SORA_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def opened(page: Any, root: str, video_id: str) -> Any:
    """A clip's page within Airflow: through the navigation and the gallery."""
    page.goto(root)
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Videos").click()
    frame = page.frame_locator("iframe[title=Videos]")
    frame.locator(f"[id='{video_id}'] a.open").first.click()
    frame.locator("section.one").wait_for()
    return frame


def objects(house: House, prefix: str) -> dict[str, bytes]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    client = storage.Client("t", AnonymousCredentials(), client_options={"api_endpoint": house.bucket.url})
    return {blob.name: blob.download_as_bytes() for blob in client.list_blobs("system", prefix=prefix)}


def copy_of(clip: dict[str, Any]) -> str:
    """Where the approved copy of a clip lies."""
    folder = str(clip["uri"]).removeprefix("gs://system/").rpartition("/")[0]
    return folder.replace("unreviewed/", "approved/", 1)


def test_a_person_looks_plays_and_approves(house: House, root: str, people: dict[str, Any], clips: Any) -> None:
    page, clip = people["hana"], clips["mill"]
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if answer.url.endswith(".mp4") else None)
    frame = opened(page, root, clip["video_id"])
    video = frame.locator("section.one video")
    page.keyboard.press("Space")
    deadline = time.monotonic() + 30
    while video.evaluate("v => v.currentTime") < 0.2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    video.evaluate("v => new Promise(done => {v.addEventListener('seeked', done, {once: true}); v.currentTime = 2.5})")
    assert video.evaluate("v => v.currentTime") > 2.4 and 206 in answers
    assert "A decision about this video is waited for." in frame.locator(".decide").inner_text()
    seen(page, "decide")
    frame.get_by_role("button", name="Approve").click()
    frame.locator(".said, .notice").get_by_text("approved").first.wait_for()
    deadline = time.monotonic() + 300
    while f"{copy_of(clip)}/publish.json" not in (found := objects(house, copy_of(clip))):
        assert time.monotonic() < deadline, found.keys()
        time.sleep(1)
    receipt = json.loads(found[f"{copy_of(clip)}/receipt.json"])
    assert hashlib.sha256(found[f"{copy_of(clip)}/video.mp4"]).hexdigest() == receipt["objects"]["video"]["sha256"]
    [event] = heard(house, "on_approved", clip["video_id"])
    assert event["uri"].endswith(f"{copy_of(clip)}/video.mp4")
    rows = frame.locator("table.facts").inner_text()
    assert "approved · hana" in rows


def test_of_two_people_the_first_counts_and_the_second_is_told(
    house: House, root: str, people: dict[str, Any], clips: Any
) -> None:
    clip = clips["harbour"]
    both = {name: opened(people[name], root, clip["video_id"]) for name in ("hana", "kenji")}
    both["hana"].get_by_label("Why, or what is to be different").fill("out of focus")
    both["hana"].get_by_role("button", name="Reject").click()
    both["hana"].locator(".notice").get_by_text("rejected").wait_for()
    both["kenji"].get_by_role("button", name="Approve").click()
    told = both["kenji"].locator(".decide .told")
    told.get_by_text("Somebody else was first").wait_for()
    assert "rejected, hana" in told.inner_text() and "out of focus" in told.inner_text()
    seen(people["kenji"], "told")
    assert not objects(house, copy_of(clip))


def test_a_change_is_asked_twice_paid_once_and_comes_back(
    house: House, root: str, people: dict[str, Any], clips: Any
) -> None:
    page, clip = people["hana"], clips["bridge"]
    paid, reviews = len(house.server.jobs()), len(house.runs("video_review"))
    frame = opened(page, root, clip["video_id"])
    change = frame.get_by_role("button", name="Change")
    assert "est. $" in change.inner_text()
    change.click()
    frame.get_by_text("Write in the field first.").wait_for()
    frame.get_by_label("Why, or what is to be different").fill("colder, in blue light")
    change.click()
    sure = frame.locator(".sure")
    assert "pays for one new video, estimated at $" in sure.inner_text()
    seen(page, "sure")
    sure.get_by_role("button", name="No").click()
    change.click()
    assert len(house.server.jobs()) == paid
    sure.get_by_role("button", name="Yes").click()
    frame.locator(".notice").get_by_text("change asked for").wait_for()
    deadline = time.monotonic() + 600
    while len(runs := house.runs("video_review")) == reviews:
        assert time.monotonic() < deadline, "no review of what was changed"
        time.sleep(2)
    house.questions("video_review", runs[-1]["dag_run_id"], timeout=300)
    assert len(house.server.jobs()) == paid + 1
    asked = house.airflow.call("GET", "/dags/video_review/dagRuns/asked")
    assert asked["state"] == "running", "nobody has answered about another clip of that run"
    remix = next(one for one in known(house, len(TITLES) + 1) if clip["video_id"] in one["parents"])
    assert remix["prompt"] == "colder, in blue light" and remix["review"] == "pending"
    frame = opened(page, root, remix["video_id"])
    frame.get_by_role("button", name="Approve").wait_for()
    frame.locator("article").nth(1).wait_for()
    assert frame.locator("article").count() == 2, "beside what it was made from"
    seen(page, "remix")


def test_an_approved_clip_is_withdrawn(house: House, root: str, people: dict[str, Any], clips: Any) -> None:
    page, clip = people["hana"], clips["mill"]
    frame = opened(page, root, clip["video_id"])
    frame.get_by_label("Why, or what is to be different").fill("the licence ended")
    frame.get_by_role("button", name="Withdraw").click()
    frame.locator(".sure").get_by_role("button", name="Yes").click()
    frame.locator(".notice").get_by_text("withdrawn").wait_for()
    [event] = heard(house, "on_withdrawn", clip["video_id"])
    assert event["number"] == 2 and not objects(house, copy_of(clip))
    assert "withdrawn · hana" in frame.locator("table.facts").inner_text()

    # It can be asked about again, from here.
    reviews = len(house.runs("video_review"))
    frame.get_by_role("button", name="Ask for a decision").click()
    frame.get_by_role("button", name="Approve").wait_for()
    assert len(house.runs("video_review")) == reviews + 1


def test_a_viewer_looks_and_decides_nothing(house: House, root: str, people: dict[str, Any], clips: Any) -> None:
    page, clip = people["viv"], clips["evil"]
    frame = opened(page, root, clip["video_id"])
    assert EVIL in frame.locator("h1").inner_text()
    assert frame.locator(".decide, .act").count() == 0
    [question] = [
        one
        for review in house.runs("video_review")
        for one in house.airflow.call("GET", f"/dags/video_review/dagRuns/{review['dag_run_id']}/hitlDetails")[
            "hitl_details"
        ]
        if clip["receipt_uri"].rpartition("/")[0] in one["body"]
    ]
    assert house.answer(question, "Approve", "", "viv").status_code == 403
    for dag_id in ("video_review", "video_withdraw"):
        with house.http("viv") as http:
            assert http.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": {}}).status_code == 403
    for one in page.frames:
        assert one.evaluate("window.ran") is None
    assert not objects(house, copy_of(clip))


def test_whoever_is_not_logged_in_sees_a_login(root: str, people: dict[str, Any], clips: Any) -> None:
    page = people["stranger"]
    page.goto(f"{root}/sora/gallery")
    page.locator("input[name=password]").wait_for()
    assert clips["mill"]["video_id"] not in page.content()
