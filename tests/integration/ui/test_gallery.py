"""The gallery as a person meets it: in Airflow's own navigation and tabs, in Chromium, with clips that play.

``SORA_SCREENSHOTS`` names a folder for pictures of what was seen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from tests.integration.gallery.test_routes import know_dags
from tests.support.browser import needs_browser
from tests.support.content import MemorySource
from tests.support.media import sample_mp4
from tests.support.web_ui import PASSWORD, USER, api_server, browser_page

pytestmark = [needs_browser, pytest.mark.timeout(600)]

EVIL = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
_DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG("shop", schedule=None):
    EmptyOperator(task_id="create") >> EmptyOperator(task_id="archive")
with DAG("news", schedule=None):
    EmptyOperator(task_id="archive")
"""


def make(root: Path, video_id: str, *, run: str, dag: str = "shop", hue: int = 0, day: str = "25", **more: Any) -> None:
    labels = more.pop("labels", {})
    archive_video(
        MemorySource(sample_mp4(seconds=6, width=640, height=360, hue=hue)),
        VideoRecord(
            video_id,
            status="completed",
            labels=labels,
            requested={"prompt": more.pop("prompt", "A slow push in on the glaze, soft daylight"), "model": "sora-2"},
            cost_estimate_usd=0.4,
            **more,
        ),
        destination=f"file://{root}/unreviewed/{dag}/2026/11/{day}/0900-item",
        run={"dag_id": dag, "run_id": run, "task_id": "archive", "map_index": -1},
    )


def fill(root: Path, run: str) -> None:
    vase = {"sku": "A-1", "market": "jp", "title": "青い花瓶", "language": "ja"}
    make(root, "video_old", run="before", hue=30, day="24", labels=vase)
    time.sleep(1.1)  # receipts know whole seconds
    make(root, "video_vase", run=run, hue=60, labels=vase)
    make(root, "video_dusk", run="other", hue=90, parent_id="video_vase", labels=vase, prompt="The same, at dusk")
    make(root, "video_evil", run="other", hue=120, labels={"sku": "B-2", "title": EVIL})
    make(root, "video_news", run="other", dag="news", hue=150, labels={"guid": "g1", "title": "Harbour reopens"})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    home = tmp_path_factory.mktemp("ui-gallery")
    archive = home / "archive"
    archive.mkdir()
    (home / "dags").mkdir()
    (home / "dags" / "shop.py").write_text(_DAG)
    with api_server(home, {"AIRFLOW__SORA__ARCHIVES": f"file://{archive}"}) as root:
        know_dags(home, root)
        client = httpx.Client(base_url=root, trust_env=False, timeout=60)
        token = client.post("/auth/token", json={"username": USER, "password": PASSWORD}).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        run = client.post("/api/v2/dags/shop/dagRuns", json={"logical_date": None}).json()["dag_run_id"]
        fill(archive, run)
        client.post("/sora/api/refresh")
        deadline = time.monotonic() + 60
        while client.get("/sora/api/clips").json()["total"] < 5:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield root, run


@pytest.fixture(scope="module")
def page(house: tuple[str, str]) -> Iterator[Any]:
    with browser_page(house[0]) as opened:
        opened.set_default_timeout(30_000)
        yield opened


def seen(page: Any, name: str) -> None:
    if folder := os.environ.get("SORA_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def through_the_navigation(page: Any, root: str) -> Any:
    page.goto(root)
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Videos").click()
    frame = page.frame_locator("iframe[title=Videos]")
    frame.locator("article").first.wait_for()
    return frame


def test_it_is_opened_and_filtered_within_airflow(page: Any, house: tuple[str, str]) -> None:
    frame = through_the_navigation(page, house[0])
    assert frame.locator("article").count() == 5
    seen(page, "navigation")
    frame.get_by_label("DAG").select_option("news")
    frame.get_by_role("button", name="Search").click()
    frame.get_by_role("status").get_by_text("1 found").wait_for()
    assert frame.locator("article").count() == 1
    frame.get_by_role("link", name="All videos").click()
    frame.get_by_label("Versions").select_option("superseded")
    frame.get_by_role("button", name="Search").click()
    frame.get_by_role("status").get_by_text("1 found").wait_for()
    assert frame.locator("article").get_attribute("id") == "video_old"


def test_a_clip_plays_and_is_sought_by_ranges(page: Any, house: tuple[str, str]) -> None:
    frame = through_the_navigation(page, house[0])
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if answer.url.endswith(".mp4") else None)
    frame.locator("#video_vase a.open").click()
    frame.locator("section.one video").wait_for()
    video = frame.locator("section.one video")
    page.keyboard.press("Space")
    deadline = time.monotonic() + 30
    while video.evaluate("v => v.currentTime") < 0.3:
        assert time.monotonic() < deadline, video.evaluate("v => [v.error && v.error.message, v.networkState]")
        time.sleep(0.1)
    video.evaluate("v => new Promise(done => {v.addEventListener('seeked', done, {once: true}); v.currentTime = 4.5})")
    assert 4.4 < video.evaluate("v => v.currentTime") < 6.1
    assert 206 in answers and video.evaluate("v => v.videoWidth") == 640
    page.keyboard.press("Space")
    assert video.evaluate("v => v.paused")
    assert frame.locator("article").count() >= 2, "the family stands side by side"
    seen(page, "clip")


