"""Who may do what under Airflow's FAB auth manager, role by role: ``make test-fab``, in an environment of its own.

``SORA_FAB`` names that environment's Python; Airflow runs there, with this package, and the test looks from outside.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.gallery.test_routes import TODAY, Visitor, know_dags, make
from tests.support.questions import body_about, put_questions
from tests.support.web_ui import api_server, api_server_environment

PYTHON = os.environ.get("SORA_FAB", "")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="FAB wants an older python-dateutil: make test-fab, in its own environment"),
    pytest.mark.timeout(900),
]

DAGS = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
for name in ("news", "shop", "video_review", "video_withdraw"):
    with DAG(name, schedule=None, is_paused_upon_creation=False) as dag:
        EmptyOperator(task_id="review")
    globals()[name] = dag
"""
_MAKE = """
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
with get_application_builder() as builder:
    manager = builder.sm
    both = ("can_read", "can_edit")
    roles = {
        "shop_reader": {"DAG:shop": ("can_read",)},
        "news_editor": {
            **{f"DAG:{dag}": both for dag in ("news", "video_review", "video_withdraw")},
            "HITL Detail": both, "DAG Runs": ("can_read", "can_create"),
        },
        "no_answers": {f"DAG:{dag}": both for dag in ("news", "video_review", "video_withdraw")},
    }
    for name, rights in roles.items():
        role = manager.add_role(name)
        pairs = [(one, resource) for resource, actions in rights.items() for one in actions]
        for action, resource in [("can_read", "Website"), *pairs]:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))
    manager.add_role("nothing")
    for name, role in (
        ("boss", "Admin"), ("operator", "Op"), ("viewer", "Viewer"),
        ("shop", "shop_reader"), ("news", "news_editor"), ("mute", "no_answers"), ("nobody", "nothing"),
    ):
        made = manager.add_user(name, name, name, f"{name}@example.com", manager.find_role(role), password=name)
        assert made, name
"""
BOTH, NONE = frozenset({"news", "shop"}), frozenset[str]()
SEES = {
    "boss": BOTH, "operator": BOTH, "viewer": BOTH, "shop": {"shop"}, "news": {"news"}, "mute": {"news"},
    "nobody": NONE,
}  # fmt: skip
#: Who may answer a question about the clip of ``news``, and start runs of the DAGs that ask and take back.
DECIDES = {"boss", "operator", "news"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("fab")
    archive = home / "archive"
    archive.mkdir()
    for dag in ("news", "shop"):
        make(archive, f"video_{dag}", dag, title=f"From {dag}", sku="A")
    (home / "dags").mkdir()
    (home / "dags" / "both.py").write_text(DAGS)
    fab = "airflow.providers.fab.auth_manager"
    more = {
        "AIRFLOW__SORA__ARCHIVES": f"file://{archive}",
        "AIRFLOW__CORE__AUTH_MANAGER": f"{fab}.fab_auth_manager.FabAuthManager",
        "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS": f"{fab}.models.db.FABDBManager",
    }
    with api_server(home, more, python=PYTHON) as found:
        env = api_server_environment(home, int(found.rpartition(":")[2]), more)
        know_dags(home, found, python=PYTHON)
        done = subprocess.run([PYTHON, "-c", _MAKE], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        boss = Visitor(found, username="boss", password="boss")
        deadline = time.monotonic() + 60
        while boss.clips()["total"] < 2:
            boss.http.post("/api/refresh")
            assert time.monotonic() < deadline
            time.sleep(0.5)
        starts = {f"for-{name}": {"logical_date": None, "dag_run_id": f"for-{name}"} for name in SEES}
        origin = httpx.Client(base_url=found, cookies=boss.http.cookies, trust_env=False, timeout=60)
        for run in starts.values():
            origin.post("/api/v2/dags/video_review/dagRuns", json=run).raise_for_status()
        place = f"file://{archive}/unreviewed/news/{TODAY}/0900-item/video_news"
        put_questions(env, list(starts), body_about(place), python=PYTHON)
        yield found


@pytest.mark.parametrize("name", SEES)
def test_a_role_s_answers(root: str, name: str) -> None:
    mine, table = Visitor(root, username=name, password=name), {}
    for clip in Visitor(root, username="boss", password="boss").clips()["clips"]:
        dag, place = clip["dag_id"], f"{clip['archive']}/{clip['folder']}"
        table[dag] = {
            "listed": f"From {dag}" in mine.http.get("/gallery").text,
            "found": bool(mine.clips(dag_id=dag)["clips"]),
            "page": mine.http.get(f"/clip/{place}").status_code,
            "json": mine.http.get(f"/api/clips/{place}").status_code,
            "bytes": mine.http.get(root + clip["links"]["video"]).status_code,
        }
    print(name, table)
    seen = {"listed": True, "found": True, "page": 200, "json": 200, "bytes": 200}
    unseen = {"listed": False, "found": False, "page": 404, "json": 404, "bytes": 404}
    assert table == {dag: seen if dag in SEES[name] else unseen for dag in BOTH}


@pytest.mark.parametrize("name", SEES)
def test_a_role_s_decisions(root: str, name: str) -> None:
    """By the buttons and by Airflow's own API, which is what the buttons ask: both say the same."""
    mine = Visitor(root, username=name, password=name)
    origin = httpx.Client(base_url=root, cookies=mine.http.cookies, trust_env=False, timeout=60)
    clips = {clip["dag_id"]: clip for clip in Visitor(root, username="boss", password="boss").clips()["clips"]}
    pages = {dag: mine.http.get(f"/clip/{clip['archive']}/{clip['folder']}").text for dag, clip in clips.items()}
    question = f"/api/v2/dags/video_review/dagRuns/for-{name}/taskInstances/review/-1/hitlDetails"
    answer = {"chosen_options": ["Approve"], "params_input": {"words": "good"}}
    run = {"logical_date": None, "conf": {}}
    table = {
        "buttons": [word for word in ("approve", "reject", "change") if f'class="act {word}"' in pages["news"]],
        "ask": 'class="act ask"' in pages["shop"],
        "answer": origin.patch(question, json=answer).status_code,
        "twice": origin.patch(question, json=answer).status_code,
    }
    for dag in ("video_withdraw", "video_review"):
        table[dag] = origin.post(f"/api/v2/dags/{dag}/dagRuns", json=run).status_code
    print(name, table)
    can = name in DECIDES
    assert table == {
        "buttons": ["approve", "reject", "change"] if can else [],
        "ask": name in ("boss", "operator"),
        "answer": 200 if can else 403,
        "twice": 409 if can else 403,
        "video_withdraw": 200 if can else 403,
        "video_review": 200 if can else 403,
    }
