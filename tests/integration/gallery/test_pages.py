"""The gallery's pages in Airflow's own API server, as a browser's requests meet them."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.gallery.test_routes import Visitor, admin, house, make

__all__ = ["admin", "house"]
EVIL = "<script>alert(1)</script>"


def address(admin: Visitor) -> str:
    (clip,) = admin.clips(text="alert")["clips"]
    return f"/clip/{clip['archive']}/{clip['folder']}"


def test_the_gallery_shows_a_hostile_title_as_text(admin: Visitor) -> None:
    page = admin.http.get("/gallery")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert EVIL not in page.text and "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "Keys: arrows go from video to video" in page.text and "built-in method" not in page.text
    policy = page.headers["content-security-policy"]
    script = re.search(r"script-src ([^;]*)", policy)
    assert script and re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", script[1]) and "frame-ancestors 'self'" in policy


def test_one_clip_s_page_says_all_that_is_known(admin: Visitor) -> None:
    page = admin.http.get(address(admin)).text
    for told in (
        "A film",
        "shop",
        "run-1",
        "archive",
        "receipt.json",
        "?download=true",
        "not reviewed",
        "C2PA manifest",
    ):
        assert told in page, told


def test_it_speaks_the_browser_s_language_and_the_address_wins(admin: Visitor) -> None:
    japanese = {"accept-language": "ja,en;q=0.8"}
    assert '<html lang="ja">' in admin.http.get("/gallery", headers=japanese).text
    assert '<html lang="en">' in admin.http.get("/gallery?lang=en", headers=japanese).text
    assert '<html lang="ja">' in admin.http.get(f"{address(admin)}?lang=ja").text
    assert "lang=ja" in admin.http.get("/gallery?lang=ja&text=alert").text, "the language goes on with the links"


def test_whoever_is_not_logged_in_is_led_to_the_login_and_a_program_gets_401(
    admin: Visitor, house: tuple[str, Path]
) -> None:
    stranger = Visitor(house[0])
    for path in ("/gallery", address(admin)):
        browser = stranger.http.get(path, headers={"accept": "text/html"})
        assert browser.status_code == 303, path
        assert urlsplit(browser.headers["location"]).path == "/api/v2/auth/login"
        assert stranger.http.get(path).status_code == 401


def test_the_page_of_a_clip_that_is_not_shown_is_not_there(admin: Visitor, house: tuple[str, Path]) -> None:
    (clip,) = admin.clips(text="alert")["clips"]
    hidden = clip["folder"].replace("/shop/", "/nobody_s/").replace("video_1", "video_2")
    for path in (f"{clip['archive']}/{hidden}", f"00000000/{clip['folder']}", f"{clip['archive']}/nothing"):
        assert admin.http.get(f"/clip/{path}").status_code == 404, path


def test_a_task_s_tab_shows_its_clip_or_says_what_there_is(admin: Visitor) -> None:
    asked = {"dag_id": "shop", "run_id": "run-1", "task_id": "archive"}
    mine = admin.http.get("/gallery", params={**asked, "map_index": "{MAP_INDEX}"}).text
    assert mine.count("<article") == 1 and "no such task" not in mine
    other = admin.http.get("/gallery", params={**asked, "task_id": "create", "map_index": "-1"}).text
    assert "Airflow has no such task instance" in other and "videos of its run" in other


def test_the_current_clips_as_json(admin: Visitor) -> None:
    (clip,) = admin.clips(text="alert")["clips"]
    found = admin.http.get(f"/api/current/{clip['archive']}").json()
    (subject,) = found["subjects"]
    assert (subject["dag_id"], subject["subject"][0]) == ("shop", "A") and subject["clips"][0]["video_id"] == "video_1"
    assert admin.http.get("/api/current/00000000").status_code == 404


def test_airflow_is_told_of_the_pages(admin: Visitor, house: tuple[str, Path]) -> None:
    found = admin.http.get(f"{house[0]}/api/v2/plugins").json()["plugins"]
    views = next(one for one in found if one["name"] == "sora")["external_views"]
    assert {view["destination"] for view in views} == {"nav", "dag", "task_instance"}
    assert all(not view["href"].startswith("/") for view in views), "so that they hold below any path"


def test_a_clip_says_its_stage_its_rights_and_leads_to_its_like(admin: Visitor, house: tuple[str, Path]) -> None:
    labels = {"sku": "B:1", "title": "Lamp", "rights": "Photo: <i>Mori</i>, CC BY 4.0", "clip_stage": "draft"}
    make(house[1], "video_draft", "shop", **labels)
    admin.http.post("/api/refresh")
    deadline = time.monotonic() + 30
    while not (found := admin.clips(text="lamp")["clips"]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    (clip,) = found
    page = admin.http.get(f"/clip/{clip['archive']}/{clip['folder']}").text
    assert '<span class="stage draft">draft</span>' in page and "Photo: &lt;i&gt;Mori&lt;/i&gt;, CC BY 4.0" in page
    (like,) = re.findall(r'href="(/sora/gallery\?label=sku[^"]*)"', page)
    assert "Lamp" in (shown := admin.http.get(like.removeprefix("/sora")).text) and shown.count("<article") == 1
    assert '<span class="stage draft">' in shown and "$0.00 in all, as billed or else as estimated (1 without" in shown
    # No catalogue or feed said anything about the other one's.
    assert "nothing stated" in admin.http.get(address(admin)).text


def test_files_are_compared_with_the_receipt_when_a_person_asks(admin: Visitor, house: tuple[str, Path]) -> None:
    (clip,) = admin.clips(text="lamp")["clips"]
    place = f"/clip/{clip['archive']}/{clip['folder']}"
    assert "Compared now" not in admin.http.get(place).text
    well = admin.http.get(f"{place}?compare=true").text
    assert "video.mp4: size, type and checksum are those of the receipt" in well
    picture = house[1] / clip["folder"] / "thumbnail.webp"
    picture.write_bytes(picture.read_bytes() + b"x")
    assert "thumbnail.webp: has" in admin.http.get(f"{place}?compare=true").text
