"""The first DAG of the README, but for bucket and patience, on every server of its connection examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.animatic import KEY, lent_server

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "first_clip.py"


@pytest.mark.parametrize("dialect", ["vllm-omni", "sglang", "dynamo", "litellm", "openai", "new-api"])
def test_it_makes_two_clips_and_keeps_them(dialect, run_dag, sora_connection, tmp_path) -> None:
    source = EXAMPLE.read_text("utf-8").replace("gs://my-bucket/clips", f"file://{tmp_path}")
    source = source.replace("first_clip", "DAG_ID").replace(
        '"deferrable": True', '"deferrable": True, "poll_interval": 0.3'
    )
    with lent_server(dialect=dialect) as server:
        sora_connection(server.url, KEY)
        from airflow_provider_sora.hooks.sora import SoraHook

        models = SoraHook("sora_default").capabilities().models
        # As the README says of Dynamo and of proxies: the connection names the model.
        sora_connection(server.url, KEY, default_model=models[0] if models else "sora-2")
        result = run_dag(source.replace("):\n    prompt", ") as dag:\n    prompt"))
        assert result.state == "success", result.states()
        assert server.stats()["paid_posts"] == 2
    assert len(list(tmp_path.rglob("video.mp4"))) == len(list(tmp_path.rglob("receipt.json"))) == 2
