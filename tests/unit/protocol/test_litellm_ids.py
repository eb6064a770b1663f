from __future__ import annotations

import base64

import pytest

from airflow_provider_sora.protocol.servers.litellm_ids import with_routing_of, with_upstream_id


def made(model: str, upstream: str) -> str:
    text = f"litellm:custom_llm_provider:openai;model_id:{model};video_id:{upstream}"
    return "video_" + base64.b64encode(text.encode()).decode()


def test_lost_routing_is_put_back_from_the_source() -> None:
    assert with_routing_of(made("deploy", "video_1"), made("", "video_2")) == made("deploy", "video_2")


@pytest.mark.parametrize(
    ("source", "video_id"),
    [
        (None, made("", "video_2")),
        ("video_1", made("", "video_2")),
        (made("deploy", "video_1"), made("other", "video_2")),
        (made("", "video_1"), made("", "video_2")),
        (made("deploy", "video_1"), "video_2"),
        (made("deploy", "video_1"), "task_7"),
        (made("deploy", "video_1"), "video_" + "é" * 8),
    ],
)
def test_every_other_id_is_left_alone(source: str | None, video_id: str) -> None:
    assert with_routing_of(source, video_id) == video_id


def test_an_unknown_id_keeps_the_way_back_to_the_upstream() -> None:
    assert with_upstream_id(made("deploy", "video_1"), "video_0") == made("deploy", "video_0")
    for plain in ("video_1", "task_7", made("deploy", "video_1")[6:]):
        assert with_upstream_id(plain, "video_0") == "video_0"
