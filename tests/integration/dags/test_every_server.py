"""The two DAGs, unchanged, on every server that the bundled one can stand for: they run, or say what is missing."""

from __future__ import annotations

import pytest

from tests.support.animatic import KEY, lent_server

#: Whether the server has remixes; None where the DAGs cannot run at all.
SERVERS = {"openai": True, "litellm": True, "new-api": True, "vllm-omni": False, "sglang": False, "dynamo": None}
SMALL = {"size": "1280x720", "seconds": 4}


@pytest.fixture(params=SERVERS)
def elsewhere(request, bench, sora_connection):
    with lent_server(dialect=request.param) as server:
        extra = {"prices": {"*": {"*": 0.1}}}
        sora_connection(server.url, KEY, **extra)
        bench.server = server
        from airflow_provider_sora.hooks.sora import SoraHook

        models = SoraHook("sora_default").capabilities().models
        yield bench, request.param, {**SMALL, "model": models[0] if models else "sora-2"}


@pytest.mark.parametrize(("dag_id", "each", "limit"), [("news_insert", 2, 1), ("ecommerce_product_video", 3, 1)])
def test_it_runs_or_says_before_paying_what_is_missing(elsewhere, dag_id, each, limit, capsys) -> None:
    bench, dialect, params = elsewhere
    result = bench.run(dag_id, max_items=limit, **params)
    if SERVERS[dialect]:
        assert result.state == "success", result.states()
        assert bench.paid() == each and len(bench.names("video.mp4")) == each
        return
    assert result.state == "failed" and bench.paid() == 0
    said = capsys.readouterr().out
    if SERVERS[dialect] is None:
        assert "only in its answer to create" in said
        return
    assert "remix: off" in said or "has no remix" in said
    result = bench.run(dag_id, max_items=limit, remix="off", **params)
    assert result.state == "success", result.states()
    assert bench.paid() == 1 and len(bench.names("video.mp4")) == 1
