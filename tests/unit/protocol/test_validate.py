from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import ANIMATIC, DYNAMO, LITELLM, OPENAI, PLAIN, SGLANG, VLLM_OMNI
from airflow_provider_sora.protocol.servers.hosted import INWORLD, MERGE
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.protocol.validate import check_submission

CREATE, REMIX, EDIT, EXTEND = SubmitKind
BYTES = Reference(data=b"x", content_type="image/png")


def check(dialect: Dialect, kind: SubmitKind = CREATE, prompt: Any = "a kite", **fields: Any) -> None:
    models = fields.pop("models", ())
    check_submission(Submission(kind, prompt, **fields), dialect, server=dialect.label, models=models)


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        (OPENAI, {"model": "sora-2", "seconds": 8, "size": "1280x720", "reference": BYTES, "characters": ("a", "b")}),
        (ANIMATIC, {"model": "sora-2-pro", "size": "1792x1024", "models": ("sora-2-pro",)}),
        (PLAIN, {"seconds": 7, "size": "640x360", "extra": {"anything": {"goes": [1]}}}),
        (VLLM_OMNI, {"extra": {"lora": {"name": "x"}, "seed": 1}, "reference": BYTES}),
        (SGLANG, {"reference": Reference(url="https://p.example/a.png"), "extra": {"model_own_field": 1}}),
        (DYNAMO, {"model": "m", "extra": {"seed": 1, "nvext": {"fps": 8}, "response_format": "url"}}),
        (MERGE, {"model": "m", "size": "1080P"}),
        (OPENAI, {"kind": REMIX, "source_id": "v"}),
        (OPENAI, {"kind": EDIT, "source_file": b"mp4", "model": "m"}),
        (OPENAI, {"kind": EXTEND, "source_id": "v", "seconds": 16}),
        (replace(OPENAI, remix="edits", calls=OPENAI.calls - {"remix"}), {"kind": REMIX, "source_id": "v"}),
    ],
)
def test_what_the_server_takes_passes(dialect: Dialect, fields: dict[str, Any]) -> None:
    check(dialect, **fields)


@pytest.mark.parametrize(
    ("dialect", "fields", "named", "error"),
    [
        (OPENAI, {"prompt": ""}, "prompt", InvalidRequestError),
        (OPENAI, {"prompt": " \n"}, "prompt", InvalidRequestError),
        (OPENAI, {"prompt": None}, "prompt", InvalidRequestError),
        (OPENAI, {"prompt": "x" * 32001}, "32001 characters", InvalidRequestError),
        (OPENAI, {"prompt": "\ud800"}, "UTF-8", InvalidRequestError),
        (OPENAI, {"seconds": 5}, "4, 8, 12, 16, 20", InvalidRequestError),
        (PLAIN, {"seconds": 0}, "seconds", InvalidRequestError),
        (PLAIN, {"seconds": 4.5}, "seconds", InvalidRequestError),
        (PLAIN, {"seconds": True}, "seconds", InvalidRequestError),
        (PLAIN, {"seconds": "4"}, "seconds", InvalidRequestError),
        (OPENAI, {"size": "640x480"}, "1280x720", InvalidRequestError),
        (OPENAI, {"model": "sora-2", "size": "1792x1024"}, "for the model sora-2", InvalidRequestError),
        (ANIMATIC, {"model": "sora-3", "models": ("sora-2",)}, "sora-2", InvalidRequestError),
        (PLAIN, {"size": "720p"}, "size", InvalidRequestError),
        (PLAIN, {"size": "0x720"}, "size", InvalidRequestError),
        (DYNAMO, {}, "model is missing", InvalidRequestError),
        (VLLM_OMNI, {"model": "other", "models": ("wan",)}, "wan", InvalidRequestError),
        (VLLM_OMNI, {"kind": REMIX, "source_id": "v"}, "no remix", UnsupportedByServerError),
        (VLLM_OMNI, {"extra": {"sed": 1}}, "extra_body['sed']", UnsupportedByServerError),
        (OPENAI, {"extra": {"seed": 1}}, "extra_body['seed']", UnsupportedByServerError),
        (PLAIN, {"extra": {"prompt": "again"}}, "extra_body['prompt']", InvalidRequestError),
        (PLAIN, {"extra": {"a": float("nan")}}, "JSON", InvalidRequestError),
        (PLAIN, {"extra": {"a": {1, 2}}}, "JSON", InvalidRequestError),
        (VLLM_OMNI, {"reference": Reference(file_id="f")}, "picture bytes", UnsupportedByServerError),
        (LITELLM, {"model": "m", "reference": Reference(url="https://x")}, "picture bytes", UnsupportedByServerError),
        (INWORLD, {"reference": BYTES}, "no picture at all", UnsupportedByServerError),
        (PLAIN, {"reference": Reference()}, "input_reference", InvalidRequestError),
        (DYNAMO, {"model": "m", "reference": Reference(data=bytes(16_000_000))}, "15 MB", InvalidRequestError),
        (SGLANG, {"characters": ("a",)}, "characters", UnsupportedByServerError),
        (OPENAI, {"characters": ("a", "b", "c")}, "at most 2", InvalidRequestError),
        (OPENAI, {"kind": REMIX}, "video is 0 sources", InvalidRequestError),
        (OPENAI, {"kind": REMIX, "source_id": "v", "seconds": 8}, "seconds", UnsupportedByServerError),
        (OPENAI, {"kind": REMIX, "source_id": "v", "size": "1280x720"}, "size", UnsupportedByServerError),
        (OPENAI, {"kind": REMIX, "source_id": "v", "model": "m"}, "model", UnsupportedByServerError),
        (OPENAI, {"kind": REMIX, "source_file": b"x"}, "a file", UnsupportedByServerError),
        (OPENAI, {"kind": EDIT, "source_id": "v", "source_file": b"x"}, "2 sources", InvalidRequestError),
        (LITELLM, {"kind": EDIT, "source_file": b"x"}, "a file", UnsupportedByServerError),
        (OPENAI, {"kind": EXTEND, "source_id": "v"}, "needs a length", InvalidRequestError),
        (OPENAI, {"kind": EXTEND, "source_id": "v", "seconds": 3}, "4, 8, 12", InvalidRequestError),
    ],
)
def test_what_it_would_refuse_is_said_before_paying(
    dialect: Dialect, fields: dict[str, Any], named: str, error: type[Exception]
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check(dialect, **fields)
    assert type(caught.value) is error
    assert named in str(caught.value)
    assert dialect.label in str(caught.value)
    assert "Nothing was paid" in str(caught.value)


def test_a_missing_key_is_an_error_only_where_one_is_wanted() -> None:
    submission = Submission(CREATE, "a kite", model="m")
    check_submission(submission, PLAIN, server="s", has_credentials=False)
    with pytest.raises(ConfigurationError, match="password is blank"):
        check_submission(submission, LITELLM, server="s", has_credentials=False)
