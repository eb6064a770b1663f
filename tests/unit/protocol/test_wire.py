from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.http.sending.multipart import MultipartBody
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import (
    DIALECTS,
    DYNAMO,
    LITELLM,
    NEW_API,
    OPENAI,
    PLAIN,
    SGLANG,
    VLLM_OMNI,
)
from airflow_provider_sora.protocol.servers.hosted import OPENROUTER, RELAY
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.protocol.wire import WireRequest, build_submit, id_in_path

BYTES = Reference(data=b"pixels", content_type="image/webp")
URL = Reference(url="https://p.example/a.png")
FILE_ID = Reference(file_id="file-1")


def create(**fields: Any) -> Submission:
    return Submission(SubmitKind.CREATE, "a kite", **fields)


def fields_of(request: WireRequest) -> dict[str, Any]:
    return dict(request.json) if request.json is not None else dict(request.form)


@pytest.mark.parametrize(
    ("dialect", "json_body", "seconds"),
    [
        (OPENAI, True, "4"),
        (PLAIN, False, "4"),
        (VLLM_OMNI, False, "4"),
        (SGLANG, False, "4"),
        (DYNAMO, True, 4),
        (LITELLM, True, "4"),
        (NEW_API, False, "4"),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_encoding_and_seconds(dialect: Dialect, json_body: bool, seconds: Any) -> None:
    request = build_submit(create(model="m", seconds=4, size="1280x720"), dialect)
    assert (request.json is not None) is json_body
    asked = {"prompt": "a kite", "model": "m", "seconds": seconds, "size": "1280x720"}
    assert fields_of(request) == {**dialect.paid_fields, **asked}
    assert request.path == "/videos"


def test_absent_fields_are_not_sent() -> None:
    for dialect in DIALECTS.values():
        assert fields_of(build_submit(create(), dialect)) == {"prompt": "a kite", **dialect.paid_fields}


def test_a_known_gateway_is_told_not_to_repeat_in_every_json_body() -> None:
    calls = (
        create(),
        Submission(SubmitKind.REMIX, "colder", source_id="v"),
        Submission(SubmitKind.EDIT, "colder", source_id="v"),
        Submission(SubmitKind.EXTEND, "on", seconds=4, source_id="v"),
    )
    for submission in calls:
        assert fields_of(build_submit(submission, LITELLM))["disable_fallbacks"] is True
        assert "disable_fallbacks" not in fields_of(build_submit(submission, OPENAI))
    told = create(extra={"disable_fallbacks": False})
    assert fields_of(build_submit(told, LITELLM))["disable_fallbacks"] is False


def test_picture_bytes() -> None:
    for dialect in (OPENAI, PLAIN, VLLM_OMNI, SGLANG, LITELLM, NEW_API):
        request = build_submit(create(reference=BYTES), dialect)
        (part,) = request.files
        assert (part.name, part.file_name, part.content_type, part.data) == (
            "input_reference",
            "reference.webp",
            "image/webp",
            b"pixels",
        )
    assert fields_of(build_submit(create(reference=BYTES), DYNAMO))["input_reference"] == (
        "data:image/webp;base64,cGl4ZWxz"
    )


def test_picture_by_address_in_its_five_spellings() -> None:
    url = URL.url
    assert fields_of(build_submit(create(reference=URL), OPENAI))["input_reference"] == {"image_url": url}
    plain = build_submit(create(reference=URL), PLAIN)
    assert plain.json is not None and plain.json["input_reference"] == {"image_url": url}
    assert fields_of(build_submit(create(reference=URL), SGLANG))["reference_url"] == url
    assert json.loads(fields_of(build_submit(create(reference=URL), VLLM_OMNI))["image_reference"]) == {
        "image_url": url
    }
    assert fields_of(build_submit(create(reference=URL), DYNAMO))["input_reference"] == url
    with pytest.raises(UnsupportedByServerError, match="LiteLLM"):
        build_submit(create(reference=URL), LITELLM)


def test_uploaded_file() -> None:
    assert fields_of(build_submit(create(reference=FILE_ID), OPENAI))["input_reference"] == {"file_id": "file-1"}
    assert fields_of(build_submit(create(reference=FILE_ID), RELAY))["input_reference"] == "file-1"


def test_extra_fields_find_their_place() -> None:
    extra = {"seed": 7, "generate_sound": True, "lora": {"name": "x"}, "note": None}
    assert fields_of(build_submit(create(extra=extra), VLLM_OMNI)) == {
        "prompt": "a kite",
        "seed": "7",
        "generate_sound": "true",
        "lora": '{"name": "x"}',
    }
    dynamo = {"seed": 7, "fps": 24, "response_format": "url", "nvext": {"boundary_ratio": 0.5}}
    assert fields_of(build_submit(create(extra=dynamo), DYNAMO)) == {
        "prompt": "a kite",
        "nvext": {"seed": 7, "fps": 24, "boundary_ratio": 0.5},
        "response_format": "url",
    }
    json_text = replace(SGLANG, create_encodings=("json",))
    assert fields_of(build_submit(create(extra={"extra_params": {"a": 1}}), json_text))["extra_params"] == '{"a": 1}'


def test_characters() -> None:
    assert fields_of(build_submit(create(characters=("a", "b")), OPENAI))["characters"] == [{"id": "a"}, {"id": "b"}]
    form = build_submit(create(characters=("a", "b"), reference=BYTES), OPENAI).form
    assert [part for part in form if part[0] != "prompt"] == [("characters[][id]", "a"), ("characters[][id]", "b")]


def test_remix_edit_extend() -> None:
    remix = Submission(SubmitKind.REMIX, "colder", source_id="video_a:b/=c")
    request = build_submit(remix, OPENAI)
    assert (request.path, request.json) == ("/videos/video_a%3Ab%2F%3Dc/remix", {"prompt": "colder"})
    request = build_submit(remix, RELAY)
    assert (request.path, fields_of(request)["remix_video_id"]) == ("/videos", "video_a:b/=c")
    request = build_submit(remix, replace(OPENAI, remix="edits"))
    assert (request.path, request.json) == ("/videos/edits", {"prompt": "colder", "video": {"id": "video_a:b/=c"}})
    with pytest.raises(UnsupportedByServerError, match="no remix"):
        build_submit(remix, VLLM_OMNI)
    request = build_submit(Submission(SubmitKind.EXTEND, "on", seconds=8, source_id="v"), OPENAI)
    assert request.path == "/videos/extensions"
    assert request.json == {"prompt": "on", "seconds": "8", "video": {"id": "v"}}
    request = build_submit(Submission(SubmitKind.EDIT, "e", model="m", source_file=b"mp4"), OPENAI)
    assert dict(request.form) == {"prompt": "e", "model": "m"}
    assert [(part.name, part.data) for part in request.files] == [("video", b"mp4")]


def test_openrouter_names_its_length_duration() -> None:
    assert fields_of(build_submit(create(seconds=5), OPENROUTER)) == {"prompt": "a kite", "duration": 5}


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_id_cannot_change_the_path(bad: str) -> None:
    with pytest.raises(InvalidRequestError):
        id_in_path(bad)


def test_equal_requests_are_equal_bytes_and_the_boundary_is_free() -> None:
    submission = create(reference=Reference(data=b"--sora-part--sora-part-x", content_type="image/png"))
    kind, body = build_submit(submission, VLLM_OMNI).encode()
    assert (kind, body) == build_submit(submission, VLLM_OMNI).encode()
    assert kind == "multipart/form-data; boundary=sora-part-x-x"
    assert isinstance(body, MultipartBody)
    assert b"".join(body).endswith(b"\r\n--sora-part-x-x--\r\n")
