"""Deleting says what a DELETE does on this server, which a connection may describe."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_sora.operators.video import DeleteVideoOperator
from tests.integration.protocol.peer import Peer, Reply


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("sglang", "SGLang Diffusion: removes the record only"),
        (
            {"base": "openai", "label": "our gateway", "delete_semantics": "stops the render"},
            "gateway: stops the render.",
        ),
        ({"base": "plain", "label": "our gateway"}, None),
    ],
)
def test_it_says_what_a_delete_does_there(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], dialect: object, said: str | None
) -> None:
    connection = {"conn_type": "sora", "host": peer.url, "password": "k", "extra": {"dialect": dialect}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    peer.on("DELETE", "/v1/videos/video_1", Reply(200, {"id": "video_1", "deleted": True}))
    operator = DeleteVideoOperator(task_id="delete", video="video_1")
    assert operator.execute({}) == {"video_id": "video_1", "deleted": True}
    told = "".join(capfd.readouterr())
    assert ("DELETE on this server" in told) is (said is not None)
    assert (said or "") in told
