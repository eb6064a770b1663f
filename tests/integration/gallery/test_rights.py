"""Who may see which clip, page, JSON and bytes: by the rights on the DAG that made it; below a path, as by a proxy."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.gallery.test_routes import Visitor, know_dags, make
from tests.support.web_ui import api_server

USERS = {"boss": "admin", "editor": "user", "keeper": "user", "looker": "viewer"}
PASSWORDS = {name: f"{name}-password" for name in USERS}
DAGS = """
from airflow.sdk import DAG
for name in ("news", "shop"):
    with DAG(name, schedule=None) as dag:
        pass
    globals()[name] = dag
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("rights")
    archive = home / "archive"
    archive.mkdir()
    for dag in ("news", "shop"):
        make(archive, f"video_{dag}", dag, title=f"From {dag}", sku="A")
    (home / "dags").mkdir()
    (home / "dags" / "both.py").write_text(DAGS)
    passwords = home / "their-passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    more = {
        "AIRFLOW__SORA__ARCHIVES": f"file://{archive}",
        "AIRFLOW__API__BASE_URL": "http://127.0.0.1/airflow",
        "AIRFLOW__CORE__AUTH_MANAGER": "tests.integration.gallery.per_dag_manager.PerDagAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    with api_server(home, more) as found:
        know_dags(home, found)
        boss = visitor(f"{found}/airflow", "boss")
        deadline = time.monotonic() + 60
        while boss.clips()["total"] < 2:
            boss.http.post("/api/refresh")
            assert time.monotonic() < deadline
            time.sleep(0.5)
        yield f"{found}/airflow"


def visitor(root: str, name: str) -> Visitor:
    return Visitor(root, username=name, password=PASSWORDS[name])


@pytest.mark.parametrize(
    ("name", "dags"), [("boss", {"news", "shop"}), ("editor", {"news"}), ("keeper", {"shop"}), ("looker", {"shop"})]
)
def test_each_sees_the_clips_of_their_dags_and_404_for_others(root: str, name: str, dags: set[str]) -> None:
    mine = visitor(root, name)
    origin = root.removesuffix("/airflow")
    page = mine.http.get("/gallery").text
    assert {clip["dag_id"] for clip in mine.clips()["clips"]} == dags
    assert set(mine.http.get("/api/filters").json()["dag_id"]) == dags
    for clip in visitor(root, "boss").clips()["clips"]:
        dag, place = clip["dag_id"], f"{clip['archive']}/{clip['folder']}"
        seen = dag in dags
        assert (f"From {dag}" in page) == seen
        assert (f"From {dag}" in mine.http.get("/gallery", params={"dag_id": dag}).text) == seen
        assert len(mine.clips(dag_id=dag, text=f"From {dag}")["clips"]) == seen
        for path in (f"/api/clips/{place}", f"/clip/{place}"):
            assert mine.http.get(path).status_code == (200 if seen else 404), path
        for address in clip["links"].values():
            assert address.startswith("/airflow/sora/files/"), "every address keeps the path"
            got = httpx.get(origin + address, cookies=mine.http.cookies, trust_env=False, timeout=60)
            assert got.status_code == (200 if seen else 404), address
        current = mine.http.get(f"/api/current/{clip['archive']}").json()["subjects"]
        assert {one["dag_id"] for one in current} == dags


def test_a_task_s_state_is_told_to_nobody_who_may_not_see_the_dag(root: str) -> None:
    boss, editor = visitor(root, "boss"), visitor(root, "editor")
    client = httpx.Client(base_url=root, cookies=boss.http.cookies, trust_env=False, timeout=60)
    assert client.get("/api/v2/dags/shop").status_code == 200
    asked = {"dag_id": "shop", "run_id": "run-1", "task_id": "nothing", "map_index": "-1"}
    page = editor.http.get("/gallery", params=asked).text
    assert "Its state" not in page and "From shop" not in page


def test_links_of_a_page_below_a_path_lead_on(root: str) -> None:
    boss = visitor(root, "boss")
    page = boss.http.get("/gallery").text
    assert 'href="/airflow/sora/clip/' in page and 'action="/airflow/sora/gallery"' in page
    assert 'href="/sora/' not in page
    stranger = Visitor(root)
    answer = stranger.http.get("/gallery", headers={"accept": "text/html"})
    assert answer.headers["location"].startswith("/airflow/api/v2/auth/login?next=")
