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

from tests.integration.gallery.test_rights import DAGS
from tests.integration.gallery.test_routes import Visitor, know_dags, make
from tests.support.web_ui import api_server, api_server_environment

PYTHON = os.environ.get("SORA_FAB", "")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="FAB wants an older python-dateutil: make test-fab, in its own environment"),
    pytest.mark.timeout(900),
]

_MAKE = """
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
with get_application_builder() as builder:
    manager = builder.sm
    roles = (("shop_reader", "shop", ["can_read"]), ("news_editor", "news", ["can_read", "can_edit"]))
    for name, dag, actions in roles:
        role = manager.add_role(name)
        for action, resource in [("can_read", "Website"), *((one, f"DAG:{dag}") for one in actions)]:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))
    manager.add_role("nothing")
    for name, role in (
        ("boss", "Admin"), ("operator", "Op"), ("viewer", "Viewer"),
        ("shop", "shop_reader"), ("news", "news_editor"), ("nobody", "nothing"),
    ):
        made = manager.add_user(name, name, name, f"{name}@example.com", manager.find_role(role), password=name)
        assert made, name
"""
BOTH, NONE = frozenset({"news", "shop"}), frozenset[str]()
SEES = {"boss": BOTH, "operator": BOTH, "viewer": BOTH, "shop": {"shop"}, "news": {"news"}, "nobody": NONE}


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
            "bytes": httpx.get(root + clip["links"]["video"], cookies=mine.http.cookies, trust_env=False).status_code,
        }
    print(name, table)
    seen = {"listed": True, "found": True, "page": 200, "json": 200, "bytes": 200}
    unseen = {"listed": False, "found": False, "page": 404, "json": 404, "bytes": 404}
    assert table == {dag: seen if dag in SEES[name] else unseen for dag in BOTH}
