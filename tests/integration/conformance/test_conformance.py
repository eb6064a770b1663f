"""The conformance pass on every server that the bundled one can stand for: all abilities, no wrong verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_sora.hooks.sora import SoraHook
from testbed.conformance_pass import PROMPT, Conformance
from testbed.conformance_verdicts import CannotJudgeError
from tests.integration.protocol.peer import Peer, Reply
from tests.support.animatic import KEY, AnimaticServer, lent_server
from tests.support.known_servers import forget

ABILITIES = {
    "openai": {"create", "completed", "archive", "remix", "delete", "list", "adoption"},
    "vllm-omni": {"create", "completed", "archive", "no remix", "delete", "list", "adoption"},
    "sglang": {"create", "completed", "archive", "no remix", "delete", "list"},
    "dynamo": {"create", "completed", "archive", "no remix", "no list"},
    "litellm": {"create", "completed", "archive", "remix", "no list"},
    "new-api": {"create", "completed", "archive", "remix", "no list"},
}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as running:
        yield running


def conformance(server: AnimaticServer, monkeypatch: pytest.MonkeyPatch, key: str | None = None) -> Conformance:
    connection = {"conn_type": "sora", "host": server.url, "password": key or server.key}
    monkeypatch.setenv("AIRFLOW_CONN_CONFORMANCE", json.dumps(connection))
    return Conformance(SoraHook("conformance"), model=None, seconds=None, size=None, wait=60, poll=0.1)


@pytest.fixture(params=ABILITIES)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, AnimaticServer]]:
    with lent_server(dialect=request.param) as running:
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
    with lent_server() as running:
        with pytest.raises(CannotJudgeError, match="Incorrect API key"):
            conformance(running, monkeypatch, key="another-key-0000").run()
        assert running.stats()["paid_posts"] == 0


def test_a_claimed_ability_that_is_not_there_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    with lent_server(dialect="sglang") as running:
        connection = {"conn_type": "sora", "host": running.url, "password": KEY, "extra": {"dialect": "plain"}}
        monkeypatch.setenv("AIRFLOW_CONN_CONFORMANCE", json.dumps(connection))
        rows = Conformance(SoraHook("conformance"), model=None, seconds=None, size=None, wait=60, poll=0.1).run()
    assert [row.ability for row in rows if row.wrong] == ["remix"]
    assert "says that it is there" in (next(row for row in rows if row.wrong).wrong or "")


JUNK = [b"", b"<html>", b"[]", b"{}", b"null", b"\xff\xfe", b'{"id": {}, "status": []}', b'{"data": [1, null, "x"]}']


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_the_fault_of_the_server(peer: Peer, monkeypatch: pytest.MonkeyPatch, junk: bytes) -> None:
    job = {"id": "v1", "object": "video", "status": "completed"}
    peer.otherwise = Reply(200, junk)
    peer.on("POST", "/v1/videos", Reply(200, job))
    peer.on("GET", "/v1/videos", Reply(200, {"object": "list", "data": [{**job, "prompt": PROMPT}]}))
    connection = {"conn_type": "sora", "host": peer.url, "password": KEY, "extra": {"dialect": "openai"}}
    monkeypatch.setenv("AIRFLOW_CONN_CONFORMANCE", json.dumps(connection))
    rows = Conformance(SoraHook("conformance"), model=None, seconds=None, size=None, wait=5, poll=0.1).run()
    assert [row for row in rows if row.wrong] == []
    assert {"unknown id", "archive", "remix"} <= {row.ability for row in rows if row.fault}


def test_a_server_that_shows_no_videos_is_not_judged_and_not_paid(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.otherwise = Reply(200, {})
    connection = {"conn_type": "sora", "host": peer.url, "password": KEY}
    monkeypatch.setenv("AIRFLOW_CONN_CONFORMANCE", json.dumps(connection))
    with pytest.raises(CannotJudgeError, match="no list of videos"):
        Conformance(SoraHook("conformance"), model=None, seconds=None, size=None, wait=5, poll=0.1).run()
    assert peer.posts() == []
