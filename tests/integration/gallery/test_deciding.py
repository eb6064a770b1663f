"""Buttons on a clip's page: there for who may use them, and what they send is taken by Airflow's own REST API."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.decisions import Decision
from airflow_provider_sora.review.place import open_place, read_trail, record_decision
from tests.integration.gallery.test_fab import DAGS
from tests.integration.gallery.test_routes import TODAY, Visitor, know_dags, make
from tests.support.questions import body_about, put_questions
from tests.support.web_ui import api_server, api_server_environment

USERS = {"boss": "admin", "hana": "admin", "viv": "viewer"}
PASSWORDS = {name: f"{name}-password" for name in USERS}
FOLDER = f"unreviewed/shop/{TODAY}/0900-item"
_ACT = re.compile(r'<button type="button" class="act (\w+)"([^>]*)>(.*?)</button>')


class House:
    def __init__(self, root: str, archive: Path, env: dict[str, str]) -> None:
        self.root, self.archive, self.env = root, archive, env

    def visitor(self, name: str) -> Visitor:
        return Visitor(self.root, username=name, password=PASSWORDS[name])

    def ask(self, video_id: str, run: str, final_price: str = "", **more: Any) -> None:
        """Have a person asked about a clip."""
        with self.api("boss") as http:
            http.post("/dags/video_review/dagRuns", json={"logical_date": None, "dag_run_id": run}).raise_for_status()
        place = f"file://{self.archive}/{FOLDER}/{video_id}"
        put_questions(self.env, [run], body_about(place, final_price=final_price), **more)

    def api(self, name: str) -> httpx.Client:
        cookies = self.visitor(name).http.cookies
        return httpx.Client(base_url=f"{self.root}/api/v2", cookies=cookies, trust_env=False, timeout=60)

    def page(self, name: str, video_id: str) -> str:
        mine = self.visitor(name)
        (clip,) = [one for one in mine.clips()["clips"] if one["video_id"] == video_id]
        answer = mine.http.get(f"/clip/{clip['archive']}/{clip['folder']}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def press(self, name: str, button: dict[str, str], words: str) -> httpx.Response:
        """Send what a button sends, as the page's script does."""
        body = json.loads(button["data-body"])
        if button["data-words"]:
            *keys, last = button["data-words"].split(".")
            inner = body
            for key in keys:
                inner = inner[key]
            inner[last] = words
        cookies = self.visitor(name).http.cookies
        address = self.root + button["data-address"]
        return httpx.request(button["data-method"], address, json=body, cookies=cookies, trust_env=False, timeout=60)

    def decide(self, video_id: str, state: str) -> None:
        place = open_place(f"file://{self.archive}/{FOLDER}/{video_id}/receipt.json")
        trail, by = read_trail(place), {"id": "kenji", "name": "kenji <b>"}
        at = "2026-11-26T10:00:00+00:00"
        number = len(trail.decisions) + 1
        record_decision(place, trail, Decision(state, number, video_id, place.sha256, at, by=by, why="<i>words</i>"))


def buttons(page: str) -> dict[str, dict[str, str]]:
    """By name, a button's attributes and its text."""
    found = {}
    for name, attributes, text in _ACT.findall(page):
        pairs = dict(re.findall(r'(data-\w+)="([^"]*)"', attributes))
        found[name] = {key: html.unescape(value) for key, value in pairs.items()} | {"text": text}
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("deciding")
    archive = home / "archive"
    archive.mkdir()
    for number in range(4):
        make(archive, f"video_{number}", "shop")
    (home / "dags").mkdir()
    (home / "dags" / "all.py").write_text(DAGS)
    passwords = home / "their-passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    more = {
        "AIRFLOW__SORA__ARCHIVES": f"file://{archive}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    with api_server(home, more) as root:
        know_dags(home, root)
        found = House(root, archive, api_server_environment(home, int(root.rpartition(":")[2]), more))
        boss, deadline = found.visitor("boss"), time.monotonic() + 60
        while boss.clips()["total"] < 4:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        yield found


def test_an_answer_is_airflow_s_own_and_the_first_counts(house: House) -> None:
    house.ask("video_0", "run-0")
    acts = buttons(house.page("boss", "video_0"))
    assert list(acts) == ["approve", "reject", "change"]
    assert "est. $0.40" in acts["change"]["text"] and "$0.40" in acts["change"]["data-sure"]
    assert acts["approve"]["data-sure"] == ""
    assert house.press("viv", acts["approve"], "").status_code == 403
    assert house.press("hana", acts["reject"], "out of focus").status_code == 200
    assert house.press("boss", acts["approve"], "").status_code == 409
    with house.api("boss") as http:
        told = http.get("/dags/video_review/dagRuns/run-0/taskInstances/review/-1/hitlDetails").json()
    assert told["chosen_options"] == ["Reject"] and told["params_input"] == {"words": "out of focus"}
    assert told["responded_by_user"]["name"] == "hana"
    assert not buttons(house.page("boss", "video_0")).keys() & {"approve", "reject", "change"}, "it is answered"


