"""``airflow sora doctor`` against servers of several makes, what is no server, and a connection that is stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed.ports import free_port
from tests.integration.protocol.peer import Peer, Reply
from tests.support.animatic import KEY, lent_server
from tests.support.migrated import copy_migrated
from tests.support.web_ui import api_server_environment, store_connection


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an Airflow whose connections lie in its database, and nowhere else."""
    home = tmp_path_factory.mktemp("airflow")
    copy_migrated(home / "airflow.db")
    return api_server_environment(home, free_port())


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


def airflow(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=180)


def connect(env: dict[str, str], conn_id: str, host: str, password: str | None = KEY, **extra: Any) -> None:
    store_connection(Path(env["AIRFLOW_HOME"]), conn_id, host=host, password=password, extra=json.dumps(extra))


def doctor(env: dict[str, str], conn_id: str, *words: str) -> tuple[int, dict[str, dict[str, str]], str]:
    done = airflow(env, "sora", "doctor", conn_id, "--output", "json", *words)
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"] is (done.returncode == 0)
    return done.returncode, {check["check"]: check for check in found["checks"]}, done.stdout


def test_a_stored_connection_is_seen_and_the_archive_is_tried(stored: dict[str, str], tmp_path: Path) -> None:
    with lent_server() as server:
        connect(stored, "bundled", server.url, default_model="sora-2", prices={"sora-2*": {"*": 0.1}})
        code, checks, text = doctor(stored, "bundled", "--destination", f"file://{tmp_path}/clips")
        assert server.stats()["paid_posts"] == 0
    assert code == 0, text
    assert "Animatic" in checks["server"]["found"] and checks["server"]["answer"] == "yes"
    assert checks["archive"]["answer"] == "yes" and checks["lost answer"]["answer"] == "yes"
    assert "remix" in checks["abilities"]["found"] and "sora-2" in checks["models"]["found"]
    assert "apache-airflow 3" in checks["versions"]["found"]
    assert KEY not in text
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("dialect", "label", "safe"),
    [
        ("vllm-omni", "vLLM-Omni", "yes"),
        ("sglang", "SGLang", "note"),
        ("litellm", "LiteLLM", "note"),
        ("new-api", "new-api", "note"),
    ],
)
def test_each_make_is_named_with_what_a_lost_answer_means_there(
    stored: dict[str, str], dialect: str, label: str, safe: str
) -> None:
    with lent_server(dialect=dialect) as server:
        connect(stored, f"make_{dialect.replace('-', '_')}", server.url)
        code, checks, text = doctor(stored, f"make_{dialect.replace('-', '_')}")
        assert server.stats()["paid_posts"] == 0
    assert code == 0, text
    assert label in checks["server"]["found"]
    assert checks["lost answer"]["answer"] == safe and checks["lost answer"]["found"]
    assert ("gateway" in checks) is (dialect == "litellm")


def test_what_is_no_server_is_a_no_with_a_next_step(stored: dict[str, str], peer: Peer) -> None:
    peer.otherwise = Reply(200, b"<html>It works</html>", {"content-type": "text/html"})
    connect(stored, "web_page", peer.url)
    code, checks, _ = doctor(stored, "web_page")
    assert code == 1 and checks["server"]["answer"] == "no" and checks["server"]["next"]
    connect(stored, "nothing_there", f"http://127.0.0.1:{free_port()}/v1")
    code, checks, _ = doctor(stored, "nothing_there")
    assert code == 1 and checks["server"]["answer"] == "no" and checks["server"]["next"]


def test_a_wrong_key_a_wrong_model_and_a_place_that_cannot_be_written(stored: dict[str, str]) -> None:
    with lent_server() as server:
        connect(stored, "wrong_key", server.url, password="not-the-key-at-all")
        code, checks, text = doctor(stored, "wrong_key")
        assert code == 1 and "key" in checks["server"]["found"] and "not-the-key-at-all" not in text
        connect(stored, "masked", server.url, webhook_secret="***")
        code, checks, _ = doctor(stored, "masked")
        assert code == 1 and checks["server"]["answer"] == "yes"
        assert (checks["webhooks"]["answer"], checks["webhooks"]["next"]) == (
            "no",
            "type the connection's webhook secret anew",
        )
        connect(stored, "wrong_model", server.url, default_model="sora-9")
        code, checks, _ = doctor(stored, "wrong_model", "--destination", "file:///proc/nowhere/clips")
        assert code == 1 and checks["models"]["answer"] == "no" and checks["archive"]["answer"] == "no"


def test_a_missing_connection_and_the_old_api(stored: dict[str, str]) -> None:
    code, checks, _ = doctor(stored, "no_such_connection")
    assert code == 1 and "airflow connections add" in checks["connection"]["next"]
    connect(stored, "old", "https://api.openai.com/v1")
    code, checks, _ = doctor(stored, "old")
    assert code == 1 and "2026-09-24" in checks["connection"]["found"]
    assert os.environ.get("AIRFLOW_CONN_OLD") is None
