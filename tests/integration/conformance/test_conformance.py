"""The conformance pass on every server that the bundled one can stand for: all abilities, no wrong verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_sora.hooks.sora import SoraHook
from devtools.conformance_pass import CannotJudgeError, Conformance
from tests.support.animatic import AnimaticServer

ABILITIES = {
    "openai": {"create", "completed", "archive", "remix", "delete", "list", "adoption"},
    "vllm-omni": {"create", "completed", "archive", "no remix", "delete", "list", "adoption"},
    "sglang": {"create", "completed", "archive", "no remix", "delete", "list"},
    "dynamo": {"create", "completed", "archive", "no remix", "no list"},
    "litellm": {"create", "completed", "archive", "remix", "no list"},
    "new-api": {"create", "completed", "archive", "remix", "no list"},
}


def conformance(server: AnimaticServer, monkeypatch: pytest.MonkeyPatch, key: str | None = None) -> Conformance:
    connection = {"conn_type": "sora", "host": server.url, "password": key or server.key}
    monkeypatch.setenv("AIRFLOW_CONN_CONFORMANCE", json.dumps(connection))
    return Conformance(SoraHook("conformance"), model=None, seconds=None, size=None, wait=60, poll=0.1)


@pytest.fixture(params=ABILITIES)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, AnimaticServer]]:
    with AnimaticServer(dialect=request.param) as running:
        yield request.param, running


def test_the_provider_behaves_on_every_server(
    server: tuple[str, AnimaticServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect, running = server
    passed = conformance(running, monkeypatch)
    rows = passed.run()
    assert [row for row in rows if row.wrong] == []
    assert ABILITIES[dialect] - {row.ability for row in rows} == set()
    assert running.stats()["paid_submits"] == len(passed.made) == (2 if "remix" in ABILITIES[dialect] else 1)


def test_a_wrong_key_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    with AnimaticServer() as running:
        with pytest.raises(CannotJudgeError, match="Incorrect API key"):
            conformance(running, monkeypatch, key="another-key-0000").run()
        assert running.stats()["paid_posts"] == 0
