"""What we send as an OpenAI-type client keeps the official protocol's own rules for create, remix, edit and extend."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from airflow_provider_sora.protocol.servers.dialects import ANIMATIC, OPENAI
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.protocol.wire import build_submit

_PROMPT = {"type": "string", "minLength": 1, "maxLength": 32000}
_SECONDS = {"type": "string", "enum": ["4", "8", "12", "16", "20"]}
_SIZE = {"enum": ["720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080"]}
_ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}, "additionalProperties": False}
#: The request rules of the published description and its guide, as JSON Schema.
RULES: dict[str, dict[str, Any]] = {
    "/videos": {
        "required": ["prompt"],
        "properties": {
            "prompt": _PROMPT,
            "model": {"type": "string"},
            "seconds": _SECONDS,
            "size": _SIZE,
            "characters": {"type": "array", "maxItems": 2, "items": _ID},
            "input_reference": {
                "type": "object",
                "properties": {"image_url": {"type": "string"}, "file_id": {"type": "string"}},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        },
    },
    "/videos/video_1/remix": {"required": ["prompt"], "properties": {"prompt": _PROMPT}},
    "/videos/edits": {"required": ["prompt", "video"], "properties": {"prompt": _PROMPT, "video": _ID}},
    "/videos/extensions": {
        "required": ["prompt", "seconds", "video"],
        "properties": {"prompt": _PROMPT, "seconds": _SECONDS, "video": _ID},
    },
}
CREATE, REMIX, EDIT, EXTEND = SubmitKind


@pytest.mark.parametrize("dialect", [OPENAI, ANIMATIC], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    "submission",
    [
        Submission(CREATE, "a kite"),
        Submission(CREATE, "x" * 32000, model="sora-2", seconds=12, size="1280x720", characters=("a", "b")),
        Submission(CREATE, "a kite", reference=Reference(url="https://p.example/a.png")),
        Submission(CREATE, "a kite", reference=Reference(file_id="file-1")),
        Submission(REMIX, "colder", source_id="video_1"),
        Submission(EDIT, "colder", source_id="video_1"),
        Submission(EXTEND, "on", source_id="video_1", seconds=8),
    ],
    ids=lambda submission: submission.kind,
)
def test_json_bodies(dialect: Any, submission: Submission) -> None:
    request = build_submit(submission, dialect)
    assert request.json is not None
    jsonschema.validate(request.json, {"type": "object", "additionalProperties": False, **RULES[request.path]})