def test_what_the_frame_forbids_is_copied(page: Any, house: tuple[str, str]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    frame = through_the_navigation(page, house[0])
    frame.locator("#video_vase a.open").click()
    frame.get_by_role("button", name="Copy link").click()
    told = frame.locator(".copied")
    told.get_by_text("Copied:").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    assert address.startswith(f"{house[0]}/sora/clip/") and address in told.inner_text()
    page.goto(address)
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download").click()
    assert caught.value.suggested_filename == "video_vase.mp4"


def test_a_title_with_a_script_in_it_does_not_run(page: Any, house: tuple[str, str]) -> None:
    frame = through_the_navigation(page, house[0])
    card = frame.locator("#video_evil")
    assert EVIL in card.inner_text() and not card.locator("img, script").count()
    card.locator("a.open").click()
    frame.locator("section.one").wait_for()
    for one in page.frames:
        assert one.evaluate("window.ran") is None


def test_a_dag_has_a_tab(page: Any, house: tuple[str, str]) -> None:
    page.goto(f"{house[0]}/dags/news")
    page.get_by_role("link", name="Videos").click()
    frame = page.frame_locator("iframe[title=Videos]")
    frame.locator("article").first.wait_for()
    assert frame.locator("article").evaluate_all("all => all.map(one => one.id)") == ["video_news"]
    seen(page, "dag-tab")


@pytest.mark.parametrize(("task", "told"), [("archive", ""), ("create", "Its state: ")])
def test_a_task_instance_has_a_tab(page: Any, house: tuple[str, str], task: str, told: str) -> None:
    root, run = house
    page.goto(f"{root}/dags/shop/runs/{run}/tasks/{task}")
    page.get_by_role("link", name="Video", exact=True).click()
    frame = page.frame_locator("iframe[title=Video]")
    frame.locator("article").first.wait_for()
    assert frame.locator("article").evaluate_all("all => all.map(one => one.id)") == ["video_vase"]
    assert told in frame.locator("main").inner_text()
    seen(page, f"task-tab-{task}")


def test_arrows_go_from_clip_to_clip(page: Any, house: tuple[str, str]) -> None:
    page.goto(f"{house[0]}/sora/gallery")
    order = page.locator("article").evaluate_all("all => all.map(one => one.id)")
    for key, expected in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowDown", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.closest('article').id") == order[expected], key
    page.locator("input[name=text]").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.name") == "text", "typing is left alone"


def test_it_is_dark_where_airflow_is(page: Any, house: tuple[str, str]) -> None:
    through_the_navigation(page, house[0])
    inner = next(one for one in page.frames if one.parent_frame and "/sora/gallery" in one.url)
    papers = []
    for theme in ("dark", "light"):
        page.evaluate("t => {const c = document.documentElement.classList; c.remove('dark', 'light'); c.add(t)}", theme)
        inner.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
        papers.append(inner.evaluate("getComputedStyle(document.body).backgroundColor"))
        seen(page, f"navigation-{theme}")
    assert papers == ["rgb(19, 21, 25)", "rgb(246, 247, 249)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_page_fits_its_screen(page: Any, house: tuple[str, str], lang: str, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1000})
    try:
        page.goto(f"{house[0]}/sora/gallery?lang={lang}")
        for name in ("gallery", "clip"):
            assert page.evaluate("document.documentElement.lang") == lang
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            unnamed = page.locator("video:not([aria-label]), button:empty, input:not([type=hidden])").evaluate_all(
                "all => all.filter(one => !(one.labels && one.labels.length)).length"
            )
            assert unnamed == 0
            seen(page, f"{name}-{lang}-{width}-{scheme}")
            page.locator("#video_vase a.open").first.click()
            page.locator("section.one").wait_for()
    finally:
        page.emulate_media(color_scheme=None)
        page.set_viewport_size({"width": 1280, "height": 1000})