def test_a_viewer_sees_no_buttons_and_others_only_what_was_put_to_them(house: House) -> None:
    house.ask("video_1", "run-1", assigned=["hana"], options=("Approve", "Reject"))
    assert list(buttons(house.page("hana", "video_1"))) == ["approve", "reject"]
    boss, viv = house.page("boss", "video_1"), house.page("viv", "video_1")
    assert not buttons(boss) and "is waited for, from other people" in boss
    assert 'class="decide"' not in viv
    assert house.press("boss", buttons(house.page("hana", "video_1"))["approve"], "").status_code == 403


def test_an_approval_that_pays_for_a_final_says_so_and_is_asked_twice(house: House) -> None:
    house.ask("video_3", "run-draft", final_price="$1.20")
    acts = buttons(house.page("boss", "video_3"))
    assert (
        "est. $1.20" in acts["approve"]["text"]
        and "pays for its final, estimated at $1.20" in (acts["approve"]["data-sure"])
    )
    assert "est. $0.40" in acts["change"]["text"] and acts["reject"]["data-sure"] == ""
    assert house.press("boss", acts["reject"], "").status_code == 200


def test_an_approved_clip_can_be_taken_back_and_others_asked_about(house: House) -> None:
    house.decide("video_2", "approved")
    page = house.page("boss", "video_2")
    assert "approved · kenji &lt;b&gt;" in page and "&lt;i&gt;words&lt;/i&gt;" in page
    acts = buttons(page)
    assert list(acts) == ["withdraw"] and acts["withdraw"]["data-sure"]
    for name, status in (("viv", 403), ("boss", 200)):
        answer = house.press(name, acts["withdraw"], "licence")
        assert answer.status_code == status, answer.text
    receipt = f"file://{house.archive}/{FOLDER}/video_2/receipt.json"
    assert answer.json()["conf"] == {"clip": receipt, "why": "licence"}
    assert answer.json()["triggering_user_name"] == "boss"

    house.decide("video_2", "withdrawn")
    acts = buttons(house.page("boss", "video_2"))
    assert list(acts) == ["ask"]
    asked = house.press("boss", acts["ask"], "").json()
    assert asked["dag_id"] == "video_review" and asked["conf"] == {"clips": [receipt]}
    with house.api("boss") as http:
        http.patch("/dags/video_review", json={"is_paused": True}).raise_for_status()
        try:
            assert not buttons(house.page("boss", "video_2")), "a paused DAG would ask nobody"
        finally:
            http.patch("/dags/video_review", json={"is_paused": False}).raise_for_status()


def test_the_tab_of_a_waiting_task_names_its_job(house: House) -> None:
    """What a paying task leaves in XCom, read from Airflow's database by ``XComModel``."""
    house.ask("video_0", "waiting")
    with house.api("boss") as http:
        entry = {
            "key": "sora_record",
            "value": VideoRecord("video_under_way", status="queued").to_xcom(),
            "map_index": -1,
        }
        at = "/dags/video_review/dagRuns/waiting/taskInstances/review/xcomEntries"
        assert http.post(at, json=entry).status_code == 201
    asked = {"dag_id": "video_review", "run_id": "waiting", "task_id": "review", "map_index": "-1"}
    assert "video_under_way" in house.visitor("boss").http.get("/gallery", params=asked).text
    assert "video_under_way" not in house.visitor("boss").http.get("/gallery", params=asked | {"run_id": "other"}).text


def test_a_trail_is_read_as_it_is_now_and_stands_on_the_card(house: House) -> None:
    boss = house.visitor("boss")
    (clip,) = [one for one in boss.clips()["clips"] if one["video_id"] == "video_3"]
    assert clip["review"] == "pending"
    house.decide("video_3", "rejected")
    told = boss.http.get(f"/api/trail/{clip['archive']}/{clip['folder']}").json()
    assert (told["review"], told["asked"]) == ("rejected", False)
    assert [(one["state"], one["by"], one["why"]) for one in told["decisions"]] == [
        ("rejected", "kenji <b>", "<i>words</i>")
    ]
    assert {one["video_id"] for one in boss.clips(review="rejected")["clips"]} == {"video_3"}
    assert "<article" in boss.http.get("/gallery?review=rejected").text
    assert house.visitor("viv").http.get(f"/api/trail/{clip['archive']}/{clip['folder']}").status_code == 200
    assert Visitor(house.root).http.get(f"/api/trail/{clip['archive']}/{clip['folder']}").status_code == 401
    path = house.archive / FOLDER / "video_3" / "decision-0001.json"
    kept = path.read_text()
    path.chmod(0o644)
    path.write_text("{")
    page = house.page("boss", "video_3")
    path.write_text(kept)
    assert "could not be read" in page and not buttons(page), "nobody decides without knowing what was decided"
