"""The id a job was submitted under is the one every later call uses."""

from __future__ import annotations

import json

from airflow_provider_sora.protocol.answers import Call
from airflow_provider_sora.protocol.dialects import LITELLM
from airflow_provider_sora.protocol.envelope import Answer
from airflow_provider_sora.protocol.reading import read_polled


def test_a_poll_that_spells_the_id_anew_does_not_rename_the_job() -> None:
    body = json.dumps({"id": "video_without_routing", "status": "completed"}).encode()
    answer = Answer(200, {"content-type": "application/json"}, body)
    call = Call(name="asking", server="LiteLLM", paid=False, video_id="video_with_routing")
    assert read_polled(answer, call, LITELLM).id == "video_with_routing"
